// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy

/// A client that has said all, or has gone, on the routes where a half-closed connection can be: the provider hears of it.
@Suite(.serialized, .timeLimit(.minutes(10))) struct HalfCloseTests {
    @Test(arguments: [false, true])
    func `a client that has said all and still reads gets its whole answer`(isSecure: Bool) async throws {
        let proxy = try await gateway(isSecure: isSecure)
        let client = try await proxy.connect()
        try await client.send(Self.request)
        try await client.closeOutput()
        let provider = try await proxy.provider.accept()
        #expect(await provider.receiveAll().hasSuffix("}]}"))
        try await provider.send(TestProxy.answer())
        await provider.close()
        #expect(await client.receiveAll() == TestProxy.answer())
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "ok")
    }

    @Test(arguments: [false, true])
    func `a cancelled call is cancelled at the provider, and so recorded`(isSecure: Bool) async throws {
        let proxy = try await gateway(isSecure: isSecure)
        let client = try await proxy.connect()
        try await client.send(Self.request)
        let provider = try await proxy.provider.accept()
        _ = await provider.receive(through: "}]}")
        try await provider.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n")
        try await provider.send("10\r\ndata: {\"a\": 1}\n\n\r\n")
        _ = await client.receive(through: "1}\n\n\r\n")
        await client.close()
        #expect(await provider.receiveAll() == "")
        await provider.close()
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 1)
        #expect(records.first?["status"]?.string == "incomplete")
        #expect(records.first?["stream"]?["endedBy"]?.string == "client_close")
    }

    @Test func `half a request reaches the provider as half a request, and its answer the client`() async throws {
        let proxy = try await gateway(isSecure: false)
        let client = try await proxy.connect()
        let request = Self.request.replacing("Content-Type", with: "X-A: b\r\nContent-Type")
        try await client.send(String(request.dropLast(5)))
        try await client.closeOutput()
        let provider = try await proxy.provider.accept()
        #expect(await provider.receiveAll().contains("X-A: b"))
        let answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"
        try await provider.send(answer)
        #expect(await client.receiveAll() == answer)
        let (records, _) = await proxy.finish()
        #expect(records.first?["http"]?["status"]?.integer == 400)
    }

    @Test func `requests sent ahead are all answered before the end is passed on`() async throws {
        let proxy = try await gateway(isSecure: false)
        let client = try await proxy.connect()
        try await client.send(Self.request + Self.request)
        try await client.closeOutput()
        let provider = try await proxy.provider.accept()
        for _ in 0..<2 {
            _ = await provider.receive(through: "}]}")
            try await provider.send(TestProxy.answer())
        }
        #expect(await client.receiveAll() == TestProxy.answer() + TestProxy.answer())
        #expect(await proxy.finish().coverage.recorded == 2)
    }

    private static let request = TestProxy.chat().replacing("POST /v1", with: "POST /\(TestProxy.token)/openai/v1")

    private func gateway(isSecure: Bool) async throws -> TestProxy {
        try await TestProxy(isSecure: isSecure, halfCloses: true) { configuration, provider in
            let upstream = isSecure ? "https://api.openai.com" : "http://127.0.0.1:\(provider.port)"
            configuration.gatewayProviders = [GatewayProvider(name: "openai", upstream: upstream)]
        }
    }
}
