// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import NIOCore
import NIOSSL
import TrainLoopCapture
import TrainLoopCertificates

/// Opens the way from a client to the host that it asked for.
///
/// Looked into when the host is on the allow-list, we can speak TLS with it and the client trusts us; blind otherwise.
/// Confined to the connection's event loop.
final class Tunnel {
    private let client: any Channel
    private let preface: PrefaceHandler
    private let services: ProxyServices
    private let target: UpstreamTarget
    private let routeName: String
    private let pid: PeerIdentity

    init(
        client: any Channel, preface: PrefaceHandler, services: ProxyServices, target: UpstreamTarget,
        routeName: String, pid: PeerIdentity
    ) {
        self.client = client
        self.preface = preface
        self.services = services
        self.target = target
        self.routeName = routeName
        self.pid = pid
    }

    /// - Parameters:
    ///   - first: what the client has already said.
    ///   - isAnswered: whether the client waits for an answer to CONNECT.
    func open(first: ByteBuffer, isAnswered: Bool) {
        let isCaptured = services.recorder.captures(host: target.name, port: UInt16(clamping: target.port))
        guard isCaptured else { return openBlind(first, isAnswered) }
        if let reason = services.distrust.reason(host: target.name, pid: pid.known) {
            noteBypass(reason)
            return openBlind(first, isAnswered)
        }
        // The provider first: a refusal is then the true answer. Whether to trust a certificate that we do not is the
        // client's own decision, which it makes end to end.
        let passBlind = { (error: ProxyError) in
            self.whenIdentified {
                self.noteBypass("passed on unread, since there is \(error)")
                self.openBlind(first, isAnswered)
            }
        }
        connect(target, isAnswered, orElse: passBlind) { upstream in
            self.services.logger.debug("looking into a connection to \(self.target.host)")
            let first = self.handOver(first, isAnswered)
            let peek = HelloHandler { peek, hello in self.begin(upstream, hello, peek) }
            self.add(peek, to: self.client, upstream)
            self.add(FirstAnswerWaiter { self.noteRefusal($0) }, to: upstream, upstream)
            upstream.closeFuture.assumeIsolated().whenComplete { _ in
                if peek.isWaiting { self.client.close(promise: nil) }
            }
            self.client.closeFuture.assumeIsolated().whenComplete { _ in
                if peek.isWaiting { upstream.close(promise: nil) }
            }
            peek.take(first)
            if peek.isWaiting { self.client.read() }
        }
    }

    /// A tunnel whose bytes nobody looks at.
    private func openBlind(_ first: ByteBuffer, _ isAnswered: Bool) {
        connect(plainTarget, isAnswered, isBlind: true) { upstream in
            self.glue(upstream, self.handOver(first, isAnswered))
        }
    }

    /// Where a blind tunnel leads: to the same place, without TLS of ours.
    private var plainTarget: UpstreamTarget {
        UpstreamTarget(isSecure: false, host: target.host, port: target.port)
    }

