// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization
import TrainLoopCertificates

/// A provider of language models that answers from a script: the formats of OpenAI and Anthropic over HTTP and TLS.
///
/// What it answers depends on the request alone, so that the same program gets the same bytes twice. A prompt can ask for
/// something else than a short answer, by directives anywhere in its last user message:
///
/// | directive | what happens |
/// | --- | --- |
/// | `[sim:tools]` | two tool calls; text once the result of a tool came last |
/// | `[sim:thinking]`, `[sim:refusal]` | reasoning before the answer; a refusal |
/// | `[sim:bytes=N]` | an answer of N bytes |
/// | `[sim:error=S]` | the provider's error of status S: 400, 401, 403, 404, 429, 500, 503, 529 |
/// | `[sim:flaky]` | 429 until the client says that it tries again (`x-stainless-retry-count`) |
/// | `[sim:mid-error]` | an error in the midst of a stream |
/// | `[sim:cut=head]`, `in-head`, `body`, `length` | the connection is cut before or in the head, in the body, or short of its length |
/// | `[sim:slow=MS]`, `[sim:drip=MS]` | a wait before the head; between the pieces of the body |
/// | `[sim:gzip]`, `deflate`, `br`, `zstd` | the body so coded, where the client accepts it |
/// | `[sim:close]`, `[sim:chunked]` | another framing of the body |
/// | `[sim:crlf]`, `[sim:no-done]` | a stream's lines end in CRLF; no `[DONE]` |
/// | `[sim:comments]` | a comment before each event of a stream |
///
/// A path that begins with `/redirect/307/` leads to what follows; one that begins with `/basic/` asks for basic credentials first.
///
/// A `tool_choice` that forces a call asks for tool calls too. Numbers beyond reason are refused with status 400.
public final class ProviderSimulator: Sendable {
    /// The hosts that the HTTPS port can be.
    public static let hosts = ["api.openai.com", "api.anthropic.com", "openai.azure.com", "localhost"]

    /// Requests kept for reading back; older ones are let go.
    private static let maximumKeptCount = 1000
    /// Bytes of their bodies kept: tests send many megabytes.
    private static let maximumKeptBytes = 64 << 20

    private struct State {
        var channels: [any Channel] = []
        var httpPort = 0
        var httpsPort = 0
        var requestCount = 0
        /// Who waits for how many requests.
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var requests: [SimulatedRequest] = []
        var keptBytes = 0
    }

    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    private let state = Mutex(State())
    private let authority: CertificateAuthority
    private let tlsContext: NIOSSLContext
    private let dripMilliseconds: Int

    /// - Parameter dripMilliseconds: waited between the pieces of every body whose prompt has no `[sim:drip=MS]`.
    /// - Throws: when no certificate can be made.
    public init(dripMilliseconds: Int = 0) throws {
        self.dripMilliseconds = dripMilliseconds
        authority = try CertificateAuthority(commonName: "TrainLoop simulator", permittedDomains: Self.hosts)
        tlsContext = try Self.tlsContext(authority)
    }

    /// Begins to listen on 127.0.0.1: one port for HTTP and one for HTTPS, as any of `hosts`.
    ///
    /// - Parameters:
    ///   - httpPort: 0 lets the system choose.
    ///   - httpsPort: 0 lets the system choose.
    /// - Throws: when a port is taken.
    public func start(httpPort: Int = 0, httpsPort: Int = 0) async throws {
        let plain = try await listen(httpPort, isSecure: false)
        let secure: any Channel
        do {
            secure = try await listen(httpsPort, isSecure: true)
        } catch {
            try? await plain.close().get()
            throw error
        }
        state.withLock { state in
            state.channels = [plain, secure]
            state.httpPort = plain.localAddress?.port ?? 0
            state.httpsPort = secure.localAddress?.port ?? 0
        }
    }

    /// The port that speaks plain HTTP, once started.
    public var httpPort: Int { state.withLock { $0.httpPort } }
    /// The port that speaks TLS, once started.
    public var httpsPort: Int { state.withLock { $0.httpsPort } }
    /// The CA that clients of `httpsPort` must trust, as PEM.
    public var certificatePEM: String { authority.certificatePEM }
    /// Requests received so far.
    public var requestCount: Int { state.withLock { $0.requestCount } }

    /// Returns when so many requests were received.
    public func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requestCount < count { state.waiters.append((count, continuation)) }
                return state.requestCount >= count
            }
            if isThere { continuation.resume() }
        }
    }

    /// The last thousand requests, oldest first; fewer where their bodies are large.
    public var requests: [SimulatedRequest] { state.withLock { $0.requests } }

    /// Stops listening and closes every connection.
    public func shutdown() async {
        for channel in state.withLock({ $0.channels }) { try? await channel.close().get() }
        try? await group.shutdownGracefully()
    }

    private func listen(_ port: Int, isSecure: Bool) async throws -> any Channel {
        try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if isSecure { try pipeline.addHandler(NIOSSLServerHandler(context: self.tlsContext)) }
                    try pipeline.addHandlers(
                        ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes)),
                        SimulatorHandler { self.receive($0, isLast: $1, isOld: $2) })
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
    }

    /// TLS with the certificate of the host that the client names; of 127.0.0.1 where it names none, as addresses are not named.
    private static func tlsContext(_ authority: CertificateAuthority) throws -> NIOSSLContext {
        var configuration = try authority.serverContext(host: "127.0.0.1").configuration
        configuration.sslContextCallback = { values, promise in
            do {
                let context = try authority.serverContext(host: values.serverHostname ?? "127.0.0.1")
                var change = NIOSSLContextConfigurationOverride.noChanges
                change.certificateChain = context.configuration.certificateChain
                change.privateKey = context.configuration.privateKey
                promise.succeed(change)
            } catch {
                // A host that is none of ours gets 127.0.0.1's certificate, and the client says what it thinks of that.
                promise.succeed(.noChanges)
            }
        }
        return try NIOSSLContext(configuration: configuration)
    }

    private func receive(_ request: SimulatedRequest, isLast: Bool, isOld: Bool) -> SimulatedReply {
        let waiters = state.withLock { state in
            state.requestCount += 1
            state.requests.append(request)
            state.keptBytes += request.body.count
            // The newest is kept whatever its size.
            while state.requests.count > 1,
                state.requests.count > Self.maximumKeptCount || state.keptBytes > Self.maximumKeptBytes
            {
                state.keptBytes -= state.requests.removeFirst().body.count
            }
            let count = state.requestCount
            defer { state.waiters.removeAll { $0.count <= count } }
            return state.waiters.filter { $0.count <= count }
        }
        for waiter in waiters { waiter.continuation.resume() }
        return SimulatedRouter.reply(request, dripMilliseconds: dripMilliseconds, isLast: isLast, isOld: isOld)
    }
}

/// Starts a simulator on ports that the system chooses, and shuts it down when `body` has returned or thrown.
///
/// - Throws: what `body` throws; what keeps the simulator from starting.
public func withProviderSimulator<Result>(
    isolation: isolated (any Actor)? = #isolation, _ body: (ProviderSimulator) async throws -> Result
) async throws -> Result {
    let simulator = try ProviderSimulator()
    try await simulator.start()
    do {
        let result = try await body(simulator)
        await simulator.shutdown()
        return result
    } catch {
        await simulator.shutdown()
        throw error
    }
}
