// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore
import NIOPosix
import NIOSSL
import Testing
import TrainLoopCertificates
import TrainLoopTestSupport
import TrainLoopTesting

/// The simulator's connections: what HTTP asks of a server, whatever the client is.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SimulatorConnectionTests {
    private static let close = "Connection: close\r\n"

    @Test func `pipelined requests are answered one after the other`() async throws {
        let simulated = try await Simulated()
        let reply = try await converse(
            simulated, request("[sim:drip=1] first", isStreamed: true) + request("second", fields: Self.close))
        let heads = reply.ranges(of: "HTTP/1.1 200 OK")
        #expect(heads.count == 2)
        let end = try #require(reply.firstRange(of: "\r\n0\r\n\r\n"))
        #expect(heads.last?.lowerBound == end.upperBound)
        #expect(reply[end.upperBound...].contains("You said: second"))
        await simulated.end()
    }

    @Test func `the connection ends with the reply where the client wants it to`() async throws {
        let simulated = try await Simulated()
        // Each returns only when the server has closed.
        let asked = try await converse(simulated, request("Hello", fields: Self.close))
        #expect(asked.contains("\r\nConnection: close\r\n"))
        let old = try await converse(simulated, request("Hello", version: "1.0", isStreamed: true))
        #expect(!old.contains("Transfer-Encoding"))
        #expect(old.hasSuffix("data: [DONE]\n\n"))
        await simulated.end()
    }

    @Test func `a reply to HEAD has no body`() async throws {
        let simulated = try await Simulated()
        let reply = try await converse(
            simulated, "HEAD /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: k\r\n\(Self.close)\r\n")
        #expect(reply.hasPrefix("HTTP/1.1 "))
        #expect(reply.hasSuffix("\r\n\r\n"))
        #expect(!reply.contains("{"))
        await simulated.end()
    }

    @Test func `what is no HTTP is told so`() async throws {
        let simulated = try await Simulated()
        #expect(try await converse(simulated, "\u{16}\u{3}\u{1} nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400 "))
        #expect(try await simulated.ask("chat/completions", "Hello").status == 200)
        await simulated.end()
    }

    @Test func `the port for HTTPS is trusted by name`() async throws {
        let simulated = try await Simulated()
        let folder = try TemporaryFolder()
        try folder.write(simulated.simulator.certificatePEM, to: "ca.pem")
        let response = try await LoopbackHTTPClient(environment: ["SSL_CERT_FILE": "\(folder.path)/ca.pem"]).request(
            "GET", "https://localhost:\(simulated.simulator.httpsPort)/v1/models", fields: [("Authorization", "k")])
        #expect(response.status == 200)
        await simulated.end()
    }

    /// OpenSSL takes an address in the common name for a DNS name that the authority may not vouch for.
    @Test func `an address is no common name`() throws {
        let authority = try CertificateAuthority(commonName: "test", permittedDomains: ["localhost"])
        for (host, isNamed) in [("127.0.0.1", false), ("::1", false), ("localhost", true)] {
            let chain = try authority.serverContext(host: host).configuration.certificateChain
            guard case .certificate(let leaf)? = chain.first else {
                Issue.record("no leaf for \(host)")
                continue
            }
            #expect(leaf.description.contains("common_name=\(host)") == isNamed)
        }
    }

    @Test func `a port that is taken leaves the other free`() async throws {
        let simulated = try await Simulated()
        let other = try ProviderSimulator()
        await #expect(throws: (any Error).self) { try await other.start(httpsPort: simulated.simulator.httpsPort) }
        try await other.start()
        #expect(other.httpPort != 0)
        await other.shutdown()
        await simulated.end()
    }

    private func request(
        _ prompt: String, version: String = "1.1", fields: String = "", isStreamed: Bool = false
    ) -> String {
        let body = #"{"model":"m","stream":\#(isStreamed),"messages":[{"role":"user","content":"\#(prompt)"}]}"#
        return "POST /v1/chat/completions HTTP/\(version)\r\nHost: x\r\nAuthorization: k\r\n\(fields)"
            + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Sends bytes and reads until the server closes.
    private func converse(_ simulated: Simulated, _ text: String) async throws -> String {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: simulated.simulator.httpPort) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var reply = ByteBuffer()
            for try await var part in inbound { reply.writeBuffer(&part) }
            return String(buffer: reply)
        }
    }
}
