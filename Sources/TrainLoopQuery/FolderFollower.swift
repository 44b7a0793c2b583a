// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopJournal

/// Gives the records that are added to a folder from now on.
package struct FolderFollower {
    private let folder: DataFolder
    private var readers: [JournalFile: ForwardLineReader] = [:]
    /// The shelves that could not be read the last time, each told once.
    private var unreadable: [JournalDamage] = []

    package init(_ folder: DataFolder) {
        self.folder = folder
        for file in Self.files(folder).files { readers[file] = ForwardLineReader(file, from: nil) }
    }

    /// What came since the last call, in the order of the calls' ends.
    package mutating func next() -> DataFolder.Page {
        var page = DataFolder.Page()
        var growing: [JournalFile: ForwardLineReader] = [:]
        let (files, unreadable) = Self.files(folder)
        page.damages += unreadable.filter { !self.unreadable.contains($0) }
        self.unreadable = unreadable
        for file in files {
            var reader = readers[file] ?? ForwardLineReader(file)
            if readers[file] == nil { page.damages += reader.damages }
            while let line = reader.next() {
                page.records += StoredRecord.records(in: line.bytes, path: file.path, byteOffset: line.byteOffset) {
                    page.damages.append($0)
                }
            }
            growing[file] = reader
        }
        readers = growing
        page.records.sort { $0.completedAt < $1.completedAt }
        return page
    }

    /// Those that may still grow.
    private static func files(_ folder: DataFolder) -> (files: [JournalFile], unreadable: [JournalDamage]) {
        var files: [JournalFile] = []
        var unreadable: [JournalDamage] = []
        for shelf in ["events", "calls"] {
            do {
                let all = try JournalFile.all(in: folder.path, shelf: shelf)
                files += all.filter { $0.lastEndMilliseconds >= all.last?.stem ?? 0 }
            } catch {
                unreadable.append(error)
            }
        }
        return (files, unreadable)
    }
}
