// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore

/// One end of a blind tunnel: joins two channels of one event loop, with back-pressure and half-close in both directions.
final class GlueHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private weak var partner: GlueHandler?
    private var context: ChannelHandlerContext?
    private var isReadPending = false
    private var hasInputEnded = false
    private var isStopping = false

    /// Joins two channels, which read when asked from here on.
    ///
    /// - Parameter first: goes to the right before anything else.
    static func join(_ left: any Channel, _ right: any Channel, first: ByteBuffer) throws {
        let (leftHandler, rightHandler) = (GlueHandler(), GlueHandler())
        leftHandler.partner = rightHandler
        rightHandler.partner = leftHandler
        try right.pipeline.syncOperations.addHandler(rightHandler)
        try left.pipeline.syncOperations.addHandler(leftHandler)
        for channel in [left, right] { try channel.syncOptions?.setOption(.autoRead, value: false) }
        if first.readableBytes > 0 { right.writeAndFlush(first, promise: nil) }
        left.read()
        right.read()
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        partner?.context?.write(data, promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        partner?.context?.flush()
        if partner?.context?.channel.isWritable ?? false { context.read() } else { isReadPending = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        guard context.channel.isWritable, let partner, partner.isReadPending else { return }
        partner.isReadPending = false
        partner.context?.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent {
            hasInputEnded = true
            partner?.context?.close(mode: .output, promise: nil)
        } else if event is ProxyShutdown {
            isStopping = true
        } else {
            return context.fireUserInboundEventTriggered(event)
        }
        // A client that has said all may have gone: the end does not wait for a server that says nothing to it.
        if isStopping, hasInputEnded { context.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        guard let other = partner?.context else { return }
        partner = nil
        let channel = other.channel
        channel.writeAndFlush(ByteBuffer()).whenComplete { _ in channel.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
