// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Dispatch
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a connection leads.
struct UpstreamTarget: Sendable, Hashable {
    var isSecure: Bool
    /// Without brackets, lower case.
    var host: String
    var port: Int

    /// The host as certificates and the allow-list know it: without the dot that may end a name in the DNS.
    var name: String { host.hasSuffix(".") ? String(host.dropLast()) : host }

    /// As a URL has it: in brackets where it must be, and without the scheme's own port.
    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
}

/// Opens connections to providers: by the user's own proxy where one is named, and with verified TLS.
///
/// The certificate is always verified for the host that was asked for, wherever `connectTo` leads.
final class UpstreamConnector: Sendable {
    private let connectTo: [(host: String, port: Int, toHost: String, toPort: Int)]
    private let environment: UpstreamProxyEnvironment
    private let timeout: TimeAmount
    private let trustFile: String?
    private let additionalTrustFiles: [String]
    private let logger: Logger
    private let context = Mutex<Result<NIOSSLContext, ProxyError>?>(nil)

    init(_ configuration: ProxyConfiguration, logger: Logger) throws(ProxyError) {
        self.logger = logger
        connectTo = configuration.connectTo
        timeout = .seconds(Int64(configuration.connectTimeoutSeconds))
        environment = try UpstreamProxyEnvironment(configuration.environment)
        additionalTrustFiles = configuration.upstreamTrustFiles
        for file in additionalTrustFiles where (try? NIOSSLCertificate.fromPEMFile(file))?.isEmpty ?? true {
            throw ProxyError(
                .badConfiguration, type: "bad_trust_roots",
                "--upstream-ca \(file): holds no certificates that can be read. Name a file in PEM.")
        }
        // As OpenSSL does: the user's own roots stand in the place of the system's.
        trustFile = ["SSL_CERT_FILE", "SSL_CERT_DIR"].lazy.compactMap { configuration.environment[$0] }
            .first { !$0.isEmpty }
    }

    /// Reads the trusted roots off the event loops, so that the first connection finds them ready.
    func warmUp() {
        DispatchQueue.global().async { _ = self.clientContext() }
    }

    /// Whether the environment leads to this address itself.
    func leads(to host: String, port: Int) -> Bool {
        environment.leads(to: host, port: port)
    }

    /// A connection that is ready for the first byte of the target's protocol; TLS is done and verified.
    ///
    /// It reads by itself until TLS is done, and only when asked from then on. Given up when the client leaves before; lives
    /// on the client's event loop.
    func connect(_ target: UpstreamTarget, for client: any Channel) -> EventLoopFuture<any Channel> {
        connect(target, isTunnel: false, for: client)
    }

    /// A connection for a blind tunnel: bytes between a client and its host, over the proxy that leads to https hosts.
    func connectBlind(_ target: UpstreamTarget, for client: any Channel) -> EventLoopFuture<any Channel> {
        connect(target, isTunnel: true, for: client)
    }

    /// The user's own proxy that takes requests for a plain target whole, in absolute form (RFC 9112, 3.2.2).
    ///
    /// Such a proxy may refuse to make tunnels for plain http. With a --connect-to, which it cannot be told otherwise, it has to.
    func forwardProxy(for target: UpstreamTarget) -> UpstreamProxy? {
        guard !target.isSecure, address(of: target) == nil else { return nil }
        return environment.proxy(host: target.host, port: target.port, isSecure: false)
    }

    private func address(of target: UpstreamTarget) -> (host: String, port: Int)? {
        connectTo.first { $0.host == target.name && $0.port == target.port }.map { ($0.toHost, $0.toPort) }
    }

    private func connect(
        _ target: UpstreamTarget, isTunnel: Bool, for client: any Channel
    ) -> EventLoopFuture<any Channel> {
        // A --connect-to is an address to go to, as curl's: a proxy on the way still applies to it.
        let (host, port) = address(of: target) ?? (target.host, target.port)
        let isForward = !isTunnel && forwardProxy(for: target) != nil
        let proxy = environment.proxy(host: host, port: port, isSecure: target.isSecure || isTunnel)
        let eventLoop = client.eventLoop
        let readiness = eventLoop.makePromise(of: Void.self)
        client.closeFuture.whenComplete { _ in
            readiness.fail(ProxyError(.upstreamUnreachable, type: "client_closed", "the client has gone"))
        }
        let connected = ClientBootstrap(group: eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                readiness.futureResult.whenFailure { _ in channel.close(promise: nil) }
                return channel.eventLoop.makeCompletedFuture {
                    try self.prepare(channel, target, host: host, port: port, by: isForward ? nil : proxy, readiness)
                }
            }
            .connect(host: proxy?.host ?? host, port: proxy?.port ?? port)
        connected.whenFailure { readiness.fail($0) }
        return connected.flatMap { channel in
            // The other side accepted the connection, and may be silent from then on: TLS, or the proxy on the way.
            let patience = eventLoop.scheduleTask(in: self.timeout) {
                readiness.fail(Self.failure(ChannelError.connectTimeout(self.timeout), target, proxy))
            }
            readiness.futureResult.whenComplete { _ in patience.cancel() }
            channel.closeFuture.whenComplete { _ in
                readiness.fail(
                    ProxyError(.upstreamUnreachable, type: "connection_closed", "the connection was closed at once"))
            }
            // What fails on a connection that stands is TLS, or the proxy on the way, which says so itself.
            return readiness.futureResult.map { channel }
                .flatMapErrorThrowing { throw Self.untrusted($0, target, proxy) }
        }.flatMapErrorThrowing { throw Self.failure($0, target, proxy) }
    }

