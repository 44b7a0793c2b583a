// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore

/// The client's end of a relay.
final class RelayClientHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: Relay

    init(_ relay: Relay) {
        self.relay = relay
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        relay.clientRead(unwrapInboundIn(data))
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        relay.clientReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        relay.clientWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        relay.clientClosed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: relay.clientInputClosed()
        case ProxyShutdown.begun: relay.closeWhenIdle()
        case ProxyShutdown.graceOver: relay.captureEnded()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}

/// The provider's end of a relay.
final class RelayUpstreamHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let relay: Relay

    init(_ relay: Relay) {
        self.relay = relay
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        relay.upstreamRead(unwrapInboundIn(data), from: context.channel)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        relay.upstreamReadComplete(from: context.channel)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        relay.upstreamWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        relay.upstreamClosed(context.channel)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // A provider that has said all closes; it does not wait for more of us.
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        relay.upstreamFailed(error, from: context.channel)
        context.close(promise: nil)
    }
}

/// Told to every client connection when the proxy stops.
enum ProxyShutdown: Sendable {
    /// Whoever has no exchange closes.
    case begun
    /// The time for open exchanges is over, and the connection is about to be closed.
    case graceOver
}
