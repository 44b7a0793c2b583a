// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import Testing
import TrainLoopCertificates

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One end of a TCP connection in a test's hand: says exactly the bytes it is told to, and awaits what comes.
final class RawPeer: Sendable {
    private let channel: any Channel
    private let inbox: Inbox

    init(_ channel: any Channel, _ inbox: Inbox) {
        self.channel = channel
        self.inbox = inbox
    }

    /// What came and was not yet taken, and who waits for more.
    final class Inbox: Sendable {
        private struct State {
            var bytes: [UInt8] = []
            var isClosed = false
            var isBroken = false
            var waiter: CheckedContinuation<Void, Never>?

            mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
                defer { waiter = nil }
                return waiter
            }
        }

        private let state = Mutex(State())

        func add(_ bytes: [UInt8]) {
            state.withLock { state in
                state.bytes += bytes
                return state.takeWaiter()
            }?.resume()
        }

        func close() {
            state.withLock { state in
                state.isClosed = true
                return state.takeWaiter()
            }?.resume()
        }

        /// The first bytes of which `length` says how many, when they are there; all that came when the connection ends.
        func take(_ length: @Sendable ([UInt8]) -> Int?) async -> [UInt8] {
            while true {
                let taken: [UInt8]? = state.withLock { state in
                    if let count = length(state.bytes) {
                        defer { state.bytes.removeFirst(count) }
                        return Array(state.bytes[..<count])
                    }
                    guard state.isClosed else { return nil }
                    defer { state.bytes = [] }
                    return state.bytes
                }
                if let taken { return taken }
                await withCheckedContinuation { continuation in
                    let mustWait = state.withLock { state in
                        guard length(state.bytes) == nil, !state.isClosed else { return false }
                        state.waiter = continuation
                        return true
                    }
                    if !mustWait { continuation.resume() }
                }
            }
        }

        var isClosed: Bool { state.withLock { $0.isClosed } }

        var isBroken: Bool { state.withLock { $0.isBroken } }

        func noteBreak() { state.withLock { $0.isBroken = true } }
    }

    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) async throws {
        try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
    }

    /// Everything up to and with `text`.
    func receive(through text: String) async -> String {
        let wanted = Array(text.utf8)
        let bytes = await inbox.take { bytes in
            bytes.firstRange(of: wanted)?.upperBound
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    func receive(count: Int) async -> [UInt8] {
        await inbox.take { $0.count >= count ? count : nil }
    }

    /// All that comes until the other side closes.
    func receiveAll() async -> String {
        String(decoding: await inbox.take { _ in nil }, as: UTF8.self)
    }

    /// Stops or resumes taking bytes off the socket.
    func setReading(_ isReading: Bool) async throws {
        try await channel.setOption(.autoRead, value: isReading).get()
    }

    func closeOutput() async throws { try await channel.close(mode: .output).get() }

    func close() async {
        try? await channel.close().get()
    }

    /// Ends the connection at once, without TLS's farewell.
    ///
    /// - Parameter isReset: whether the other side is told so by a reset.
    func breakOff(isReset: Bool = true) async throws {
        if isReset {
            let socket = try #require(channel as? any SocketOptionProvider)
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        let channel = channel
        try await channel.eventLoop.submit {
            let tls = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self)
            if let tls { tls.close(promise: nil) } else { channel.close(promise: nil) }
        }.get()
    }

    /// Whether the other side broke the connection off, as far as is known.
    var isBroken: Bool { inbox.isBroken }

    /// Begins TLS as a client, and awaits its handshake.
    ///
    /// - Parameter host: nil sends no server name, and verifies none.
    func startTLS(host: String?, trusting pem: String, protocols: [String] = ["http/1.1"]) async throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)))
        configuration.applicationProtocols = protocols
        if host == nil { configuration.certificateVerification = .noHostnameVerification }
        configuration.shutdownTimeout = .seconds(1)
        let context = try NIOSSLContext(configuration: configuration)
        let channel = channel
        let done = channel.eventLoop.makePromise(of: Void.self)
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let inbox = try pipeline.handler(type: InboxHandler.self)
            try pipeline.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: host), position: .before(inbox))
            inbox.handshake = done
        }.get()
        try await done.futureResult.get()
    }

    /// Connects to a port of this machine.
    ///
    /// - Parameter source: the address to come from, where the system is not to choose.
    static func connect(port: Int, from source: String? = nil) async throws -> RawPeer {
        let inbox = Inbox()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
                }
            }
        if let source { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: source, port: 0)) }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: port).get()
        return RawPeer(channel, inbox)
    }
}

extension [UInt8] {
    /// Where `wanted` first stands.
    func firstRange(of wanted: [UInt8]) -> Range<Int>? {
        guard count >= wanted.count, let first = wanted.first else { return nil }
        for start in 0...(count - wanted.count) where self[start] == first {
            if self[start..<start + wanted.count].elementsEqual(wanted) { return start..<start + wanted.count }
        }
        return nil
    }
}

/// Puts what comes into an inbox.
private final class InboxHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let inbox: RawPeer.Inbox
    var handshake: EventLoopPromise<Void>?

    init(_ inbox: RawPeer.Inbox) {
        self.inbox = inbox
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.add(Array(unwrapInboundIn(data).readableBytesView))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent { inbox.close() }
        if "\(event)".contains("handshakeCompleted") { handshake?.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        handshake?.fail(ChannelError.eof)
        inbox.close()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        handshake?.fail(error)
        inbox.noteBreak()
        context.close(promise: nil)
    }
}

/// A server in a test's hand: each connection is given out as a peer.
final class RawServer: Sendable {
    let port: Int
    private let channel: any Channel
    private let accepted: AsyncStream<RawPeer>

    /// - Parameters:
    ///   - authority: when given, the server speaks TLS as `host`.
    ///   - halfCloses: whether it goes on in TLS when the client has said all.
    ///   - asksForCertificate: whether the client must show a certificate.
    init(
        authority: CertificateAuthority? = nil, host: String = "api.openai.com", halfCloses: Bool = false,
        asksForCertificate: Bool = false
    ) async throws {
        var context: NIOSSLContext?
        if let authority {
            var configuration = try authority.serverConfiguration(host: host)
            if asksForCertificate {
                configuration.certificateVerification = .noHostnameVerification
                configuration.trustRoots = .certificates(
                    try NIOSSLCertificate.fromPEMBytes(Array(authority.certificatePEM.utf8)))
            }
            context = try NIOSSLContext(configuration: configuration)
        }
        let (stream, continuation) = AsyncStream.makeStream(of: RawPeer.self)
        accepted = stream
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: authority == nil || halfCloses)
            .childChannelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    if let context {
                        try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
                    }
                    let inbox = RawPeer.Inbox()
                    try channel.pipeline.syncOperations.addHandler(InboxHandler(inbox))
                    continuation.yield(RawPeer(channel, inbox))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    deinit {
        channel.close(promise: nil)
    }

    /// The next connection that comes.
    func accept() async throws -> RawPeer {
        for await peer in accepted { return peer }
        throw ChannelError.eof
    }
}

/// Something that happens once.
final class Flag: Sendable {
    private let state = Mutex(false)

    var value: Bool { state.withLock { $0 } }

    func set() { state.withLock { $0 = true } }
}
