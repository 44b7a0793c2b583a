// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopTesting

/// The simulator keeps to the providers' formats, and does what its directives say.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ProviderSimulatorTests {
    static let text = "You said: Hello — Grüße aus Zürich 😀, \"quoted\" \\ and\na second line."

    @Test func `a plain and a streamed answer say the same, in each API`() async throws {
        let simulated = try await Simulated()
        for path in ["chat/completions", "responses", "messages"] {
            let plain = try await simulated.ask(path, "Hello")
            let json = try #require(JSONValue(parsing: plain.body))
            let whole =
                json["choices"]?.first?["message"]?["content"] ?? json["content"]?.first?["text"]
                ?? json["output"]?.first?["content"]?.first?["text"]
            #expect(whole?.string == Self.text)
            let streamed = try await simulated.ask(path, "Hello", stream: true)
            let deltas = streamed.events.compactMap { event in
                event["choices"]?.first?["delta"]?["content"]?.string ?? event["delta"]?["text"]?.string
                    ?? (event["type"]?.string == "response.output_text.delta" ? event["delta"]?.string : nil)
            }
            #expect(deltas.joined() == Self.text)
            #expect(deltas.count > 5)
        }
        await simulated.end()
    }

    @Test func `tool calls stream in pieces that add up to JSON`() async throws {
        let simulated = try await Simulated()
        for path in ["chat/completions", "responses", "messages"] {
            let events = try await simulated.ask(path, "[sim:tools]", stream: true).events
            let pieces = events.map { event in
                event["choices"]?.first?["delta"]?["tool_calls"]?.first?["function"]?["arguments"]?.string
                    ?? event["delta"]?["partial_json"]?.string
                    ?? (event["type"]?.string == "response.function_call_arguments.delta"
                        ? event["delta"]?.string : nil) ?? ""
            }
            #expect(
                pieces.joined() == #"{"city":"Zürich","days":3,"unit":"\"C\""}{"zone":"Europe/Zurich","offset":-1.50}"#)
        }
        await simulated.end()
    }

    @Test(arguments: [400, 401, 403, 404, 429, 500, 503, 529])
    func `errors have each provider's form`(status: Int) async throws {
        let simulated = try await Simulated()
        let openAI = try await simulated.ask("chat/completions", "[sim:error=\(status)]")
        #expect(openAI.status == status)
        #expect(JSONValue(parsing: openAI.body)?["error"]?["message"]?.string != nil)
        let anthropic = try await simulated.ask("messages", "[sim:error=\(status)]")
        #expect(anthropic.status == status)
        #expect(JSONValue(parsing: anthropic.body)?["type"]?.string == "error")
        await simulated.end()
    }

    @Test func `what is asked wrongly is refused as the providers refuse it`() async throws {
        let simulated = try await Simulated()
        let client = LoopbackHTTPClient()
        #expect(try await client.request("GET", "\(simulated.url)/v1/models").status == 401)
        let key = [("Authorization", "Bearer k")]
        #expect(try await client.request("GET", "\(simulated.url)/v1/models", fields: key).status == 200)
        #expect(try await client.request("GET", "\(simulated.url)/nowhere", fields: key).status == 404)
        let bad = try await client.request(
            "POST", "\(simulated.url)/v1/chat/completions", fields: key, body: Array("{".utf8))
        #expect(bad.status == 400)
        await simulated.end()
    }

    @Test func `a flaky answer fails until the client says that it tries again`() async throws {
        let simulated = try await Simulated()
        #expect(try await simulated.ask("chat/completions", "[sim:flaky]").status == 429)
        let again = try await simulated.ask(
            "chat/completions", "[sim:flaky]", fields: [("x-stainless-retry-count", "1")])
        #expect(again.status == 200)
        await simulated.end()
    }

    @Test func `connections are cut where they are to be cut`() async throws {
        let simulated = try await Simulated()
        await #expect(throws: (any Error).self) { try await simulated.ask("chat/completions", "[sim:cut=head]") }
        for directive in ["[sim:cut=length]", "[sim:cut=body][sim:chunked]"] {
            let cut = try await simulated.ask("chat/completions", directive)
            #expect(cut.status == 200)
            #expect(!cut.isComplete)
        }
        await simulated.end()
    }

    @Test func `pieces that drip arrive one by one, in order`() async throws {
        let simulated = try await Simulated()
        let (chunks, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        let reply = try await simulated.ask("chat/completions", "[sim:drip=5]", stream: true) { continuation.yield($0) }
        continuation.finish()
        var gathered: [UInt8] = []
        var count = 0
        for await chunk in chunks {
            gathered += chunk
            count += 1
        }
        #expect(gathered == reply.body)
        #expect(count > 10)
        await simulated.end()
    }

    @Test func `received requests can be read back as they were sent, and the same request has the same answer`()
        async throws
    {
        let simulated = try await Simulated()
        let first = try await simulated.ask("responses", "Hello", fields: [("X-Odd", "1")])
        let second = try await simulated.ask("responses", "Hello")
        #expect(first.body == second.body)
        let request = try #require(simulated.simulator.requests.first)
        #expect(request.method == "POST")
        #expect(request.path == "/v1/responses")
        #expect(request.field("x-odd") == "1")
        #expect(simulated.simulator.requestCount == 2)
        await simulated.end()
    }
}

/// A simulator, and a client of it.
struct Simulated {
    let simulator: ProviderSimulator
    let url: String

    init() async throws {
        simulator = try ProviderSimulator()
        try await simulator.start()
        url = "http://127.0.0.1:\(simulator.httpPort)"
    }

    func end() async { await simulator.shutdown() }

    func ask(
        _ path: String, _ prompt: String, stream: Bool = false, fields: [(String, String)] = [],
        onChunk: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws -> LoopbackHTTPClient.Response {
        let body =
            #"{"model":"m","max_tokens":9,"stream":\#(stream),"\#(path == "responses" ? "input" : "messages")":[{"role":"user","content":"\#(prompt)"}]}"#
        return try await LoopbackHTTPClient().request(
            "POST", "\(url)/v1/\(path)", fields: [("Authorization", "Bearer k")] + fields, body: Array(body.utf8),
            onChunk: onChunk)
    }
}

extension LoopbackHTTPClient.Response {
    /// The payloads of a stream that are JSON.
    var events: [JSONValue] {
        text.split(separator: "\n").filter { $0.hasPrefix("data: ") }.compactMap {
            JSONValue(parsing: Array($0.dropFirst(6).utf8))
        }
    }
}

extension JSONValue {
    /// The first element of an array.
    var first: JSONValue? {
        var first: JSONValue?
        forEachElement { first = first ?? $0 }
        return first
    }
}
