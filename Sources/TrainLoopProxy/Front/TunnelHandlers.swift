// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOSSL
import NIOTLS

/// Waits until a tunnel's first bytes are a TLS hello or cannot become one, and holds them until it is told to leave.
final class HelloHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var next: ((HelloHandler, ClientHello?) -> Void)?
    private var context: ChannelHandlerContext?
    private var bytes = ByteBuffer()

    init(_ next: @escaping (HelloHandler, ClientHello?) -> Void) {
        self.next = next
    }

    var isWaiting: Bool { next != nil }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        take(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if isWaiting { context.read() }
    }

    func take(_ buffer: ByteBuffer) {
        bytes.writeImmutableBuffer(buffer)
        guard let next else { return }
        let outcome = ClientHello.read(Array(bytes.readableBytesView))
        if case .needsMore = outcome { return }
        self.next = nil
        if case .hello(let hello) = outcome { next(self, hello) } else { next(self, nil) }
    }

    /// Leaves the connection to whoever comes next, with what has come.
    func leave() -> ByteBuffer {
        context?.pipeline.syncOperations.removeHandler(self, promise: nil)
        context = nil
        return bytes
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ProxyShutdown { return context.close(promise: nil) }
        // A client that leaves before its hello will not send one.
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// Tells whether the client took our certificate, and leaves.
final class ClientHandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private var completion: ((Bool) -> Void)?

    init(_ completion: @escaping (Bool) -> Void) {
        self.completion = completion
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(TLSUserEvent.handshakeCompleted) = event as? TLSUserEvent {
            let completion = completion
            self.completion = nil
            completion?(true)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail()
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail()
        context.fireChannelInactive()
    }

    private func fail() {
        let completion = completion
        self.completion = nil
        completion?(false)
    }
}

/// Tells when a provider ends TLS by an alert before its first byte: in TLS 1.3 it judges the client behind the handshake.
final class FirstAnswerWaiter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let onAlert: (BoringSSLError) -> Void

    init(_ onAlert: @escaping (BoringSSLError) -> Void) {
        self.onAlert = onAlert
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        context.fireChannelRead(data)
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? BoringSSLError, case .sslError = error { onAlert(error) }
        context.fireErrorCaught(error)
    }
}
