// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem

/// A file of lines in a data folder.
package struct JournalFile: Sendable, Hashable {
    /// `events` or `calls`.
    package var shelf: String
    /// Milliseconds since the epoch at which the file was made.
    package var stem: Int64
    package var path: String

    /// No record in it ended later than this, in milliseconds since the epoch: it is written to for ten minutes, by writers that
    /// may be a minute late.
    package var lastEndMilliseconds: Int64 { stem + JournalShelf.fileAgeMilliseconds + 60_000 }

    /// The files of a shelf, oldest first; none when there is no such folder.
    ///
    /// Names that are not ours are passed over.
    ///
    /// - Throws: the folder with its `openError`, where it is there and cannot be read.
    package static func all(in folder: String, shelf: String) throws(JournalDamage) -> [JournalFile] {
        let path = "\(folder)/\(shelf)"
        var stems: [Int64] = []
        // Again with more room until all fit: a writer may add one meanwhile.
        while case let count = Int(trainloop_stems(path, &stems, Int64(stems.count))), count != stems.count {
            guard count >= 0 else { throw JournalDamage(path: path, openError: Int32(clamping: -count)) }
            stems = [Int64](repeating: 0, count: count)
        }
        return stems.sorted().map { JournalFile(shelf: shelf, stem: $0, path: JournalShelf.file(path, $0)) }
    }
}

/// A place in a file where what stands there is no whole line, or a file or folder that cannot be read; never fatal, always
/// told.
package struct JournalDamage: Error, Equatable {
    package var path: String
    /// Where the damaged bytes begin.
    package var byteOffset: Int64
    package var byteCount: Int
    /// True at the end of a file: a line that is being written at this moment, or that a dying process tore.
    package var isTail: Bool
    /// The `errno` value of a file or folder that could not be opened, else 0.
    package var openError: Int32

    package init(path: String, byteOffset: Int64 = 0, byteCount: Int = 0, isTail: Bool = false, openError: Int32 = 0) {
        self.path = path
        self.byteOffset = byteOffset
        self.byteCount = byteCount
        self.isTail = isTail
        self.openError = openError
    }
}