    /// - Parameters:
    ///   - isBlind: whether the tunnel is not to be looked into.
    ///   - fallback: what to do where the provider can be reached, but not by TLS of ours.
    private func connect(
        _ target: UpstreamTarget, _ isAnswered: Bool, isBlind: Bool = false,
        orElse fallback: ((ProxyError) -> Void)? = nil, then next: @escaping (any Channel) -> Void
    ) {
        let connected =
            isBlind
            ? services.connector.connectBlind(target, for: client)
            : services.connector.connect(target, for: client)
        connected.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let upstream):
                guard self.client.isActive else { return upstream.close(promise: nil) }
                next(upstream)
            case .failure(let error):
                guard self.client.isActive else { return }
                self.services.logger.info("\(error)")
                if let fallback, let error = error as? ProxyError, error.code != .upstreamUnreachable {
                    return fallback(error)
                }
                if !isBlind {
                    self.services.recorder.noteUnreachable(
                        host: target.name, client: self.pid.description, reason: "\(error)")
                }
                guard isAnswered else { return self.client.close(promise: nil) }
                self.preface.refuse(
                    self.client, ProxyAnswer(status: 502, reason: "Bad Gateway", text: "\(error)"))
            }
        }
    }

    /// Once it is known who the client is, or that this cannot be known.
    private func whenIdentified(_ body: @escaping () -> Void) {
        services.peers.identify(client, pid).assumeIsolated().whenComplete { _ in body() }
    }

    private func noteBypass(_ reason: String) {
        services.recorder.noteBypass(host: target.name, client: pid.description, reason: reason)
    }

    /// Takes the connection over.
    ///
    /// - Returns: `first` and what the client has said since.
    private func handOver(_ first: ByteBuffer, _ isAnswered: Bool) -> ByteBuffer {
        if isAnswered {
            client.writeAndFlush(ByteBuffer(string: "HTTP/1.1 200 Connection established\r\n\r\n"), promise: nil)
        }
        client.pipeline.syncOperations.removeHandler(preface, promise: nil)
        var first = first
        first.writeImmutableBuffer(preface.held)
        return first
    }

    private func glue(_ upstream: any Channel, _ first: ByteBuffer) {
        do {
            try GlueHandler.join(client, upstream, first: first)
        } catch {
            client.close(promise: nil)
            upstream.close(promise: nil)
        }
    }

    // MARK: - TLS towards the client

    /// The client's first bytes tell whether it speaks TLS in its tunnel, and what it can speak within.
    private func begin(_ upstream: any Channel, _ hello: ClientHello?, _ peek: HelloHandler) {
        guard let hello else {
            return passBlind(upstream, peek, "the tunnel carries no TLS and was passed on unread")
        }
        guard hello.speaksHTTP1 else {
            let what = hello.protocols.contains("h2") ? "only HTTP/2" : "no HTTP/1.1"
            return passBlind(upstream, peek, "the client speaks \(what), and was passed on unread")
        }
        let waiter = ClientHandshakeWaiter { isTrusted in
            isTrusted ? self.relay(upstream) : self.giveUp(upstream)
        }
        do {
            let handler = try NIOSSLServerHandler(context: services.authority.serverContext(host: target.name))
            try client.syncOptions?.setOption(.autoRead, value: true)
            // In TLS the end of the other side's bytes is the end of the connection.
            try client.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
            try client.pipeline.syncOperations.addHandlers(handler, waiter)
        } catch {
            // Such as an IP address on the allow-list, for which no certificate can be made.
            return passBlind(upstream, peek, "no certificate: \(error)")
        }
        client.pipeline.fireChannelRead(peek.leave())
        client.pipeline.fireChannelReadComplete()
    }

    /// A new connection to the provider, in whose TLS we have no part.
    private func passBlind(_ upstream: any Channel, _ peek: HelloHandler, _ reason: String) {
        noteBypass(reason)
        upstream.close(promise: nil)
        connect(plainTarget, false, isBlind: true) { self.glue($0, peek.leave()) }
    }

    private func relay(_ upstream: any Channel) {
        whenIdentified { self.services.distrust.noteTrust(host: self.target.name, pid: self.pid.known) }
        let relay = Relay(
            client: client, services: services, route: .fixed(target), routeName: routeName, pid: pid)
        do {
            try client.syncOptions?.setOption(.autoRead, value: false)
            try client.pipeline.syncOperations.addHandler(RelayClientHandler(relay))
        } catch {
            client.close(promise: nil)
            return upstream.close(promise: nil)
        }
        relay.attach(upstream, target)
        client.read()
    }

    /// Any end before the handshake was done is distrust: alerts cannot be told apart, and some clients just leave.
    private func giveUp(_ upstream: any Channel) {
        upstream.close(promise: nil)
        // At once: a client may try again before it is known who it is.
        let reason =
            services.distrust.hasTrusted(host: target.name, pid: pid.known)
            ? "the client broke off a TLS handshake" : "the client does not trust the certificate of this run"
        services.distrust.add(host: target.name, pid: pid.known, reason: reason)
        noteBypass(reason)
        client.close(promise: nil)
    }

    /// A provider that ends TLS after its handshake, unheard: most often one that asks for a certificate of the client's.
    private func noteRefusal(_ error: BoringSSLError) {
        let failure = TLSFailure.describe(error)
        let reason = "the provider ended TLS with us, \(failure): it may ask for a certificate that only the client has"
        services.distrust.add(
            host: target.name, pid: pid.known, reason: reason, isLasting: failure.contains("CERTIFICATE"))
        noteBypass(reason)
    }

    private func add(_ handler: any ChannelHandler, to channel: any Channel, _ upstream: any Channel) {
        do {
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            client.close(promise: nil)
            upstream.close(promise: nil)
        }
    }
}
