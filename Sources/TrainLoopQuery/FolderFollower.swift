// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopJournal

/// Gives the records that are added to a folder from now on.
package struct FolderFollower {
    private let folder: DataFolder
    private var readers: [JournalFile: ForwardLineReader] = [:]

    package init(_ folder: DataFolder) {
        self.folder = folder
        for file in Self.files(folder) { readers[file] = ForwardLineReader(file, from: nil) }
    }

    /// What came since the last call, in the order of the calls' ends.
    package mutating func next() -> [StoredRecord] {
        var records: [StoredRecord] = []
        for file in Self.files(folder) {
            var reader = readers[file] ?? ForwardLineReader(file)
            while let line = reader.next() {
                records += StoredRecord.records(in: line.bytes, path: file.path, byteOffset: line.byteOffset) { _ in }
            }
            readers[file] = reader
        }
        return records.sorted { $0.completedAt < $1.completedAt }
    }

    /// Only the newest files still grow.
    private static func files(_ folder: DataFolder) -> [JournalFile] {
        ["events", "calls"].flatMap { JournalFile.all(in: folder.path, shelf: $0).suffix(4) }
    }
}
