// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import NIOCore
import NIOSSL
import TrainLoopCapture
import TrainLoopCore

/// Looks at the first bytes of a connection and decides what it is: a TLS hello, CONNECT, or a request for the port itself.
///
/// Owns the connection until that is known and the way to the provider stands; then it hands over and leaves.
final class PrefaceHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// How long a client may take to say what it wants: 30 s.
    static let patience = TimeAmount.seconds(30)
    /// A head on the proxy's own port may not be larger: 64 KiB.
    static let maximumHeadByteCount = 65_536

    private enum Stage {
        case undecided
        case hello([UInt8])
        case head(HTTP1HeadGatherer)
        /// The client waits for the provider, or has been handed over.
        case decided
        /// The client has its answer; what it still says is thrown away.
        case refused
    }

    private let services: ProxyServices
    private let identity = PeerIdentity()
    private var stage = Stage.undecided
    private var timeout: Scheduled<Void>?
    /// What the client said behind its wish, in the same breath, while the way to the provider is found.
    private(set) var held = ByteBuffer()

    init(_ services: ProxyServices) {
        self.services = services
    }

    func channelActive(context: ChannelHandlerContext) {
        let channel = context.channel
        timeout = channel.eventLoop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in
            guard let self, case .some = self.timeout else { return }
            self.refuse(
                channel,
                ProxyAnswer(
                    status: 408, reason: "Request Timeout",
                    text: "no request came within \(Self.patience.nanoseconds / 1_000_000_000) s."))
        }
        context.fireChannelActive()
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        let channel = context.channel
        if case .undecided = stage {
            stage =
                buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) == 0x16
                ? .hello([]) : .head(HTTP1HeadGatherer(maximumByteCount: Self.maximumHeadByteCount))
        }
        switch stage {
        case .undecided, .refused: return
        case .decided: held.writeBuffer(&buffer)
        case .hello(let earlier):
            let bytes = earlier + Array(buffer.readableBytesView)
            stage = .hello(bytes)
            readHello(bytes, channel)
        case .head(var gatherer):
            let outcome = gatherer.gather(&buffer)
            stage = .head(gatherer)
            switch outcome {
            case .needsMore: return
            case .head(let bytes): readHead(bytes, rest: buffer, channel)
            case .tooLarge:
                refuse(
                    channel,
                    ProxyAnswer(
                        status: 431, reason: "Request Header Fields Too Large",
                        text: "the request's head is larger than \(Self.maximumHeadByteCount) bytes."))
            }
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        switch stage {
        case .decided, .refused: return
        case .undecided, .hello, .head: context.read()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ProxyShutdown { return context.close(promise: nil) }
        // Half a request and then nothing more will not become a whole one.
        if case .some(ChannelEvent.inputClosed) = event as? ChannelEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        timeout = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private func decide() {
        stage = .decided
        timeout?.cancel()
        timeout = nil
    }

    // MARK: - A TLS hello

    private func readHello(_ bytes: [UInt8], _ channel: any Channel) {
        switch ClientHello.read(bytes) {
        case .needsMore: return
        case .notTLS:
            decide()
            services.logger.warning("a connection that began as TLS and is none was closed")
            channel.close(promise: nil)
        case .hello(let hello):
            guard let host = hello.serverName else { return closeNameless(channel) }
            decide()
            let target = UpstreamTarget(isSecure: true, host: host, port: 443)
            // This route has no room for a token: only our own user's processes may use it, for hosts on the list.
            guard services.recorder.captures(host: host, port: 443) else {
                services.logger.warning("a TLS connection for \(host) was closed: it is not on the allow-list")
                channel.close(promise: nil)
                return
            }
            services.peers.identify(channel, identity).assumeIsolated().whenSuccess { isOurUser in
                // One that has left cannot be looked up any more, and is not turned away.
                guard channel.isActive else { return }
                guard isOurUser else {
                    return self.turnAway(channel, host: target.name, "closed, as it is not known to be our own user's")
                }
                self.tunnel(channel, target, name: "sni").open(first: ByteBuffer(bytes: bytes), isAnswered: false)
            }
        }
    }

    /// There is nobody to be found by name, and no way to say so before TLS.
    private func closeNameless(_ channel: any Channel) {
        decide()
        services.peers.identify(channel, identity).assumeIsolated().whenComplete { _ in
            self.turnAway(
                channel, host: "(no server name)", "closed, since TLS without a server name cannot be led anywhere")
        }
    }

    /// Closes a connection that may have been a call to a recorded host, and counts it.
    private func turnAway(_ channel: any Channel, host: String, _ reason: String) {
        services.recorder.noteBypass(host: host, client: identity.description, reason: reason)
        channel.close(promise: nil)
    }

    // MARK: - A request's head

    private func readHead(_ bytes: [UInt8], rest: ByteBuffer, _ channel: any Channel) {
        guard let head = HTTP1Head(bytes), head.start.third.starts(with: Array("HTTP/1.".utf8)) else {
            return refuse(
                channel,
                ProxyAnswer(
                    status: 400, reason: "Bad Request",
                    text: "this port speaks HTTP/1.1 (as a proxy), and TLS by server name. What came is neither."))
        }
        guard head.start.first == Array("CONNECT".utf8) else { return relay(bytes, rest, channel) }
        guard services.planner.isAuthorized(head) else { return refuse(channel, RequestPlanner.authorizationRequired) }
        guard let (host, port) = RequestPlanner.hostAndPort(head.start.second[...], defaultPort: nil) else {
            return refuse(
                channel,
                ProxyAnswer(status: 400, reason: "Bad Request", text: "CONNECT needs a target of the form host:port."))
        }
        decide()
        let target = UpstreamTarget(isSecure: true, host: host, port: port)
        let found = services.peers.identify(channel, identity)
        let tunnel = tunnel(channel, target, name: "proxy")
        // Who it is matters before the answer only when somebody distrusts us.
        guard !services.distrust.isEmpty else { return tunnel.open(first: rest, isAnswered: true) }
        found.assumeIsolated().whenComplete { _ in tunnel.open(first: rest, isAnswered: true) }
    }

    /// A request for the port itself: plain forward proxy, or gateway.
    private func relay(_ head: [UInt8], _ rest: ByteBuffer, _ channel: any Channel) {
        decide()
        let relay = Relay(client: channel, services: services, route: .open, routeName: "proxy", pid: identity)
        var bytes = ByteBuffer(bytes: head)
        bytes.writeImmutableBuffer(rest)
        do {
            try channel.pipeline.syncOperations.addHandler(RelayClientHandler(relay))
        } catch {
            return channel.close(promise: nil)
        }
        channel.pipeline.syncOperations.removeHandler(self, promise: nil)
        relay.begin(with: bytes, after: services.peers.identify(channel, identity))
    }

    private func tunnel(_ channel: any Channel, _ target: UpstreamTarget, name: String) -> Tunnel {
        Tunnel(client: channel, preface: self, services: services, target: target, routeName: name, pid: identity)
    }

    /// Answers what cannot be served, and ends the connection.
    func refuse(_ channel: any Channel, _ answer: ProxyAnswer) {
        decide()
        stage = .refused
        channel.write(ByteBuffer(bytes: answer.bytes), promise: nil)
        channel.lingeringClose()
    }
}
