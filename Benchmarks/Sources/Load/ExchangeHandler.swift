// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore
import NIOSSL
import NIOTLS

/// The end of the pipeline: sends requests and measures the answers.
final class ExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let run: LoadRun
    private let request: ByteBuffer
    /// Whether the first request waits for the TLS handshake.
    private let waitsForTLS: Bool
    private var reader = ReplyReader()
    /// Counted from the connection's beginning where connections are not kept.
    private var startedAt: UInt64
    private var firstContentAt: UInt64?
    private var isWaiting = false

    init(run: LoadRun, way: Way, request: ByteBuffer, startedAt: UInt64) {
        self.run = run
        self.request = request
        self.startedAt = startedAt
        waitsForTLS = way.tls != nil
    }

    func channelActive(context: ChannelHandlerContext) {
        if !waitsForTLS { send(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted = event { send(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func send(_ context: ChannelHandlerContext) {
        if !run.plan.makesNewConnections { startedAt = Monotonic.now() }
        firstContentAt = nil
        isWaiting = true
        context.writeAndFlush(wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let now = Monotonic.now()
        do {
            let isWhole = try reader.receive(unwrapInboundIn(data)) { content in
                if firstContentAt == nil, !content.isEmpty { firstContentAt = now }
                guard run.measuresEvents else { return }
                SendTime.forEach(in: content) { run.received(eventSentAt: $0, now: now) }
            }
            guard isWhole else { return }
        } catch {
            errorCaught(context: context, error: error)
            return
        }
        isWaiting = false
        run.received(
            answerTo: startedAt, firstContentAt: firstContentAt ?? now, byteCount: reader.contentByteCount, now: now)
        guard !run.plan.makesNewConnections, !run.isOver else {
            context.close(promise: nil)
            return
        }
        send(context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        run.connectionEnded(isWhole: !isWaiting)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A peer that closes TCP without TLS's farewell has still answered in full.
        if let error = error as? NIOSSLError, case .uncleanShutdown = error, !isWaiting {
            context.close(promise: nil)
            return
        }
        run.failed(error)
        context.close(promise: nil)
    }
}
