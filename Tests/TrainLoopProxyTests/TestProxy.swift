// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import Synchronization
import Testing
import TrainLoopCapture
import TrainLoopCertificates
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy
import TrainLoopTestSupport
import TrainLoopTesting

/// A proxy in front of a server in a test's hand, both on this machine, and the records that it makes.
final class TestProxy: Sendable {
    static let token = "0123456789abcdef"

    let port: Int
    let recorder: Recorder
    /// The authority that clients of the proxy trust.
    let authority: CertificateAuthority
    /// What the provider behind the proxy speaks TLS with.
    let providerAuthority: CertificateAuthority
    let provider: RawServer
    private let server: ProxyServer
    private let folder: TemporaryFolder

    /// - Parameters:
    ///   - trusts: whether the proxy trusts the provider's certificate.
    ///   - halfCloses: whether the provider goes on in TLS when the client has said all.
    ///   - asksForCertificate: whether the provider wants a certificate of its client.
    init(
        trusts: Bool = true, isSecure: Bool = true, halfCloses: Bool = false, asksForCertificate: Bool = false,
        simulator: ProviderSimulator? = nil,
        _ change: (inout ProxyConfiguration, RawServer) -> Void = { _, _ in }
    ) async throws {
        folder = try TemporaryFolder()
        providerAuthority = try CertificateAuthority(commonName: "provider", permittedDomains: ["api.openai.com"])
        provider = try await RawServer(
            authority: isSecure ? providerAuthority : nil, halfCloses: halfCloses,
            asksForCertificate: asksForCertificate)
        var capture = CaptureConfiguration(workingDirectory: folder.path)
        capture.hostAllowlist = ["api.openai.com", "plain.example"].compactMap { HostPattern($0) }
        recorder = Recorder(configuration: capture, by: "test") { line in Issue.record("\(line)") }
        authority = try CertificateAuthority(commonName: "proxy", permittedDomains: recorder.permittedDomains)

        var configuration = ProxyConfiguration()
        configuration.token = Self.token
        for (host, port) in [
            ("api.openai.com", 443), ("plain.example", 80), ("other.example", 443), ("other.example", 80),
        ] {
            configuration.connectTo.append((host, port, "127.0.0.1", simulator?.httpsPort ?? provider.port))
        }
        try folder.write(authority.certificatePEM, to: "proxy.pem")
        if trusts {
            try folder.write(simulator?.certificatePEM ?? providerAuthority.certificatePEM, to: "provider.pem")
            configuration.upstreamTrustFiles = ["\(folder.path)/provider.pem"]
        }
        change(&configuration, provider)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        server = try ProxyServer(configuration: configuration, recorder: recorder, authority: authority, logger: logger)
        port = try await server.start()
    }

    func connect() async throws -> RawPeer { try await .connect(port: port) }

    static let authorization = "Proxy-Authorization: Basic dHJhaW5sb29wOjAxMjM0NTY3ODlhYmNkZWY=\r\n"

    /// A tunnel to `host`, without TLS in it yet, and the head of the proxy's answer.
    func tunnel(_ host: String = "api.openai.com:443") async throws -> (peer: RawPeer, answer: String) {
        let peer = try await connect()
        try await peer.send("CONNECT \(host) HTTP/1.1\r\nHost: \(host)\r\n\(Self.authorization)\r\n")
        return (peer, await peer.receive(through: "\r\n\r\n"))
    }

    /// What leads an ordinary client to the proxy.
    var clientEnvironment: [String: String] {
        [
            "HTTPS_PROXY": "http://trainloop:\(Self.token)@127.0.0.1:\(port)",
            "SSL_CERT_FILE": "\(folder.path)/proxy.pem",
        ]
    }

    /// Both ends of an intercepted connection: the client's, in TLS that trusts us, and the provider's.
    func intercepted() async throws -> (client: RawPeer, provider: RawPeer) {
        let (client, answer) = try await tunnel()
        try #require(answer.hasPrefix("HTTP/1.1 200"), "\(answer)")
        let provider = try await provider.accept()
        try await client.startTLS(host: "api.openai.com", trusting: authority.certificatePEM)
        return (client, provider)
    }

    /// Ends the proxy and gives the records, oldest first, with the counts.
    func finish(graceSeconds: Int = 1) async -> (records: [JSONValue], coverage: Coverage) {
        await server.shutdown(graceSeconds: graceSeconds)
        let coverage = await recorder.shutdown()
        let records = ["events", "calls"].flatMap { shelf in
            folder.names("trainloop/data/\(shelf)").flatMap { name in
                folder.read("trainloop/data/\(shelf)/\(name)").split(separator: "\n").compactMap {
                    JSONValue(parsing: Array($0.utf8))
                }
            }
        }
        return (records.sorted { $0["id"]?.string ?? "" < $1["id"]?.string ?? "" }, coverage)
    }

    /// A request for a chat completion.
    static func chat(
        _ fields: String = "", body: String = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
    ) -> String {
        "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\n\(fields)Content-Type: application/json\r\n"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    static let reply =
        #"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#

    static func answer(_ fields: String = "", body: String = reply) -> String {
        "HTTP/1.1 200 OK\r\n\(fields)Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }
}
