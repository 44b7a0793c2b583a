// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import NIOSSL
package import TrainLoopCertificates

/// A provider of language models that answers from a script: the formats of OpenAI and Anthropic over HTTP and TLS.
public final class ProviderSimulator: Sendable {
    public init() {}

    /// Begins to listen on 127.0.0.1: one port for HTTP and, by its own CA, one for HTTPS as any of the providers' hosts.
    public func start() async throws {}

    /// The port that speaks plain HTTP, once started.
    public var httpPort: Int { 0 }
    /// The port that speaks TLS, once started.
    public var httpsPort: Int { 0 }
    /// The CA that clients of `httpsPort` must trust, as PEM.
    public var certificatePEM: String { "" }
    /// Requests answered so far.
    public var requestCount: Int { 0 }

    public func shutdown() async {}
}
