// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
package import TrainLoopCore

/// The index of call sites in `_registry.json`, derived from `events/`; it may lag and never costs a call.
///
/// The format is TrainLoop 0.9's: `{schema:1, files:{file:{line:{lineNumber,tag,firstSeen,lastSeen,count}}}}`.
package struct Registry: Sendable {
    private let folder: String
    private var sightings: [Sighting] = []

    /// ENOENT, which Embedded Swift cannot import.
    private static let noSuchFile: Int32 = 2

    /// A call site and its calls since the last merge; cheap to add to, for it is on the way of each call.
    private struct Sighting: Sendable {
        let file: String
        let line: String
        var tag: String
        var firstSeen: Int64
        var lastSeen: Int64
        var count = 1

        var site: CallSite {
            CallSite(
                file: file, line: line, tag: tag.isEmpty ? "untagged" : tag,
                firstSeen: ISO8601.text(secondsSinceEpoch: firstSeen),
                lastSeen: ISO8601.text(secondsSinceEpoch: lastSeen), count: count)
        }
    }

    package init(folder: String) {
        self.folder = folder
    }

    /// Takes note of a line that was appended to `events/`; nothing is written yet.
    package mutating func note(_ line: EventLine, at instant: Timestamp) {
        let seconds = instant.millisecondsSinceEpoch / 1000
        for index in sightings.indices
        where sightings[index].line.hasSameBytes(as: line.locationLine)
            && sightings[index].file.hasSameBytes(as: line.locationFile)
        {
            sightings[index].tag = line.tag
            sightings[index].firstSeen = min(sightings[index].firstSeen, seconds)
            sightings[index].lastSeen = max(sightings[index].lastSeen, seconds)
            sightings[index].count += 1
            return
        }
        sightings.append(
            Sighting(
                file: line.locationFile, line: line.locationLine, tag: line.tag, firstSeen: seconds, lastSeen: seconds))
    }

    /// Adds what was noted since the last merge to the file, under a lock file that other processes honour.
    ///
    /// Another process that holds the lock is not waited for: what was noted is kept for the next merge.
    ///
    /// - Returns: nil when merged, when nothing was noted, or when another process was merging.
    package mutating func merge() -> JournalError? {
        guard !sightings.isEmpty else { return nil }
        var isMerged = false
        let error = withLock { path in
            var complaint: JournalError?
            var sites: [CallSite]
            do throws(JournalError) {
                sites = try Self.read(path, &complaint)
            } catch {
                return Self.error("read", path, error.errorNumber)
            }
            for sighting in sightings { sites.add(sighting.site) }
            if let error = Self.write(sites, to: path) { return error }
            isMerged = true
            return complaint
        }
        if isMerged { sightings = [] }
        return error
    }

    /// Whether nothing waits for the next merge.
    package var isMerged: Bool { sightings.isEmpty }

    /// Derives the file anew from `sites`, whatever it held.
    package static func replace(_ sites: [CallSite], in folder: String) -> JournalError? {
        Registry(folder: folder).withLock { write(sites, to: $0) }
    }

    private func withLock(_ body: (_ path: String) -> JournalError?) -> JournalError? {
        let made = trainloop_make_folder(folder)
        guard made == 0 else { return Self.error("make the folder", folder, -made) }
        let lock = trainloop_try_lock("\(folder)/_registry.lock")
        guard lock >= 0 else {
            let wouldBlock: Int32 = 11
            return lock == -wouldBlock ? nil : Self.error("lock", "\(folder)/_registry.lock", -lock)
        }
        defer { trainloop_unlock(lock) }
        return body("\(folder)/_registry.json")
    }

    // MARK: - The file

    /// The call sites in the file, none where there is no file; what is no registry is set aside and told in `complaint`.
    private static func read(_ path: String, _ complaint: inout JournalError?) throws(JournalError) -> [CallSite] {
        let content: [UInt8]
        do {
            content = try SmallFile.read(path)
        } catch {
            guard error.errorNumber == noSuchFile else { throw error }
            return []
        }
        guard !content.isEmpty else { return [] }
        guard let root = JSONValue(parsing: content), let files = root["files"], files.kind == .object else {
            let aside = "\(path).corrupt-\(trainloop_process_identifier())"
            _ = trainloop_rename(path, aside)
            complaint = JournalError(
                message: "\(path) was no registry; it is now \(aside), and a new one is begun. "
                    + "`trainloop registry rebuild` derives it from the events.", errorNumber: 0)
            return []
        }
        var sites: [CallSite] = []
        files.forEachMember { file, lines in
            lines.forEachMember { line, entry in
                sites.append(
                    CallSite(
                        file: Self.text(file), line: Self.text(line),
                        tag: entry["tag"]?.string ?? "untagged", firstSeen: entry["firstSeen"]?.string ?? "",
                        lastSeen: entry["lastSeen"]?.string ?? "",
                        count: Int(clamping: max(0, entry["count"]?.integer ?? 0))))
            }
        }
        return sites
    }

    /// A member's name as text; it stands between quotes in the file.
    private static func text(_ escapedName: ArraySlice<UInt8>) -> String {
        JSONValue(parsing: [0x22] + escapedName + [0x22])?.string ?? ""
    }

    private static func write(_ sites: [CallSite], to path: String) -> JournalError? {
        let temporary = "\(path).\(trainloop_process_identifier()).tmp"
        _ = trainloop_unlink(temporary)
        let descriptor = trainloop_create_append(temporary)
        guard descriptor >= 0 else { return error("make", temporary, -descriptor) }
        let bytes = Array(json(sites).utf8)
        let written = bytes.withUnsafeBufferPointer { trainloop_write(descriptor, $0.baseAddress, Int64($0.count)) }
        trainloop_close(descriptor)
        guard written == Int64(bytes.count) else {
            _ = trainloop_unlink(temporary)
            return error("write", temporary, written < 0 ? Int32(clamping: -written) : Int32(28))
        }
        let renamed = trainloop_rename(temporary, path)
        return renamed < 0 ? error("replace", path, -renamed) : nil
    }

    private static func json(_ sites: [CallSite]) -> String {
        var text = "{\n  \"schema\": 1,\n  \"files\": {"
        var file: String?
        for site in sites.sorted(by: precedes) {
            if !(file?.hasSameBytes(as: site.file) ?? false) {
                text += file == nil ? "\n" : "\n    },\n"
                text += "    \(quoted(site.file)): {\n"
                file = site.file
            } else {
                text += ",\n"
            }
            text += "      \(quoted(site.line)): {\"lineNumber\": \(quoted(site.line)), \"tag\": \(quoted(site.tag)), "
            text += "\"firstSeen\": \(quoted(site.firstSeen)), \"lastSeen\": \(quoted(site.lastSeen)), "
            text += "\"count\": \(site.count)}"
        }
        return text + (file == nil ? "}\n}\n" : "\n    }\n  }\n}\n")
    }

    /// By file, then by line as a number.
    private static func precedes(_ left: CallSite, _ right: CallSite) -> Bool {
        guard left.file.hasSameBytes(as: right.file) else { return left.file.precedes(right.file) }
        guard left.line.utf8.count == right.line.utf8.count else { return left.line.utf8.count < right.line.utf8.count }
        return left.line.precedes(right.line)
    }

    private static func quoted(_ text: String) -> String {
        var quoted: [UInt8] = [0x22]
        for byte in text.utf8 {
            switch byte {
            case 0x22, 0x5c: quoted += [0x5c, byte]
            case _ where byte < 0x20 || byte == 0x7f:
                quoted += "\\u00".utf8
                quoted += [byte >> 4, byte & 15].map { $0 < 10 ? 0x30 + $0 : 0x57 + $0 }
            default: quoted.append(byte)
            }
        }
        return String(decoding: quoted + [0x22], as: UTF8.self)
    }

    private static func error(_ action: String, _ path: String, _ number: Int32) -> JournalError {
        JournalError(
            message:
                "cannot \(action) \(path): \(String(cString: trainloop_error_text(number))) (\(number)). The events "
                + "themselves are not touched; `trainloop registry rebuild` derives it anew.", errorNumber: number)
    }
}
