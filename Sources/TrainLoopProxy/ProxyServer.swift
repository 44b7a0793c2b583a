// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import Logging
package import ServiceLifecycle
package import TrainLoopCapture
package import TrainLoopCertificates

/// A host on the gateway's path, for clients that obey a base-URL variable.
package struct GatewayProvider: Sendable {
    /// The first path segment after the token, such as `openai`.
    package var name: String
    /// Where it leads, such as `https://api.openai.com`; a path is put before the request's own.
    package var upstream: String

    package init(name: String, upstream: String) {
        self.name = name
        self.upstream = upstream
    }
}

package struct ProxyConfiguration: Sendable {
    /// A loopback address.
    package var host: String = "127.0.0.1"
    /// 0 lets the system choose.
    package var port: Int = 0
    /// What clients must show: as the password of `Proxy-Authorization: Basic` (user `trainloop`) and as the gateway's
    /// first path segment. Nil admits every process that reaches the port.
    package var token: String?
    package var gatewayProviders: [GatewayProvider] = []
    /// PEM files with roots to trust for upstream connections beside the system's.
    package var upstreamTrustFiles: [String] = []
    /// As curl's `--connect-to HOST1:PORT1:HOST2:PORT2`: connect to the second where the first is asked for.
    package var connectTo: [(host: String, port: Int, toHost: String, toPort: Int)] = []
    /// The environment whose `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (either case) lead upstream.
    package var environment: [String: String] = [:]

    package init() {}
}

/// The capturing proxy, on one loopback port: CONNECT with interception of allowed hosts, plain forward proxy, SNI
/// listener and gateway.
package final class ProxyServer: Service {
    package init(
        configuration: ProxyConfiguration, recorder: Recorder, authority: CertificateAuthority, logger: Logger
    ) throws {}

    /// Binds and begins to serve.
    ///
    /// - Returns: the port it listens on.
    package func start() async throws -> Int { 0 }

    /// Starts if need be, and serves until a graceful shutdown.
    package func run() async throws {}

    /// Stops listening and closes connections that have no exchange; gives those that have one `graceSeconds`.
    package func shutdown(graceSeconds: Int = 5) async {}
}
