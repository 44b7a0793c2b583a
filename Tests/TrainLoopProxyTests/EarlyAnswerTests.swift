// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy

/// An answer that ends the connection while the client is still sending: the client is not reset before it has read it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct EarlyAnswerTests {
    /// More than a socket that nobody reads takes.
    private static let half = [UInt8](repeating: 0x20, count: 32 << 20)
    private static let length = "Content-Length: \(2 * half.count)\r\n"
    private static let answer =
        "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 9\r\n\r\ntoo large"

    @Test(arguments: [true, false])
    func `a provider's answer to half a request reaches a client that goes on sending`(isSecure: Bool) async throws {
        let proxy = try await TestProxy(isSecure: isSecure)
        let client: RawPeer
        let provider: RawPeer
        if isSecure {
            (client, provider) = try await proxy.intercepted()
            try await client.send("POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\n\(Self.length)\r\n")
        } else {
            client = try await proxy.connect()
            try await client.send("POST http://plain.example/ HTTP/1.1\r\n\(TestProxy.authorization)\(Self.length)\r\n")
            provider = try await proxy.provider.accept()
        }
        try await client.send(Self.half)
        #expect(await provider.receive(through: "\r\n\r\n").hasPrefix("POST"))
        try await provider.send(Self.answer)
        try await provider.closeOutput()
        #expect(await client.receiveAll() == Self.answer)
        try await client.send(Self.half)
        await client.close()
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 1)
        #expect(records.first?["http"]?["status"]?.integer == 413)
    }

    @Test(arguments: [
        ("POST http://plain.example/ HTTP/1.1\r\n\(length)\r\n", "407"),
        ("POST http://plain.example/ HTTP/1.1\r\n\(TestProxy.authorization)\(length)\r\n", "502"),
        ("CONNECT api.openai.com:443 HTTP/1.1\r\n\r\n", "407"),
        ("CONNECT api.openai.com:443 HTTP/1.1\r\n\(TestProxy.authorization)\r\n", "502"),
        ("POST / HTTP/1.1\r\n" + String(repeating: "A: b\r\n", count: 20_000), "431"),
    ])
    func `the proxy's own answer reaches a client that goes on sending`(head: String, status: String) async throws {
        let proxy = try await TestProxy { configuration, _ in
            configuration.connectTo = [("plain.example", 80, "127.0.0.1", 1), ("api.openai.com", 443, "127.0.0.1", 1)]
        }
        let client = try await proxy.connect()
        try await client.send(head)
        let answer = await client.receiveAll()
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer)")
        #expect(answer.hasSuffix("\n"))
        try await client.send(Self.half)
        await client.close()
        _ = await proxy.finish()
    }

    @Test func `a client that was answered and does not end does not hold up the end`() async throws {
        let proxy = try await TestProxy { configuration, _ in
            configuration.connectTo = [("plain.example", 80, "127.0.0.1", 1)]
        }
        let client = try await proxy.connect()
        try await client.send("POST http://plain.example/ HTTP/1.1\r\n\(TestProxy.authorization)\(Self.length)\r\n")
        #expect(await client.receiveAll().hasPrefix("HTTP/1.1 502 "))
        let duration = await ContinuousClock().measure { _ = await proxy.finish(graceSeconds: 60) }
        #expect(duration < .seconds(20))
        await client.close()
    }
}
