// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import NIOCore
import NIOPosix
import Synchronization

/// The process at the client's end of a connection, as soon as it is known.
///
/// Confined to the connection's event loop.
final class PeerIdentity {
    fileprivate(set) var known: Int32?
    fileprivate(set) var name = ""
    /// The look-up under way or done: there is one for each connection.
    fileprivate var lookup: EventLoopFuture<Bool>?

    /// `wget (pid 4242)`, or empty while unknown.
    var description: String {
        known.map { "\(name.isEmpty ? "a process" : name) (pid \($0))" } ?? ""
    }
}

/// Finds the processes that connect to us, off the event loops: a look-up takes some 50 to 100 microseconds.
final class PeerProcesses: Sendable {
    private struct Found: Sendable {
        var pid: Int32?
        var name: String
        var isOurUser: Bool
    }

    private let pool: NIOThreadPool
    /// The process found last: the next connection is most often its own as well.
    private let lastPID = Atomic<Int32>(0)

    init(_ pool: NIOThreadPool) {
        self.pool = pool
    }

    /// Looks up who is at the other end of `channel` and fills `identity` on its event loop.
    ///
    /// - Returns: whether the process is our own user's, or we are root; true too where nobody can be known, as outside
    ///   Linux.
    func identify(_ channel: any Channel, _ identity: PeerIdentity) -> EventLoopFuture<Bool> {
        if let lookup = identity.lookup { return lookup }
        guard let client = channel.remoteAddress, let server = channel.localAddress else {
            return channel.eventLoop.makeSucceededFuture(trainloop_user() == 0)
        }
        let found = pool.runIfActive(eventLoop: channel.eventLoop) {
            self.find(client: client, server: server)
        }
        let lookup = found.assumeIsolated().map { found in
            identity.known = found.pid
            identity.name = found.name
            return found.isOurUser
        }.recover { _ in false }.nonisolated()
        identity.lookup = lookup
        return lookup
    }

    /// A program that root has started may have given up its user, and is ours all the same.
    private static func isOurs(_ user: UInt32) -> Bool {
        trainloop_user() == 0 || user == trainloop_user()
    }

    private func find(client: SocketAddress, server: SocketAddress) -> Found {
        var inode: UInt64 = 0
        var user: UInt32 = 0
        let result = client.withSockAddr { client, _ in
            server.withSockAddr { server, _ in trainloop_peer_socket(client, server, &inode, &user) }
        }
        // One that is not found may be anybody's, who can see to it that we do not find him.
        guard result > 0 else {
            return Found(pid: nil, name: "", isOurUser: trainloop_user() == 0 || result < 0)
        }
        let pid = trainloop_socket_process(inode, lastPID.load(ordering: .relaxed))
        guard pid > 0 else { return Found(pid: nil, name: "", isOurUser: Self.isOurs(user)) }
        lastPID.store(pid, ordering: .relaxed)
        var name = [CChar](repeating: 0, count: 64)
        trainloop_process_name(pid, &name, Int32(name.count))
        let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return Found(pid: pid, name: text, isOurUser: Self.isOurs(user))
    }
}
