// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy

/// An intercepted tunnel: the bytes that pass, and the records made of them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct InterceptionTests {
    @Test func `bytes pass verbatim both ways, save the tag, and the exchange is recorded`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let odd = "x-ODD:  two  spaces \r\nX-Odd: again\r\nAccept-Encoding: gzip, br\r\n"
        try await client.send(TestProxy.chat("X-TRAINLOOP-TAG: checkout\r\n\(odd)x-trainloop-tag: second\r\n"))
        let expected = TestProxy.chat(odd)
        #expect(await provider.receive(count: expected.utf8.count) == Array(expected.utf8))
        let answer = TestProxy.answer("x-request-id: req_1\r\nODD:value\r\n")
        try await provider.send(answer)
        #expect(await client.receive(count: answer.utf8.count) == Array(answer.utf8))
        let (records, coverage) = await proxy.finish()
        #expect(coverage.seen == 1 && coverage.recorded == 1 && coverage.bypassed == 0)
        let record = try #require(records.first)
        #expect(record["tag"]?.string == "checkout")
        #expect(record["output"]?["content"]?.string == "Hello")
        #expect(record["http"]?["requestId"]?.string == "req_1")
        #expect(record["url"]?.string == "https://api.openai.com/v1/chat/completions")
        #expect(record["capture"]?["route"]?.string == "proxy")
    }

    @Test func `a chunk reaches the client before the provider sends the next`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat(body: #"{"model":"m","stream":true,"messages":[]}"#))
        _ = await provider.receive(through: "[]}")
        try await provider.send(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        #expect(await client.receive(through: "\r\n\r\n").contains("event-stream"))
        for word in ["Hel", "lo"] {
            let event = #"data: {"choices":[{"index":0,"delta":{"content":"\#(word)"}}]}"# + "\n\n"
            let chunk = String(event.utf8.count, radix: 16) + "\r\n" + event + "\r\n"
            try await provider.send(chunk)
            #expect(await client.receive(count: chunk.utf8.count) == Array(chunk.utf8))
        }
        try await provider.send("7;ext=1\r\ndata: [\r\n7\r\nDONE]\n\n\r\n0\r\nTrailer: x\r\n\r\n")
        #expect(await client.receive(through: "Trailer: x\r\n\r\n").hasPrefix("7;ext=1"))
        let (records, _) = await proxy.finish()
        #expect(records.first?["output"]?["content"]?.string == "Hello")
        #expect(records.first?["stream"]?["complete"]?.bool == true)
    }

    @Test func `a head cut at any byte passes whole`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let request = TestProxy.chat("A: b\r\n")
        let answer = TestProxy.answer()
        for cut in stride(from: 1, to: request.utf8.count, by: 7) {
            try await client.send(Array(request.utf8.prefix(cut)))
            try await client.send(Array(request.utf8.dropFirst(cut)))
            #expect(await provider.receive(count: request.utf8.count) == Array(request.utf8))
            let split = cut % answer.utf8.count
            try await provider.send(Array(answer.utf8.prefix(split)))
            try await provider.send(Array(answer.utf8.dropFirst(split)))
            #expect(await client.receive(count: answer.utf8.count) == Array(answer.utf8))
        }
        let (records, coverage) = await proxy.finish()
        #expect(coverage.seen == coverage.recorded)
        #expect(records.count > 20)
        #expect(records.allSatisfy { $0["output"]?["content"]?.string == "Hello" })
    }

    @Test func `a pipelined request waits until the first is answered, and both are served in order`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let (first, second) = (TestProxy.chat("N: 1\r\n"), TestProxy.chat("N: 2\r\n"))
        try await client.send(first + second)
        #expect(await provider.receive(count: first.utf8.count) == Array(first.utf8))
        try await provider.send(TestProxy.answer("N: 1\r\n"))
        #expect(await client.receive(count: TestProxy.answer("N: 1\r\n").utf8.count).count > 0)
        #expect(await provider.receive(count: second.utf8.count) == Array(second.utf8))
        try await provider.send(TestProxy.answer("N: 2\r\n"))
        #expect(await client.receive(through: "N: 2\r\n").contains("200 OK"))
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 2)
        #expect(records.count == 2)
    }

    @Test func `100-continue, HEAD, 204 and an early answer keep their framing`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(
            "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        _ = await provider.receive(through: "\r\n\r\n")
        try await provider.send("HTTP/1.1 100 Continue\r\n\r\n")
        #expect(await client.receive(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
        try await client.send("{}")
        _ = await provider.receive(count: 2)
        try await provider.send("HTTP/1.1 204 No Content\r\n\r\n")
        #expect(await client.receive(through: "\r\n\r\n").contains("204"))
        try await client.send("HEAD /v1/models HTTP/1.1\r\nHost: api.openai.com\r\n\r\n")
        _ = await provider.receive(through: "\r\n\r\n")
        try await provider.send("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        #expect(await client.receive(through: "\r\n\r\n").contains("500"))
        // Answered before the request is whole; the rest of the request still passes.
        try await client.send("POST /v1/embeddings HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: 6\r\n\r\nabc")
        _ = await provider.receive(through: "abc")
        try await provider.send("HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
        #expect(await client.receive(through: "\r\n\r\n").contains("413"))
        try await client.send("def")
        #expect(await provider.receive(count: 3) == Array("def".utf8))
        let (records, coverage) = await proxy.finish()
        #expect(coverage.seen == 3 && coverage.recorded == 3)
        #expect(records.map { $0["http"]?["status"]?.integer } == [204, 200, 413])
    }

    @Test func `chunk framing that comes byte by byte is followed`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let half = TestProxy.reply.utf8.count / 2
        let pieces = [String(TestProxy.reply.prefix(half)), String(TestProxy.reply.dropFirst(half))]
        let chunks = pieces.map { String($0.utf8.count, radix: 16).uppercased() + ";a=\"b\"\r\n\($0)\r\n" }.joined()
        let answer =
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\(chunks)0\r\nT: 1\r\n\r\n"
        for _ in 0..<2 {
            try await client.send(TestProxy.chat())
            _ = await provider.receive(through: "}]}")
            for byte in answer.utf8 { try await provider.send([byte]) }
            #expect(await client.receive(count: answer.utf8.count) == Array(answer.utf8))
        }
        let (records, _) = await proxy.finish()
        #expect(records.map { $0["output"]?["content"]?.string } == ["Hello", "Hello"])
    }

    @Test func `a close-delimited answer ends with the connection and is complete`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n\(TestProxy.reply)")
        await provider.close()
        #expect(await client.receiveAll().hasSuffix(TestProxy.reply))
        #expect(!client.isBroken)
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "ok")
    }

    @Test(arguments: [(true, true), (true, false), (false, true)])
    func `a close-delimited answer that is broken off is broken off for the client, and incomplete`(
        isSecure: Bool, isReset: Bool
    ) async throws {
        let proxy = try await TestProxy(isSecure: isSecure)
        let client: RawPeer
        let provider: RawPeer
        if isSecure {
            (client, provider) = try await proxy.intercepted()
            try await client.send(TestProxy.chat())
        } else {
            client = try await proxy.connect()
            try await client.send("GET http://plain.example/ HTTP/1.1\r\n\(TestProxy.authorization)\r\n")
            provider = try await proxy.provider.accept()
        }
        _ = await provider.receive(through: "\r\n\r\n")
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n"
        try await provider.send(answer)
        #expect(await client.receive(through: "data: {}\n\n") == answer)
        try await provider.breakOff(isReset: isReset)
        #expect(await client.receiveAll() == "")
        #expect(client.isBroken)
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "incomplete")
        #expect(records.first?["stream"]?["endedBy"]?.string == "server_close")
    }

    @Test func `a plain client is not reset because its provider left out TLS's farewell`() async throws {
        let proxy = try await TestProxy { configuration, _ in
            configuration.gatewayProviders = [GatewayProvider(name: "openai", upstream: "https://api.openai.com")]
        }
        let client = try await proxy.connect()
        try await client.send(TestProxy.chat().replacing("POST /v1", with: "POST /\(TestProxy.token)/openai/v1"))
        let provider = try await proxy.provider.accept()
        _ = await provider.receive(through: "}]}")
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n"
        try await provider.send(answer)
        #expect(await client.receive(through: "data: {}\n\n") == answer)
        try await provider.breakOff(isReset: false)
        #expect(await client.receiveAll() == "")
        #expect(!client.isBroken)
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "incomplete")
        #expect(records.first?["stream"]?["endedBy"]?.string == "server_close")
    }

    @Test func `an answer shorter than its length is cut for the client and incomplete in the record`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"id\":")
        await provider.close()
        #expect(await client.receiveAll().hasSuffix("{\"id\":"))
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "incomplete")
    }

    @Test func `a client that leaves in the midst of a stream closes the provider's end`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n")
        try await provider.send("10\r\ndata: {\"a\": 1}\n\n\r\n")
        _ = await client.receive(through: "1}\n\n\r\n")
        await client.close()
        #expect(await provider.receiveAll() == "")
        let (records, _) = await proxy.finish()
        #expect(records.first?["status"]?.string == "incomplete")
        #expect(records.first?["stream"]?["endedBy"]?.string == "client_close")
    }

    @Test func `an exchange whose client waits in vain lasts until it leaves`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        // Time itself is what the record tells here: it may take longer, not less.
        try await Task.sleep(for: .milliseconds(200))
        await client.close()
        #expect(await provider.receiveAll() == "")
        let (records, _) = await proxy.finish()
        #expect(records.first?["durationMs"]?.integer ?? 0 >= 190)
    }

    @Test func `an exchange that the proxy's end cuts off is not the client's doing`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(TestProxy.chat())
        _ = await provider.receive(through: "}]}")
        try await provider.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {}\n\n")
        _ = await client.receive(through: "data: {}\n\n")
        let (records, coverage) = await proxy.finish(graceSeconds: 0)
        #expect(coverage.recorded == 1)
        #expect(records.first?["status"]?.string == "incomplete")
        #expect(records.first?["error"]?["source"]?.string == "capture")
    }

    @Test func `an upgraded connection passes untouched`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let request =
            "GET /v1/realtime HTTP/1.1\r\nHost: api.openai.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        try await client.send(request)
        _ = await provider.receive(through: "\r\n\r\n")
        try await provider.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n")
        _ = await client.receive(through: "\r\n\r\n")
        let frame: [UInt8] = [0x81, 0x85, 1, 2, 3, 4, 0, 0xff, 0x0d, 0x0a, 0x0d, 0x0a]
        try await client.send(frame)
        #expect(await provider.receive(count: frame.count) == frame)
        try await provider.send(frame)
        #expect(await client.receive(count: frame.count) == frame)
        let (records, coverage) = await proxy.finish()
        #expect(coverage.recorded == 1)
        #expect(records.first?["http"]?["status"]?.integer == 101)
    }

    @Test func `a request that waited for an answer that cannot be read passes`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let (first, second) = (TestProxy.chat("N: 1\r\n"), TestProxy.chat("N: 2\r\n"))
        try await client.send(first + second)
        #expect(await provider.receive(count: first.utf8.count) == Array(first.utf8))
        let answer = "HTTP/1.1 200 OK\r\nNo colon\r\nContent-Length: 2\r\n\r\nok"
        try await provider.send(answer)
        #expect(await client.receive(count: answer.utf8.count) == Array(answer.utf8))
        #expect(await provider.receive(count: second.utf8.count) == Array(second.utf8))
        try await client.send(first)
        #expect(await provider.receive(count: first.utf8.count) == Array(first.utf8))
        await client.close()
        let (_, coverage) = await proxy.finish()
        #expect(coverage.seen == 1 && coverage.recorded == 1)
    }

    @Test(arguments: [
        "\u{1}\u{2}garbage\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\nNo colon\r\n\r\n",
    ])
    func `what is not HTTP in a tunnel passes unread and is counted`(bytes: String) async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        try await client.send(bytes)
        #expect(await provider.receive(count: bytes.utf8.count) == Array(bytes.utf8))
        try await provider.send("whatever")
        #expect(await client.receive(through: "whatever") == "whatever")
        let (_, coverage) = await proxy.finish()
        #expect(coverage.bypassed == 1)
        #expect(coverage.seen == 0)
    }

    @Test func `a head without end passes unread`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let flood = "GET / HTTP/1.1\r\n" + String(repeating: "A: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\r\n", count: 10_000)
        try await client.send(flood)
        #expect(await provider.receive(count: flood.utf8.count) == Array(flood.utf8))
        #expect(await proxy.finish().coverage.bypassed == 1)
    }

    @Test func `bodies of 32 MiB pass each way`() async throws {
        let proxy = try await TestProxy()
        let (client, provider) = try await proxy.intercepted()
        let body = (0..<32 << 20).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        let head = "POST /v1/files HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: \(body.count)\r\n\r\n"
        async let sent: Void = client.send(Array(head.utf8) + body)
        _ = await provider.receive(through: "\r\n\r\n")
        #expect(await provider.receive(count: body.count) == body)
        try await sent
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n"
        async let answered: Void = provider.send(Array(answer.utf8) + body)
        _ = await client.receive(through: "\r\n\r\n")
        #expect(await client.receive(count: body.count) == body)
        try await answered
        let (records, _) = await proxy.finish()
        #expect(records.first?["http"]?["requestBytes"]?.integer == Int64(body.count))
        #expect(records.first?["http"]?["responseBytes"]?.integer == Int64(body.count))
    }
}
