// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopJournal

/// Gives the records that are added to a folder from now on.
package struct FolderFollower {
    private let folder: DataFolder
    private var readers: [JournalFile: ForwardLineReader] = [:]

    package init(_ folder: DataFolder) {
        self.folder = folder
        for file in Self.files(folder) { readers[file] = ForwardLineReader(file, from: nil) }
    }

    /// What came since the last call, in the order of the calls' ends.
    package mutating func next() -> DataFolder.Page {
        var page = DataFolder.Page()
        var growing: [JournalFile: ForwardLineReader] = [:]
        for file in Self.files(folder) {
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
    private static func files(_ folder: DataFolder) -> [JournalFile] {
        ["events", "calls"].flatMap { shelf in
            let all = JournalFile.all(in: folder.path, shelf: shelf)
            return all.filter { $0.lastEndMilliseconds >= all.last?.stem ?? 0 }
        }
    }
}
