// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopJournal

/// Gives the records that are added to a folder from now on.
///
/// Of each shelf it follows every file from a certain stem on, which moves up when the oldest file is read to its end and can
/// grow no more: a follower that was held up finds all that was written meanwhile.
package struct FolderFollower {
    private let folder: DataFolder
    private var shelves = ["events", "calls"].map { Shelf(name: $0) }

    private struct Shelf {
        let name: String
        /// The stem from which on files are followed.
        var start = Int64.min
        var readers: [JournalFile: ForwardLineReader] = [:]
        /// Why the files could not be listed the last time.
        var damage: JournalDamage?
    }

    /// - Parameter now: milliseconds since the epoch.
    package init(_ folder: DataFolder, now: Int64) {
        self.folder = folder
        for index in shelves.indices {
            let files = (try? JournalFile.all(in: folder.path, shelf: shelves[index].name)) ?? []
            let growing = files.filter { Self.canGrow($0, beside: files, now: now) }
            shelves[index].start = growing.first?.stem ?? .min
            for file in files where file.stem >= shelves[index].start {
                shelves[index].readers[file] = ForwardLineReader(file, from: nil)
            }
        }
    }

    /// What came since the last call, in the order of the calls' ends.
    ///
    /// - Parameter now: milliseconds since the epoch.
    package mutating func next(now: Int64) -> DataFolder.Page {
        var page = DataFolder.Page()
        for index in shelves.indices { Self.read(&shelves[index], of: folder, now: now, into: &page) }
        page.records.sort { $0.completedAt < $1.completedAt }
        return page
    }

    /// How far a file has been read, in bytes; nil for one that is not followed, as it can grow no more.
    func place(in file: JournalFile) -> Int64? {
        guard let shelf = shelves.first(where: { $0.name == file.shelf }), file.stem >= shelf.start else { return nil }
        return shelf.readers[file]?.byteOffset ?? 0
    }

    private static func read(
        _ shelf: inout Shelf, of folder: DataFolder, now: Int64, into page: inout DataFolder.Page
    ) {
        let files: [JournalFile]
        do {
            files = try JournalFile.all(in: folder.path, shelf: shelf.name)
            shelf.damage = nil
        } catch {
            if shelf.damage != error { page.damages.append(error) }
            shelf.damage = error
            return
        }
        for file in files where file.stem >= shelf.start && shelf.readers[file] == nil {
            let reader = ForwardLineReader(file)
            page.damages += reader.damages
            shelf.readers[file] = reader
        }
        for file in shelf.readers.keys.sorted(by: { $0.stem < $1.stem }) {
            while let line = shelf.readers[file]?.next() {
                page.records += StoredRecord.records(in: line.bytes, path: file.path, byteOffset: line.byteOffset) {
                    page.damages.append($0)
                }
            }
        }
        // All are at their ends now, also those that are gone from the folder.
        shelf.start = max(shelf.start, files.first { canGrow($0, beside: files, now: now) }?.stem ?? .min)
        let (start, remaining) = (shelf.start, Set(files))
        shelf.readers = shelf.readers.filter { $0.key.stem >= start && remaining.contains($0.key) }
    }

    /// Whether a file may still be written to.
    ///
    /// - Parameter files: those of its shelf, oldest first. One that a wrong clock named stands for no time.
    private static func canGrow(_ file: JournalFile, beside files: [JournalFile], now: Int64) -> Bool {
        file.lastEndMilliseconds >= min(files.last?.stem ?? 0, now)
    }
}
