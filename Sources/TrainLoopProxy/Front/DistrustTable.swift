// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront

/// Who does not trust the certificate of this run: what they open next is passed on unread (fail open).
final class DistrustTable: Sendable {
    private struct Entry {
        var pid: Int32?
        var host: String
        var since: Timestamp
    }

    /// Where one of the two processes is not known, who asks for the host is let through for this long: 60 s.
    private static let unknownNanoseconds: Int64 = 60_000_000_000
    private static let maximumEntryCount = 1024

    private let entries = Mutex<[Entry]>([])

    func add(host: String, pid: Int32?) {
        entries.withLock { entries in
            if entries.count >= Self.maximumEntryCount { entries.removeFirst() }
            entries.append(Entry(pid: pid, host: host, since: .now()))
        }
    }

    func holds(host: String, pid: Int32?) -> Bool {
        let now = Timestamp.now()
        return entries.withLock { entries in
            entries.contains { entry in
                guard entry.host == host else { return false }
                if let known = entry.pid, let pid { return known == pid }
                return now.nanosecondsSinceEpoch - entry.since.nanosecondsSinceEpoch < Self.unknownNanoseconds
            }
        }
    }

    var isEmpty: Bool { entries.withLock(\.isEmpty) }
}
