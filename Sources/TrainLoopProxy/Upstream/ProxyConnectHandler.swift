// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import TrainLoopCore

/// Asks the user's own proxy for a tunnel (RFC 9110, 9.3.6), and leaves when it stands.
final class ProxyConnectHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let host: String
    private let port: Int
    private let authorization: String?
    private let completion: @Sendable (Result<Void, ProxyError>) -> Void
    private var gatherer = HTTP1HeadGatherer(maximumByteCount: 65_536)
    private var isDone = false

    init(
        host: String, port: Int, authorization: String?,
        completion: @escaping @Sendable (Result<Void, ProxyError>) -> Void
    ) {
        self.host = host
        self.port = port
        self.authorization = authorization
        self.completion = completion
    }

    func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { ask(context) }
    }

    func channelActive(context: ChannelHandlerContext) {
        ask(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return context.fireChannelRead(data) }
        var buffer = unwrapInboundIn(data)
        switch gatherer.gather(&buffer) {
        case .needsMore: return
        case .tooLarge: finish(context, .failure(failure("its answer has no end")))
        case .head(let bytes):
            let status = HTTP1Head(bytes).flatMap { UInt16(String(decoding: $0.start.second, as: UTF8.self)) } ?? 0
            guard (200..<300).contains(status) else {
                return finish(context, .failure(failure("it answered \(status)")))
            }
            // Whoever takes the tunnel over is in the pipeline when this returns.
            let pipeline = context.pipeline
            finish(context, .success(()))
            guard buffer.readableBytes > 0 else { return }
            // The host has spoken first, in the same breath as the proxy.
            pipeline.fireChannelRead(buffer)
            pipeline.fireChannelReadComplete()
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(context, .failure(failure("it closed the connection")))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(context, .failure(failure("\(error)")))
    }

    private func ask(_ context: ChannelHandlerContext) {
        let authority = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        var text = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n"
        if let authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text + "\r\n")), promise: nil)
    }

    private func finish(_ context: ChannelHandlerContext, _ result: Result<Void, ProxyError>) {
        guard !isDone else { return }
        isDone = true
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        completion(result)
    }

    private func failure(_ reason: String) -> ProxyError {
        ProxyError(
            .upstreamUnreachable, type: "proxy_failed",
            "the proxy named by the environment gives no tunnel to \(host):\(port): \(reason)")
    }
}
