// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOPosix
import NIOSSL

/// Leads connections to ports of this machine, without looking at their bytes.
///
/// One kind is a proxy that knows a few hosts: the way to a simulated provider for a program that runs without us. The
/// other ends TLS in a provider's name for a server that speaks plain HTTP.
final class LoopbackForwarder: Sendable {
    private let channel: any Channel
    let port: Int

    private init(_ channel: any Channel) {
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// Answers `CONNECT host:443` for the hosts that are listed, and refuses all others.
    static func proxy(to ports: [String: Int]) async throws -> LoopbackForwarder {
        try await LoopbackForwarder(
            listen { channel in
                try channel.pipeline.syncOperations.addHandler(ConnectHandler(ports))
            })
    }

    /// Ends TLS and passes on what is in it.
    static func endingTLS(_ context: NIOSSLContext, to port: Int) async throws -> LoopbackForwarder {
        try await LoopbackForwarder(
            listen { channel in
                try channel.pipeline.syncOperations.addHandlers([
                    NIOSSLServerHandler(context: context), JoinHandler(port: port),
                ])
            })
    }

    func close() async {
        try? await channel.close().get()
    }

    private static func listen(_ prepare: @escaping @Sendable (any Channel) throws -> Void) async throws -> any Channel
    {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try prepare(channel) } }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

/// Reads the head of a `CONNECT`, and joins the connection with the port of its host.
private final class ConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let ports: [String: Int]
    private var head = ByteBuffer()

    init(_ ports: [String: Int]) {
        self.ports = ports
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        head.writeImmutableBuffer(unwrapInboundIn(data))
        let text = String(buffer: head)
        guard text.contains("\r\n\r\n") else { return }
        let words = text.split(separator: " ")
        let host = words.count > 1 ? String(words[1].prefix { $0 != ":" }) : ""
        guard words.first == "CONNECT", let port = ports[host] else {
            let refusal = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            let channel = context.channel
            return channel.writeAndFlush(ByteBuffer(string: refusal)).whenComplete { _ in channel.close(promise: nil) }
        }
        let pipeline = context.pipeline.syncOperations
        do {
            try pipeline.addHandler(JoinHandler(port: port, answer: "HTTP/1.1 200 OK\r\n\r\n"))
            pipeline.removeHandler(self, promise: nil)
        } catch {
            context.close(promise: nil)
        }
    }
}

/// Connects to a port of this machine and copies in both directions.
private final class JoinHandler: ChannelInboundHandler, @unchecked Sendable {
    // Confined to the one event loop that both channels share.
    typealias InboundIn = ByteBuffer

    private let port: Int
    private let answer: String
    private var upstream: (any Channel)?
    private var waiting: [ByteBuffer] = []

    init(port: Int, answer: String = "") {
        self.port = port
        self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { connect(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        connect(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let upstream else { return waiting.append(unwrapInboundIn(data)) }
        upstream.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        upstream?.close(promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func connect(_ context: ChannelHandlerContext) {
        let client = context.channel
        ClientBootstrap(group: client.eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(BackHandler(client))
                }
            }
            .connect(host: "127.0.0.1", port: port)
            .assumeIsolated()
            .whenComplete { result in
                guard case .success(let upstream) = result else { return client.close(promise: nil) }
                if !self.answer.isEmpty { client.writeAndFlush(ByteBuffer(string: self.answer), promise: nil) }
                self.upstream = upstream
                for buffer in self.waiting { upstream.writeAndFlush(buffer, promise: nil) }
                self.waiting = []
            }
    }
}

/// The way back to the client.
private final class BackHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let client: any Channel

    init(_ client: any Channel) {
        self.client = client
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        client.writeAndFlush(unwrapInboundIn(data), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        let client = client
        client.writeAndFlush(ByteBuffer()).whenComplete { _ in client.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
