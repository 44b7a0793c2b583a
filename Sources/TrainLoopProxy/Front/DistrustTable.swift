// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
package import TrainLoopCore
import TrainLoopFront

/// Who does not trust the certificate of this run: what they open next is passed on unread (fail open).
package final class DistrustTable: Sendable {
    private struct Peer: Hashable {
        var pid: Int32
        var host: String
    }

    private struct Entry {
        var pid: Int32?
        var host: String
        var since: Timestamp
    }

    private struct State {
        var entries: [Entry] = []
        /// Who has taken our certificate: a handshake of theirs that breaks off is most often a cancelled one.
        var trusting: Set<Peer> = []
    }

    /// How long an entry lasts for a process that has trusted us before, or where one of the two is not known: 60 s.
    package static let doubtNanoseconds: Int64 = 60_000_000_000
    private static let maximumEntryCount = 1024

    private let state = Mutex(State())

    package init() {}

    package func add(host: String, pid: Int32?, at now: Timestamp = .now()) {
        state.withLock { state in
            if state.entries.count >= Self.maximumEntryCount { state.entries.removeFirst() }
            state.entries.append(Entry(pid: pid, host: host, since: now))
        }
    }

    /// Remembers a handshake that succeeded.
    package func noteTrust(host: String, pid: Int32?) {
        guard let pid else { return }
        state.withLock { state in
            if state.trusting.count >= Self.maximumEntryCount { state.trusting.removeAll() }
            state.trusting.insert(Peer(pid: pid, host: host))
        }
    }

    package func holds(host: String, pid: Int32?, at now: Timestamp = .now()) -> Bool {
        state.withLock { state in
            state.entries.contains { entry in
                guard entry.host == host else { return false }
                if let known = entry.pid, let pid {
                    guard known == pid else { return false }
                    if !state.trusting.contains(Peer(pid: pid, host: host)) { return true }
                }
                return now.nanosecondsSinceEpoch - entry.since.nanosecondsSinceEpoch < Self.doubtNanoseconds
            }
        }
    }

    var isEmpty: Bool { state.withLock(\.entries.isEmpty) }
}
