// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
package import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
package import TrainLoopCapture
package import TrainLoopCertificates

/// The capturing proxy, on one loopback port: CONNECT with interception of allowed hosts, plain forward proxy, SNI
/// listener and gateway.
package final class ProxyServer: Service {
    private struct State {
        var listener: (any Channel)?
        var connections: [ObjectIdentifier: any Channel] = [:]
        var isStopping = false
    }

    private let configuration: ProxyConfiguration
    private let services: ProxyServices
    private let group: MultiThreadedEventLoopGroup
    private let pool = NIOThreadPool(numberOfThreads: 1)
    private let state = Mutex(State())

    /// - Throws: `ProxyError` for an address that is not loopback's, or an environment that cannot be used.
    package init(
        configuration: ProxyConfiguration, recorder: Recorder, authority: CertificateAuthority, logger: Logger
    ) throws {
        guard configuration.host == "::1" || configuration.host.hasPrefix("127.") else {
            throw ProxyError(
                .badConfiguration, type: "bad_configuration",
                "the proxy listens on loopback only, not on \(configuration.host); use 127.0.0.1.")
        }
        self.configuration = configuration
        let connector = try UpstreamConnector(configuration, logger: logger)
        guard configuration.port == 0 || !connector.leads(to: configuration.host, port: configuration.port) else {
            throw ProxyError(
                .badConfiguration, type: "bad_configuration",
                "HTTPS_PROXY or HTTP_PROXY leads to this very port, \(configuration.port): unset it for the proxy itself."
            )
        }
        // An exchange takes two descriptors, where the program without us takes one of its own limit. Before the event loops
        // take theirs, without which they cannot be.
        let failure = trainloop_set_descriptor_limit(.max)
        if failure != 0 {
            let reason = String(cString: trainloop_error_text(-failure))
            logger.info("cannot raise the limit on open files: \(reason)")
        }
        // Half the processors at the least two: parsing has the others.
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(2, System.coreCount / 2))
        services = ProxyServices(
            planner: try RequestPlanner(configuration), connector: connector, recorder: recorder, authority: authority,
            peers: PeerProcesses(pool), distrust: DistrustTable(), logger: logger)
    }

    /// Binds and begins to serve.
    ///
    /// - Returns: the port it listens on.
    package func start() async throws -> Int {
        pool.start()
        services.connector.warmUp()
        let listener: any Channel
        do {
            listener = try await ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 1024)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelOption(.socketOption(.so_keepalive), value: 1)
                .childChannelOption(.allowRemoteHalfClosure, value: true)
                .childChannelOption(.autoRead, value: false)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        self.admit(channel)
                        try channel.pipeline.syncOperations.addHandler(PrefaceHandler(self.services))
                    }
                }
                .bind(host: configuration.host, port: configuration.port).get()
        } catch {
            throw ProxyError(
                .badConfiguration, type: "bad_configuration",
                "cannot listen on \(configuration.host):\(configuration.port): \(error). Choose another port.")
        }
        state.withLock { $0.listener = listener }
        return listener.localAddress?.port ?? 0
    }

    /// Starts if need be, and serves until a graceful shutdown.
    package func run() async throws {
        if state.withLock({ $0.listener == nil }) { _ = try await start() }
        guard let listener = state.withLock({ $0.listener }) else { return }
        try await withGracefulShutdownHandler {
            try await listener.closeFuture.get()
        } onGracefulShutdown: {
            listener.close(promise: nil)
        }
        await shutdown()
    }

    /// Stops listening and closes connections that have no exchange; gives those that have one `graceSeconds`.
    package func shutdown(graceSeconds: Int = 5) async {
        let (listener, connections) = state.withLock { state in
            state.isStopping = true
            return (state.listener, Array(state.connections.values))
        }
        try? await listener?.close().get()
        for connection in connections {
            connection.eventLoop.execute { connection.pipeline.fireUserInboundEventTriggered(ProxyShutdown.begun) }
        }
        let allClosed = group.any().makePromise(of: Void.self)
        let closing = connections.map(\.closeFuture)
        EventLoopFuture.andAllComplete(closing, on: group.any()).cascade(to: allClosed)
        let patience = group.any().scheduleTask(in: .seconds(Int64(graceSeconds))) {
            for connection in connections {
                connection.eventLoop.execute {
                    connection.pipeline.fireUserInboundEventTriggered(ProxyShutdown.graceOver)
                    connection.close(promise: nil)
                }
            }
        }
        try? await allClosed.futureResult.get()
        patience.cancel()
        try? await pool.shutdownGracefully()
        try? await group.shutdownGracefully()
    }

    private func admit(_ channel: any Channel) {
        let identifier = ObjectIdentifier(channel)
        let isStopping = state.withLock { state in
            state.connections[identifier] = channel
            return state.isStopping
        }
        channel.closeFuture.whenComplete { _ in
            _ = self.state.withLock { $0.connections.removeValue(forKey: identifier) }
        }
        if isStopping { channel.close(promise: nil) }
    }
}
