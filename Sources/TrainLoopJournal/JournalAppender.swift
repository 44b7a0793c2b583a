// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
package import TrainLoopCore

/// Appends lines to a data folder: one `write` a line, to a file that other threads and processes append to as well.
///
/// One owner at a time, no lock, no thread, no Foundation: the same source serves hosts that fork. Folders are made when
/// the first line comes. A file is named by the milliseconds at which it was made and taken up again, by any process,
/// while it is younger than ten minutes and under its size bound.
package struct JournalAppender: Sendable {
    package struct Options: Sendable {
        /// Whether each line is on the disk (fsync) before `append` returns.
        package var isDurable: Bool
        /// A file over this size is not taken up again.
        package var maximumFileByteCount: Int

        package init(isDurable: Bool = false, maximumFileByteCount: Int = 256 << 20) {
            self.isDurable = isDurable
            self.maximumFileByteCount = maximumFileByteCount
        }
    }

    private let options: Options
    private var events: JournalShelf
    private var calls: JournalShelf
    private let blobs: BlobShelf

    package init(folder: String, options: Options = Options()) {
        self.options = options
        events = JournalShelf(path: "\(folder)/events")
        calls = JournalShelf(path: "\(folder)/calls")
        blobs = BlobShelf(folder: folder)
    }

    /// Stores the media that a line refers to, which must be there before the line is; what cannot be stored the line
    /// calls lost from then on.
    ///
    /// - Returns: how many were lost, and why the first one was.
    package func storeMedia(of line: inout EventLine) -> (lostCount: Int, error: JournalError?) {
        var lost: [EventLine.Blob] = []
        var first: JournalError?
        for blob in line.blobs {
            guard let error = blobs.store(blob, isDurable: options.isDurable) else { continue }
            lost.append(blob)
            first = first ?? error
        }
        if !lost.isEmpty { line.lose(lost) }
        return (lost.count, first)
    }

    /// - Returns: nil when the whole line is in the file.
    package mutating func append(_ line: EventLine, now: Timestamp) -> JournalError? {
        switch line.shelf {
        case .events: events.append(line.bytes, now: now, options)
        case .calls: calls.append(line.bytes, now: now, options)
        }
    }

    /// Closes what is open; a later `append` opens again.
    package mutating func close() {
        events.close()
        calls.close()
    }
}
