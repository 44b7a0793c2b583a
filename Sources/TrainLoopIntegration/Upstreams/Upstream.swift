// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCertificates
import TrainLoopTesting

/// Who answers the programs' calls.
package enum UpstreamKind: String, Sendable, CaseIterable {
    case simulator
    case localModel = "local-model"
    case live

    /// The word on each line of a report.
    package var word: String {
        switch self {
        case .simulator: "simulated"
        case .localModel: "local model"
        case .live: "live"
        }
    }

    /// Whether the same request gets the same bytes twice.
    package var isDeterministic: Bool { self == .simulator }
}

/// What stands in the providers' place: by TLS, under the hosts' own names.
package final class Upstream: Sendable {
    package let kind: UpstreamKind
    /// The port that is a host, by its name; empty where the hosts are the true ones.
    package let ports: [String: Int]
    /// The same over plain HTTP, for clients that neither obey a variable nor can be preloaded.
    package let plainPorts: [String: Int]
    /// A proxy that knows these hosts only.
    package let proxyPort: Int?
    /// The file of the certificates to trust.
    package let certificateFile: String?
    private let simulator: ProviderSimulator?
    private let forwarders: [LoopbackForwarder]
    private let servers: [ProgramRun]

    private init(
        kind: UpstreamKind, ports: [String: Int] = [:], plainPorts: [String: Int] = [:],
        proxy: LoopbackForwarder? = nil,
        certificateFile: String? = nil, simulator: ProviderSimulator? = nil, forwarders: [LoopbackForwarder] = [],
        servers: [ProgramRun] = []
    ) {
        self.kind = kind
        self.ports = ports
        self.plainPorts = plainPorts
        proxyPort = proxy?.port
        self.certificateFile = certificateFile
        self.simulator = simulator
        self.forwarders = forwarders + (proxy.map { [$0] } ?? [])
        self.servers = servers
    }

    package static let live = Upstream(kind: .live)

    private static let providerHosts = ["api.openai.com", "api.anthropic.com"]
    private static let bedrockHost = "bedrock-runtime.us-east-1.amazonaws.com"

    /// Who answers at a host, in OpenTelemetry's words.
    static let providers = ["api.openai.com": "openai", "api.anthropic.com": "anthropic", bedrockHost: "aws.bedrock"]

    /// The project's simulator for OpenAI and Anthropic; for Bedrock a server in Python, where there is a Python.
    package static func simulator(
        folder: String, catalogue: Catalogue?, python: String?, environment: [String: String]
    ) async throws -> Upstream {
        let simulator = try ProviderSimulator()
        try await simulator.start()
        var ports = Dictionary(uniqueKeysWithValues: providerHosts.map { ($0, simulator.httpsPort) })
        let plainPorts = Dictionary(uniqueKeysWithValues: providerHosts.map { ($0, simulator.httpPort) })
        var trusted = simulator.certificatePEM
        var forwarders: [LoopbackForwarder] = []
        var servers: [ProgramRun] = []
        if let catalogue, let python {
            let server = try ProgramRun(
                [python, "\(catalogue.folder)/servers/bedrock_server.py"], environment: environment,
                folder: folder, files: "\(folder)/bedrock")
            servers.append(server)
            let authority = try CertificateAuthority(
                commonName: "TrainLoop tests", permittedDomains: [bedrockHost])
            let port = try await portPrinted(by: server, named: "Bedrock's simulator")
            let forwarder = try await LoopbackForwarder.endingTLS(
                authority.serverContext(host: bedrockHost), to: port)
            forwarders.append(forwarder)
            ports[bedrockHost] = forwarder.port
            trusted += authority.certificatePEM
        }
        return try await Upstream(
            kind: .simulator, ports: ports, plainPorts: plainPorts, proxy: .proxy(to: ports),
            certificateFile: write(trusted, folder), simulator: simulator, forwarders: forwarders, servers: servers)
    }

    /// A server of a real model on this machine, which speaks plain HTTP on a port.
    package static func localModel(folder: String, server: ProgramRun, port: Int) async throws -> Upstream {
        var ports: [String: Int] = [:]
        var forwarders: [LoopbackForwarder] = []
        let authority = try CertificateAuthority(
            commonName: "TrainLoop tests", permittedDomains: providerHosts)
        for host in providerHosts {
            let forwarder = try await LoopbackForwarder.endingTLS(authority.serverContext(host: host), to: port)
            forwarders.append(forwarder)
            ports[host] = forwarder.port
        }
        return try await Upstream(
            kind: .localModel, ports: ports,
            plainPorts: Dictionary(uniqueKeysWithValues: providerHosts.map { ($0, port) }), proxy: .proxy(to: ports),
            certificateFile: write(authority.certificatePEM, folder), forwarders: forwarders, servers: [server])
    }

    package func shutdown() async {
        for forwarder in forwarders { await forwarder.close() }
        for server in servers {
            server.kill()
            _ = await server.wait(seconds: 10)
        }
        await simulator?.shutdown()
    }

    private static func write(_ certificates: String, _ folder: String) throws(IntegrationError) -> String {
        let path = "\(folder)/upstream.pem"
        try Files.write(certificates, to: path)
        return path
    }

    /// The number that a server prints when it listens.
    static func portPrinted(by server: ProgramRun, named name: String, seconds: Int = 20) async throws -> Int {
        for _ in 0..<(seconds * 50) {
            let output = server.outputSoFar
            if output.hasSuffix("\n"), let port = Int(output.dropLast()) { return port }
            try await Task.sleep(for: .milliseconds(20))
        }
        server.kill()
        let last = server.errorsSoFar.split(separator: "\n").last ?? "it said nothing"
        throw IntegrationError("\(name) did not start: \(last)")
    }
}