    private func prepare(
        _ channel: any Channel, _ target: UpstreamTarget, host: String, port: Int, by proxy: UpstreamProxy?,
        _ readiness: EventLoopPromise<Void>
    ) throws {
        let pipeline = channel.pipeline.syncOperations
        let secure: @Sendable (any Channel) -> Void = { channel in
            do {
                try self.secure(channel, target, readiness)
            } catch {
                readiness.fail(error)
            }
        }
        guard let proxy else { return secure(channel) }
        try pipeline.addHandler(
            ProxyConnectHandler(host: host, port: port, authorization: proxy.authorization) { result in
                switch result {
                case .success: secure(channel)
                case .failure(let error): readiness.fail(error)
                }
            })
    }

    private func secure(
        _ channel: any Channel, _ target: UpstreamTarget, _ readiness: EventLoopPromise<Void>
    ) throws {
        guard target.isSecure else { return readiness.succeed() }
        let isAddress = (try? SocketAddress(ipAddress: target.host, port: 0)) != nil
        // In TLS the end of the other side's bytes is the end of the connection.
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        let handler = try NIOSSLClientHandler(
            context: clientContext().get(), serverHostname: isAddress ? nil : target.name)
        try channel.pipeline.syncOperations.addHandlers(handler, HandshakeWaiter(readiness))
    }

    // MARK: - Trust

    private func clientContext() -> Result<NIOSSLContext, ProxyError> {
        context.withLock { context in
            if let context { return context }
            let made = makeContext()
            // A failure may pass, such as a want of descriptors.
            if case .success = made { context = made }
            return made
        }
    }

    private func makeContext() -> Result<NIOSSLContext, ProxyError> {
        guard let trustFile else { return makeContext(trusting: .default) }
        if case .success(let context) = makeContext(trusting: .file(trustFile)) { return .success(context) }
        // A program that does not read the variable runs well without us, and must do so with us.
        logger.warning(
            "cannot read the trusted roots in \(trustFile), which SSL_CERT_FILE or SSL_CERT_DIR names; using the system's"
        )
        return makeContext(trusting: .default)
    }

    private func makeContext(trusting roots: NIOSSLTrustRoots) -> Result<NIOSSLContext, ProxyError> {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        configuration.trustRoots = roots
        configuration.additionalTrustRoots = additionalTrustFiles.map { .file($0) }
        do {
            return .success(try NIOSSLContext(configuration: configuration))
        } catch {
            let files = additionalTrustFiles.joined(separator: ", ")
            return .failure(
                ProxyError(
                    .badConfiguration, type: "bad_trust_roots",
                    "cannot read the trusted roots\(files.isEmpty ? "" : " in \(files)"): \(error)"))
        }
    }

    // MARK: - Failure

    private static func place(_ target: UpstreamTarget, _ proxy: UpstreamProxy?) -> String {
        "\(target.host):\(target.port)" + (proxy.map { " by the proxy \($0.host):\($0.port)" } ?? "")
    }

    private static func untrusted(_ error: any Error, _ target: UpstreamTarget, _ proxy: UpstreamProxy?) -> ProxyError {
        if let error = error as? ProxyError { return error }
        let reason = TLSFailure.describe(error)
        let advice = " If it is your own authority's, name that by --upstream-ca or SSL_CERT_FILE."
        return ProxyError(
            .upstreamUntrusted, type: "tls_failed",
            "no trusted TLS connection to \(place(target, proxy)): \(reason)."
                + (reason.hasPrefix("certificate") ? advice : ""))
    }

    private static func failure(_ error: any Error, _ target: UpstreamTarget, _ proxy: UpstreamProxy?) -> ProxyError {
        if let error = error as? ProxyError { return error }
        let (type, reason) = reason(error)
        return ProxyError(
            .upstreamUnreachable, type: type, "cannot connect to \(place(target, proxy)): \(reason)")
    }

    /// A stable word and a sentence for why there is no connection.
    private static func reason(_ error: any Error) -> (type: String, text: String) {
        switch error {
        case let error as NIOConnectionError:
            guard let last = error.connectionErrors.last else {
                return ("name_not_resolved", "its name cannot be resolved")
            }
            return reason(last.error)
        case let error as IOError:
            let type =
                switch error.errnoCode {
                case ECONNREFUSED: "connection_refused"
                case ETIMEDOUT: "connection_timeout"
                default: "connection_failed"
                }
            return (type, String(cString: strerror(error.errnoCode)))
        case ChannelError.connectTimeout(let amount):
            return ("connection_timeout", "no answer within \(amount.nanoseconds / 1_000_000_000) s")
        default: return ("connection_failed", "\(error)")
        }
    }
}

/// Tells when TLS is done, and then leaves; until then nobody else asks for bytes.
private final class HandshakeWaiter: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let readiness: EventLoopPromise<Void>

    init(_ readiness: EventLoopPromise<Void>) {
        self.readiness = readiness
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(TLSUserEvent.handshakeCompleted) = event as? TLSUserEvent {
            readiness.succeed()
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        readiness.fail(error)
        context.close(promise: nil)
    }
}
