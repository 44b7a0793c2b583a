// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopTesting

/// What prompts and parameters can ask of the simulator, and what they cannot.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SimulatorDirectiveTests {
    @Test(arguments: [
        "[sim:bytes=-1]", "[sim:bytes=999999999999]", "[sim:bytes]", "[sim:error=7]", "[sim:error=200]",
        "[sim:slow=9223372036854775807]", "[sim:drip=-5]", "[sim:drip=soon]",
    ])
    func `a number beyond reason is refused, and the simulator lives`(directive: String) async throws {
        let simulated = try await Simulated()
        for path in ["chat/completions", "responses", "messages"] {
            let refused = try await simulated.ask(path, directive)
            #expect(refused.status == 400)
            #expect(JSONValue(parsing: refused.body)?["error"]?["message"]?.string?.contains("[sim:") == true)
        }
        #expect(try await simulated.ask("chat/completions", "Hello").status == 200)
        await simulated.end()
    }

    @Test(arguments: [(0, 400), (1, 200), (3, 200), (128, 200), (129, 400), (4_000_000_000, 400)])
    func `n is as large as the provider lets it be`(n: Int, status: Int) async throws {
        let simulated = try await Simulated()
        let response = try await simulated.post(
            "chat/completions", #"{"model":"m","n":\#(n),"messages":[{"role":"user","content":"Hello"}]}"#)
        #expect(response.status == status)
        if status == 200 { #expect(JSONValue(parsing: response.body)?["choices"]?.count == n) }
        await simulated.end()
    }

    static let conversations = [
        (
            "chat/completions", #"{"messages":[{"role":"user","content":"[sim:tools]"}"#,
            #",{"role":"assistant","content":null},{"role":"tool","tool_call_id":"a","content":"12"}"#
        ),
        (
            "responses", #"{"input":[{"role":"user","content":"[sim:tools]"}"#,
            #",{"type":"function_call_output","call_id":"a","output":"12"}"#
        ),
        (
            "messages", #"{"messages":[{"role":"user","content":"[sim:tools]"}"#,
            #",{"role":"user","content":[{"type":"tool_result","tool_use_id":"a","content":"12"}]}"#
        ),
    ]

    @Test(arguments: conversations)
    func `once a tool has answered, so does the model`(path: String, question: String, result: String) async throws {
        let simulated = try await Simulated()
        let first = try await simulated.post(path, question + "]}")
        #expect(first.text.contains("get_weather") && first.text.contains("get_time"))
        let second = try await simulated.post(path, question + result + "]}")
        #expect(second.status == 200)
        #expect(!second.text.contains("get_weather"))
        #expect(second.text.contains("You said: "))
        await simulated.end()
    }

    @Test(arguments: [
        ("chat/completions", #""messages""#, #""required""#, #"{"type":"function","function":{"name":"look"}}"#),
        ("responses", #""input""#, #"{"type":"function","name":"look"}"#, #"{"type":"function","name":"look"}"#),
        ("messages", #""messages""#, #"{"type":"any"}"#, #"{"name":"look","input_schema":{}}"#),
    ])
    func `a forced choice calls the tools on offer`(
        path: String, key: String, choice: String, tool: String
    ) async throws {
        let simulated = try await Simulated()
        let head = #"{\#(key):[{"role":"user","content":"Hello"}],"tools":[\#(tool)]"#
        let forced = try await simulated.post(path, head + #","tool_choice":\#(choice)}"#)
        #expect(forced.text.contains(#""name":"look""#))
        #expect(!forced.text.contains("get_weather"))
        let free = try await simulated.post(path, head + "}")
        #expect(free.text.contains("You said: Hello"))
        await simulated.end()
    }

    @Test func `comments stand between the events of a stream`() async throws {
        let simulated = try await Simulated()
        let commented = try await simulated.ask("chat/completions", "[sim:comments]", stream: true)
        #expect(commented.text.hasPrefix(": ping\n\ndata: {"))
        #expect(commented.text.hasSuffix(": ping\n\ndata: [DONE]\n\n"))
        await simulated.end()
    }

    @Test func `a head can be cut, and a body in its midst`() async throws {
        let simulated = try await Simulated()
        await #expect(throws: (any Error).self) { try await simulated.ask("messages", "[sim:cut=in-head]") }
        let whole = try await simulated.ask("messages", "[sim:cut=none]")
        let cut = try await simulated.ask("messages", "[sim:cut=body]")
        #expect(!cut.isComplete)
        #expect(cut.body.count > 10 && cut.body.count < whole.body.count)
        await simulated.end()
    }

    @Test func `encrypted reasoning is only for who asks for it`() async throws {
        let simulated = try await Simulated()
        let question = #"{"input":"[sim:thinking]""#
        #expect(!(try await simulated.post("responses", question + "}").text.contains("encrypted_content")))
        let asked = try await simulated.post("responses", question + #","include":["reasoning.encrypted_content"]}"#)
        #expect(asked.text.contains(#""encrypted_content":"gAAAA"#))
        await simulated.end()
    }

    @Test(arguments: [
        (#""one""#, 1), (#"["one","two"]"#, 2), ("[1,2,3]", 1), ("[[1,2],[3]]", 2),
    ])
    func `an embedding for each text, also as token numbers`(input: String, count: Int) async throws {
        let simulated = try await Simulated()
        let response = try await simulated.post("embeddings", #"{"model":"m","input":\#(input)}"#)
        #expect(JSONValue(parsing: response.body)?["data"]?.count == count)
        await simulated.end()
    }

    @Test func `a provider is known by its headers where the path says nothing`() async throws {
        let simulated = try await Simulated()
        let lost = try await LoopbackHTTPClient().request(
            "GET", "\(simulated.url)/v1/nothing", fields: [("x-api-key", "k"), ("anthropic-version", "2023-06-01")])
        #expect(lost.status == 404)
        #expect(JSONValue(parsing: lost.body)?["error"]?["type"]?.string == "not_found_error")
        #expect(lost.fields.contains { $0.name == "request-id" })
        await simulated.end()
    }

    @Test func `a long prompt is quoted alike, plain and streamed`() async throws {
        let simulated = try await Simulated()
        let prompt = String(repeating: "ü\u{301}", count: 200_000)
        let quoted = "You said: \(String(repeating: "ü\u{301}", count: 100)) — Grüße"
        let plain = try await simulated.ask("chat/completions", prompt)
        #expect(plain.text.contains(quoted))
        #expect(plain.body.count < 2000)
        let streamed = try await simulated.ask("chat/completions", prompt, stream: true).events
        let text = streamed.compactMap { $0["choices"]?.first?["delta"]?["content"]?.string }.joined()
        #expect(text.hasPrefix(quoted))
        await simulated.end()
    }

    @Test func `kept requests are bounded by their bytes`() async throws {
        let simulated = try await Simulated()
        let body = String(repeating: "x", count: 24 << 20)
        for _ in 0..<4 { _ = try await simulated.post("chat/completions", body) }
        #expect(simulated.simulator.requestCount == 4)
        #expect(simulated.simulator.requests.count == 2)
        await simulated.end()
    }
}

extension Simulated {
    func post(_ path: String, _ body: String) async throws -> LoopbackHTTPClient.Response {
        try await LoopbackHTTPClient().request(
            "POST", "\(url)/v1/\(path)", fields: [("Authorization", "Bearer k")], body: Array(body.utf8))
    }
}

extension JSONValue {
    /// How many elements an array has.
    var count: Int {
        var count = 0
        forEachElement { _ in count += 1 }
        return count
    }
}
