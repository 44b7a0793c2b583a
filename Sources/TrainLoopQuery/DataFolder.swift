// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore
package import TrainLoopJournal

/// A data folder as its readers see it: both shelves as one sequence of records, ordered by when they were completed.
package struct DataFolder: Sendable {
    package let path: String

    package init(_ path: String) {
        self.path = path
    }

    /// What was found, and what could not be read on the way.
    package struct Page: Sendable {
        package var records: [StoredRecord] = []
        package var damages: [JournalDamage] = []
    }

    /// The last `limit` records that match, oldest first.
    ///
    /// Reads from the ends of the files and stops when it has enough: the size of the folder does not matter.
    ///
    /// - Parameter follower: what it has still to give is left to it.
    package func last(
        _ limit: Int, matching filter: CallFilter = CallFilter(), upTo follower: FolderFollower? = nil
    ) -> Page {
        var page = Page()
        var tail = FolderTail(path, upTo: follower)
        while page.records.count < limit, let (record, time) = tail.next() {
            // They come in the order of their ends; what ended before `since` began before it, and so did the rest.
            if let since = filter.since, time < since - Self.disorderMilliseconds { break }
            if filter.matches(record.json) { page.records.append(record) }
        }
        page.records.reverse()
        page.damages = tail.damages
        return page
    }

    /// Writers on several processors may put lines down in another order than that of their ends, by this much: a minute.
    private static let disorderMilliseconds: Int64 = 60_000

    /// The records whose id begins or ends with `part`, newest first, at most `limit`.
    package func find(id part: String, limit: Int = 3) -> Page {
        let part = part.lowercased()
        var page = Page()
        var tail = FolderTail(path)
        while page.records.count < limit, let (record, _) = tail.next() {
            let id = record.json["id"]?.string ?? ""
            if id.hasPrefix(part) || id.hasSuffix(part) { page.records.append(record) }
        }
        page.damages = tail.damages
        return page
    }

    /// Where the media that a reference points to lies, or would lie.
    package func file(of reference: MediaReference) -> String { BlobShelf(folder: path).file(hash: reference.hash) }

    /// The media that a reference points to; nil when it is not there, or is not what was stored.
    package func media(_ reference: MediaReference) -> [UInt8]? {
        guard let bytes = try? SmallFile.read(file(of: reference)), bytes.count == reference.byteCount else {
            return nil
        }
        return bytes
    }

    /// The call sites of every record in `events/`, as the registry counts them.
    package func callSites() -> (sites: [CallSite], damages: [JournalDamage]) {
        var sites: [CallSite] = []
        var damages: [JournalDamage] = []
        let files: [JournalFile]
        do {
            files = try JournalFile.all(in: path, shelf: "events")
        } catch {
            return ([], [error])
        }
        for file in files {
            var lines = ForwardLineReader(file)
            while let line = lines.next() {
                let records = StoredRecord.records(in: line.bytes, path: file.path, byteOffset: line.byteOffset) {
                    damages.append($0)
                }
                for record in records { sites.add(CallSite(record.json)) }
            }
            damages += lines.damages
        }
        return (sites, damages)
    }
}

extension StoredRecord {
    /// When the call ended, in milliseconds since the epoch; 0 when the record does not say.
    package var completedAt: Int64 { json["endTimeMs"]?.integer ?? json["startTimeMs"]?.integer ?? 0 }
}

extension CallSite {
    fileprivate init(_ record: JSONValue) {
        let time = ISO8601.text(secondsSinceEpoch: (record["endTimeMs"]?.integer ?? 0) / 1000)
        let tag = record["tag"]?.string ?? ""
        self.init(
            file: record["location"]?["file"]?.string ?? "unknown",
            line: record["location"]?["lineNumber"]?.string ?? "0", tag: tag.isEmpty ? "untagged" : tag,
            firstSeen: time, lastSeen: time, count: 1)
    }
}
