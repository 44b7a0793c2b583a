// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
package import TrainLoopCore
import TrainLoopFront

/// Whose TLS we cannot stand in, and why: what they open next is passed on unread (fail open).
package final class DistrustTable: Sendable {
    private struct Peer: Hashable {
        var pid: Int32
        var host: String
    }

    private struct Entry {
        var pid: Int32?
        var host: String
        var reason: String
        var isLasting: Bool
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

    /// - Parameters:
    ///   - reason: for people.
    ///   - isLasting: whether it holds for the whole life of a known process, even one that has trusted us.
    package func add(
        host: String, pid: Int32?, reason: String, isLasting: Bool = false, at now: Timestamp = .now()
    ) {
        let entry = Entry(pid: pid, host: host, reason: reason, isLasting: isLasting, since: now)
        state.withLock { state in
            if state.entries.count >= Self.maximumEntryCount { state.entries.removeFirst() }
            state.entries.append(entry)
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

    /// Whether a handshake of this process with us has succeeded before.
    func hasTrusted(host: String, pid: Int32?) -> Bool {
        guard let pid else { return false }
        return state.withLock { $0.trusting.contains(Peer(pid: pid, host: host)) }
    }

    /// Why a connection is to be passed on unread, or nil when it is not.
    package func reason(host: String, pid: Int32?, at now: Timestamp = .now()) -> String? {
        state.withLock { state in
            state.entries.last { entry in
                guard entry.host == host else { return false }
                if let known = entry.pid, let pid {
                    guard known == pid else { return false }
                    if entry.isLasting || !state.trusting.contains(Peer(pid: pid, host: host)) { return true }
                }
                return now.nanosecondsSinceEpoch - entry.since.nanosecondsSinceEpoch < Self.doubtNanoseconds
            }?.reason
        }
    }

    var isEmpty: Bool { state.withLock(\.entries.isEmpty) }
}
