// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCapture

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

/// What a proxy is told.
package struct ProxyConfiguration: Sendable {
    /// A loopback address.
    package var host: String = "127.0.0.1"
    /// 0 lets the system choose.
    package var port: Int = 0
    /// What clients must show; nil admits every process that reaches the port.
    ///
    /// In `Proxy-Authorization: Basic` as the password of the user `trainloop`, in the gateway as the first path segment.
    package var token: String?
    package var gatewayProviders: [GatewayProvider] = []
    /// PEM files with roots to trust for upstream connections beside the system's.
    package var upstreamTrustFiles: [String] = []
    /// As curl's `--connect-to HOST1:PORT1:HOST2:PORT2`: connect to the second where the first is asked for.
    package var connectTo: [(host: String, port: Int, toHost: String, toPort: Int)] = []
    /// How long a provider, or the proxy on the way to it, may take to accept a connection, and then to be ready for a request.
    package var connectTimeoutSeconds: Int = 30
    /// The environment whose `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` (either case) lead upstream, and whose
    /// `SSL_CERT_FILE` or `SSL_CERT_DIR` names the roots to trust there.
    package var environment: [String: String] = [:]
    /// Content codings to take from `Accept-Encoding`, since this machine could not read the answer.
    package var undecodableCodings: [String] = ContentCoding.undecodable

    package init() {}
}
