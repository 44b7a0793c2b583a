// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct CapturePipelineTests {
    private let answer = [UInt8](
        #"{"id":"c","model":"m-1","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#
    )

    private func script(_ response: String = "", _ change: (inout ExchangeScript) -> Void = { _ in }) -> ExchangeScript
    {
        var script = ExchangeScript()
        script.response = response.isEmpty ? answer : Array(response.utf8)
        change(&script)
        return script
    }

    private func delta(_ text: String, _ finish: String = "null") -> String {
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(text)\"},\"finish_reason\":\(finish)}]}\n\n"
    }

    @Test func `a key in a tag reaches neither the record nor the index of call sites`() {
        let key = "sk-proj-\(String(repeating: "Zq7", count: 16))"
        let line = script { $0.requestFields.append(HeaderField("x-trainloop-tag", "run \(key)")) }.run()
        #expect(line.tag.hasPrefix("run ") && !line.tag.contains(key))
        #expect(!String(decoding: line.bytes, as: UTF8.self).contains(key))
    }

    @Test func `what a reply holds may be as deep as any, and the record can be read`() throws {
        let arguments = String(repeating: #"{\"a\":"#, count: 200) + "1" + String(repeating: "}", count: 200)
        let call = #"{"id":"t","type":"function","function":{"name":"look","arguments":"\#(arguments)"}}"#
        let record = try script(#"{"choices":[{"index":0,"message":{"tool_calls":[\#(call)]}}]}"#).record()
        #expect(record.at("output.messages.0.parts.0.arguments")?.kind == .object)
    }

    @Test func `an error in a good answer does not make a request with messages a chat`() throws {
        for response in [
            "data: {\"delta\":\"Hel\"}\n\ndata: {\"error\":\"timeout\"}\n\n", #"{"error":"","answer":"Hello"}"#,
        ] {
            let record = try script(response) { $0.target = "/api/agent" }.record()
            #expect(record.at("api")?.string == "unknown")
            #expect(record.at("status")?.string == "ok")
            #expect(record.at("output.body") != nil)
        }
    }

    // MARK: - Ends

    @Test func `a whole reply lies in events, everything else in calls`() throws {
        #expect(script().run().shelf == .events)
        #expect(script { $0.status = 500 }.run().shelf == .calls)
        #expect(script { $0.end = .serverClosed }.run().shelf == .calls)
        #expect(
            script {
                $0.target = "/v1/images"; $0.request = Array("{}")
            }.run().shelf == .calls)
    }

    @Test func `each end has its status`() throws {
        let cases: [(ExchangeEnd?, String)] = [
            (.complete, "ok"), (.clientClosed, "incomplete"), (.serverClosed, "incomplete"), (nil, "incomplete"),
            (.captureFailed(message: "no room"), "incomplete"),
            (.networkFailed(type: "connection_refused", message: "refused"), "error"),
        ]
        for (end, status) in cases {
            let record = try script { $0.end = end }.record()
            #expect(record.at("status")?.string == status)
        }
    }

    @Test func `a network failure is an error without a response`() throws {
        let record = try script {
            $0.status = nil
            $0.end = .networkFailed(type: "connection_refused", message: "no \"one\" there")
        }.record()
        #expect(record.at("error.source")?.string == "network")
        #expect(record.at("error.type")?.string == "connection_refused")
        #expect(record.at("error.message")?.string == "no \"one\" there")
        #expect(record.at("http.status") == nil)
        #expect(record.at("timing") == nil)
        #expect(record.at("input.0.content")?.string == "Hi")
    }

    @Test func `a client that leaves after the terminator has the whole stream`() throws {
        let text = delta("Hi") + delta("", "\"stop\"")
        let done = try script(text + "data: [DONE]\n\n") { $0.end = .clientClosed }.record()
        #expect(done.at("status")?.string == "ok")
        #expect(done.at("stream.endedBy")?.string == "done")
        let finished = try script(text) { $0.end = .clientClosed }.record()
        #expect(finished.at("status")?.string == "ok")
        #expect(finished.at("stream.endedBy")?.string == "client_close")
        #expect(finished.at("stream.complete")?.bool == false)
        let cut = try script(delta("Hi")).record()
        #expect(cut.at("status")?.string == "incomplete")
        #expect(cut.at("stream.endedBy")?.string == "eof")
        #expect(cut.at("output.messages.0.finishReason")?.string == "error")
    }

    // MARK: - Order

    @Test func `events out of order are warnings`() throws {
        let context = CaptureContext(id: [], route: "r", by: "b", sequence: 1)
        var pipeline = CapturePipeline(context: context, limits: CaptureLimits())
        let now = ExchangeScript.instant(0)
        pipeline.receive(.responseBody([1, 2, 3]), at: now)
        pipeline.receive(.requestEnd, at: now)
        pipeline.receive(.responseHead(ResponseHead(status: 200, fields: [])), at: now)
        pipeline.receive(.requestBodyLost(byteCount: 5), at: now)
        pipeline.receive(.end(.complete), at: now)
        pipeline.receive(.end(.complete), at: now)
        let line = pipeline.finish()
        let record = try ExchangeScript().record(line)
        #expect(
            record.at("capture.warnings.0")?.string
                == "an event of the exchange came out of order and was ignored (5 times)")
        #expect(record.at("id")?.string == "00000000-0000-0000-0000-000000000000")
        #expect(line.parse == .raw)
    }

    @Test func `an exchange of nothing still gives a record`() throws {
        var pipeline = CapturePipeline(
            context: CaptureContext(id: [1], route: "r", by: "b", sequence: 1), limits: CaptureLimits())
        let record = try ExchangeScript().record(pipeline.finish())
        #expect(record.at("status")?.string == "incomplete")
    }

    @Test func `a response before the end of the request is read`() throws {
        let context = CaptureContext(id: [], route: "r", by: "b", sequence: 1)
        var pipeline = CapturePipeline(context: context, limits: CaptureLimits())
        let now = ExchangeScript.instant(0)
        let head = RequestHead(
            method: Array("POST"), isSecure: true, host: Array("api.openai.com"), port: 443,
            target: Array("/v1/chat/completions"), fields: [])
        pipeline.receive(.requestHead(head), at: now)
        pipeline.receive(.requestBody(Array(#"{"model":"m","messages":[{"role":"user","con"#)), at: now)
        pipeline.receive(.responseHead(ResponseHead(status: 413, fields: [])), at: now)
        pipeline.receive(.responseBody(Array(#"{"error":{"message":"too large"}}"#)), at: now)
        pipeline.receive(.end(.complete), at: now)
        let record = try ExchangeScript().record(pipeline.finish())
        #expect(record.at("api")?.string == "chat")
        #expect(record.at("model")?.string == "m")
        #expect(record.at("error.message")?.string == "too large")
    }

    @Test func `a clock that is set back gives no negative time`() throws {
        var pipeline = CapturePipeline(
            context: CaptureContext(id: [], route: "r", by: "b", sequence: 1), limits: CaptureLimits())
        let head = RequestHead(
            method: Array("POST"), isSecure: true, host: Array("h"), port: 1, target: Array("/v1/messages"), fields: [])
        pipeline.receive(.requestHead(head), at: ExchangeScript.instant(1000))
        pipeline.receive(.responseHead(ResponseHead(status: 200, fields: [])), at: ExchangeScript.instant(500))
        pipeline.receive(.end(.complete), at: ExchangeScript.instant(10))
        let record = try ExchangeScript().record(pipeline.finish())
        #expect(record.at("durationMs")?.integer == 0)
        #expect(record.at("timing.ttfbMs")?.integer == 0)
    }

    // MARK: - Names

    @Test func `the tag of the call wins over that of the run`() throws {
        let tagged = script {
            $0.defaultTag = "run"
            $0.requestFields = [HeaderField("X-TRAINLOOP-TAG", " my \"tag\" ")]
        }
        #expect(try tagged.record().at("tag")?.string == "my \"tag\"")
        #expect(tagged.run().tag == "my \"tag\"")
        #expect(script { $0.defaultTag = "run" }.run().tag == "run")
    }

    @Test func `the URL has no credentials and no default port`() throws {
        let record = try script {
            $0.target = "/v1/chat/completions?a=1&KEY=12345678&%6bey=abcdefgh9&X-Amz-Signature=s&b=2&token"
            $0.port = 8443
        }.record()
        #expect(record.at("url")?.string == "https://api.openai.com:8443/v1/chat/completions?a=1&b=2")
        let plain = try script {
            $0.isSecure = false
            $0.host = "::1"
            $0.port = 80
        }.record()
        #expect(plain.at("url")?.string == "http://[::1]/v1/chat/completions")
    }

    @Test(arguments: [
        ("api.openai.com", "openai"), ("eu.api.openai.com", "openai"), ("x.openai.azure.com", "azure.ai.openai"),
        ("us-east5-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
        ("llm.shop.example.co.uk", "example.co.uk"), ("api.avian.io", "avian.io"), ("localhost", "localhost"),
        ("10.0.0.1", "10.0.0.1"), ("fakeapi.openai.com.evil.org", "evil.org"),
    ])
    func `the provider is told by the host`(_ host: String, _ provider: String) throws {
        #expect(try script { $0.host = host }.record().at("provider")?.string == provider)
    }

    @Test func `retry-after is read in its three forms`() throws {
        func wait(_ name: String, _ value: String) throws -> Int64? {
            try script(#"{"error":{"message":"x"}}"#) {
                $0.status = 429
                $0.responseFields = [HeaderField(name, value)]
            }.record().at("error.retryAfterMs")?.integer
        }
        #expect(try wait("Retry-After", "2") == 2000)
        #expect(try wait("retry-after", "0.5") == 500)
        #expect(try wait("retry-after-ms", "820") == 820)
        #expect(try wait("retry-after", "Wed, 18 Nov 2026 11:06:45 GMT") == 4700)
        #expect(try wait("retry-after", "soon") == nil)
        #expect(try wait("retry-after", "-1") == nil)
        #expect(try wait("retry-after", "1e99") == nil)
    }

    @Test func `allowed header fields are kept and no others`() throws {
        let record = try script {
            $0.responseFields = [
                HeaderField("X-RateLimit-Remaining", "7"), HeaderField("Set-Cookie", "a=b"),
                HeaderField("OpenAI-Organization", "org-1"), HeaderField("Content-Type", "application/json"),
                HeaderField("x-ratelimit-\"odd", "1"),
            ]
        }.record()
        #expect(record.at("http.headers")?.text == #"{"x-ratelimit-remaining":"7","content-type":"application/json"}"#)
    }

    // MARK: - Bounds

    @Test func `a request beyond the bound keeps what was whole`() throws {
        let body = #"{"model":"m","messages":[{"role":"user","content":"one"},{"role":"user","content":"two"#
        let record = try script {
            $0.request = Array((body + String(repeating: "x", count: 1000) + "\"}]}").utf8)
            $0.limits.requestByteCount = body.utf8.count
        }.record()
        #expect(record.at("model")?.string == "m")
        #expect(record.at("input.0.content")?.string == "one")
        #expect(record.at("input.1.content")?.string == "two")
        #expect(record.at("capture.parse")?.string == "partial")
        #expect(record.at("capture.truncated")?.bool == true)
        #expect(
            record.at("capture.warnings.0")?.string
                == "request body cut: kept \(body.utf8.count) of \(body.utf8.count + 1004) bytes")
        #expect(record.at("http.requestBytes")?.integer == Int64(body.utf8.count + 1004))
    }

    @Test func `a response beyond the bound keeps what was whole`() throws {
        let text = String(decoding: answer, as: UTF8.self)
        let kept = text.prefix { $0 != "H" }.utf8.count + 3
        let record = try script { $0.limits.responseByteCount = kept }.record()
        #expect(record.at("output.content")?.string == "Hel")
        #expect(
            record.at("capture.warnings.0")?.string == "response body cut: kept \(kept) of \(answer.count) bytes")
        #expect(record.at("capture.parse")?.string == "partial")
        #expect(record.at("http.responseBytes")?.integer == Int64(answer.count))
    }

    /// A pipeline with small bounds that awaits the response's content.
    private func openPipeline() -> CapturePipeline {
        let context = CaptureContext(id: Array(0..<16), route: "r", by: "b", sequence: 1)
        let limits = CaptureLimits(requestByteCount: 1000, responseByteCount: 5000, eventByteCount: 2000)
        var pipeline = CapturePipeline(context: context, limits: limits)
        let now = ExchangeScript.instant(0)
        let head = RequestHead(
            method: Array("POST"), isSecure: true, host: Array("h"), port: 1, target: Array("/chat/completions"),
            fields: [])
        pipeline.receive(.requestHead(head), at: now)
        pipeline.receive(.requestBody([UInt8](repeating: 0x20, count: 900) + Array("{}")), at: now)
        pipeline.receive(.requestEnd, at: now)
        pipeline.receive(.responseHead(ResponseHead(status: 200, fields: [])), at: now)
        return pipeline
    }

    @Test func `a stream holds no more than its bound`() throws {
        var pipeline = openPipeline()
        let now = ExchangeScript.instant(0)
        for _ in 0..<4000 {
            pipeline.receive(.responseBody(Array(delta("0123456789"))), at: now)
            #expect(pipeline.heldByteCount < 1000 + 5000 + 2000 + 16_384)
        }
        pipeline.receive(.end(.complete), at: now)
        let line = pipeline.finish()
        #expect(line.isTruncated)
        let record = try script().record(line)
        #expect((record.at("output.content")?.string?.utf8.count ?? 0) > 4000)
    }

    @Test func `what a body holds and what its record takes do not grow beyond the bound`() throws {
        let beginning = #"{"choices":[{"index":0,"message":{"content":""#
        var sizes: [Int] = []
        for count in [10, 1000] {
            var pipeline = openPipeline()
            let now = ExchangeScript.instant(0)
            pipeline.receive(.responseBody(Array(beginning.utf8)), at: now)
            for _ in 0..<count {
                pipeline.receive(.responseBody([UInt8](repeating: UInt8(ascii: "a"), count: 1000)), at: now)
                #expect(pipeline.heldByteCount <= 1000 + 5000)
            }
            pipeline.receive(.end(.complete), at: now)
            let line = pipeline.finish()
            let seen = beginning.utf8.count + count * 1000
            #expect(try script().record(line).at("http.responseBytes")?.integer == Int64(seen))
            sizes.append(line.bytes.count)
        }
        // A body of a hundred times the length: two digits more, in the count and in the warning.
        #expect(sizes[1] - sizes[0] == 4)
    }

    @Test func `a stream whose first bytes are more than the bound is read to its end`() throws {
        let text = (0..<50).map { delta("\($0) ") }.joined() + delta("end", "\"stop\"") + "data: [DONE]\n\n"
        let record = try script(text) { $0.limits.responseByteCount = 1000 }.record()
        #expect(record.at("output.content")?.string?.hasSuffix("49 end") == true)
        #expect(record.at("status")?.string == "ok")
    }

    @Test func `lost bytes of a stream cost the events they belonged to`() throws {
        let context = CaptureContext(id: [], route: "r", by: "b", sequence: 1)
        var pipeline = CapturePipeline(context: context, limits: CaptureLimits())
        let now = ExchangeScript.instant(0)
        let head = RequestHead(
            method: Array("POST"), isSecure: true, host: Array("h"), port: 1, target: Array("/chat/completions"),
            fields: [])
        pipeline.receive(.requestHead(head), at: now)
        pipeline.receive(.requestBody(Array("{}")), at: now)
        pipeline.receive(.requestEnd, at: now)
        pipeline.receive(.responseHead(ResponseHead(status: 200, fields: [])), at: now)
        pipeline.receive(.responseBody(Array(delta("a") + "data: {\"cho")), at: now)
        pipeline.receive(.responseBodyLost(byteCount: 40), at: now)
        pipeline.receive(.responseBody(Array("ices\"}\n\n" + delta("c", "\"stop\"") + "data: [DONE]\n\n")), at: now)
        pipeline.receive(.warning("no room for a chunk"), at: now)
        pipeline.receive(.end(.complete), at: now)
        let line = pipeline.finish()
        let record = try ExchangeScript().record(line)
        #expect(record.at("output.content")?.string == "ac")
        #expect(record.at("capture.truncated")?.bool == true)
        #expect(record.at("capture.warnings")?.text.contains("no room for a chunk") == true)
        #expect(line.shelf == .calls)
    }

    @Test func `a stream that turns out to be chat is not cut to the bound of text`() throws {
        let text = String(repeating: "a", count: 1 << 16)
        let chunk = #"data: {"choices":[{"index":0,"delta":{"content":"\#(text)"},"finish_reason":"stop"}]}"# + "\n\n"
        let record = try script(String(repeating: chunk, count: 20) + "data: [DONE]\n\n") { $0.target = "/other" }
            .record()
        #expect(record.at("api")?.string == "chat")
        #expect(record.at("output.content")?.string?.utf8.count == 20 << 16)
        #expect(record.at("capture.parse")?.string == "full")
        #expect(record.at("capture.truncated") == nil)
    }

    @Test func `a body that nobody understands is kept up to a bound`() throws {
        let large = String(repeating: "ü", count: 600_000)
        let record = try script(large) { $0.target = "/v1/other" }.record()
        #expect(record.at("output.body")?.string?.utf8.count == 1 << 20)
        #expect(record.at("capture.truncated")?.bool == true)
        #expect(record.at("http.responseBytes")?.integer == 1_200_000)
        let binary = try script {
            $0.target = "/v1/audio/speech"
            $0.response = [0xFF, 0xFB, 0, 1, 2]
            $0.request = [0, 1, 2]
        }.record()
        #expect(binary.at("output.bodyBytes")?.integer == 5)
        #expect(binary.at("modelParams.bodyBytes")?.integer == 3)
        let form = try script(#"{"id":"c"}"#) {
            $0.target = "/v1/chat/completions"
            $0.request = Array("a=1&b=2")
        }.record()
        #expect(form.at("api")?.string == "unknown")
        #expect(form.at("modelParams.body")?.string == "a=1&b=2")
        #expect(form.at("output.body.id")?.string == "c")
    }

    // MARK: - Odd input

    @Test func `values keep their digits, order and duplicates`() throws {
        let record = try script {
            $0.request = Array(
                #"{"b":1.0,"a":1e400,"model":"x","a":123456789012345678901234567890,"messages":[{"role":"user","content":"\u00e9\/","x":-0.0}],"z":{"k":1,"k":2},"model":"y"}"#
            )
        }.record()
        #expect(record.at("model")?.string == "y")
        #expect(record.at("input")?.text == #"[{"role":"user","content":"\u00e9\/","x":-0.0}]"#)
        #expect(
            record.at("modelParams")?.text
                == #"{"b":1.0,"a":1e400,"model":"x","a":123456789012345678901234567890,"z":{"k":1,"k":2}}"#)
    }

    @Test func `line separators are written as escapes and line breaks between tokens are dropped`() throws {
        let record = try script {
            $0.request = Array(
                "{\r\n\"model\":\"m\",\n\"messages\":[\n{\"role\":\"user\",\"content\":\"a\u{85}b\u{2028}c\u{2029}d\"}]\r}"
            )
        }.record()
        #expect(record.at("input")?.text == #"[{"role":"user","content":"a\u0085b\u2028c\u2029d"}]"#)
    }

    @Test func `invalid UTF-8 is replaced and told`() throws {
        let record = try script {
            $0.request =
                Array("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"a") + [0xFF] + Array("b\"}]}")
            $0.response =
                Array("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x") + [0xC3]
                + Array("y\"},\"finish_reason\":\"stop\"}]}\n\n")
        }.record()
        #expect(record.at("input.0.content")?.string == "a\u{FFFD}b")
        #expect(record.at("output.content")?.string == "x\u{FFFD}y")
        #expect(record.at("capture.warnings.0")?.string == "invalid UTF-8 was replaced by U+FFFD (2 times)")
    }

    @Test(arguments: [
        "NaN", "{\"choices\":NaN}", "[", "]", "{\"choices\":[{}]}", "{\"choices\":{}}", "{\"choices\":[1,null,[]]}",
        "{\"choices\":[{\"index\":-9223372036854775808,\"message\":{\"content\":7,\"tool_calls\":[1,{},{\"function\":3}]}}]}",
        "{\"usage\":{\"prompt_tokens\":-1,\"completion_tokens\":1.5,\"total_tokens\":99999999999999999999}}",
        "\"text\"", "null",
        "{\"choices\":[{\"index\":9223372036854775807,\"message\":{\"content\":\"a\"}}],\"usage\":{\"prompt_tokens\":9223372036854775807,\"prompt_tokens_details\":{\"cached_tokens\":9223372036854775807,\"cache_write_tokens\":9223372036854775807}}}",
        "data: x\n\n", "data: {}\n\n", "data: []\n\ndata: [DONE]\n\n", "event: error\ndata: {}\n\n", ":\n\n", "data:",
        "\u{FEFF}data: {}",
    ])
    func `odd answers give a record`(_ text: String) throws {
        for target in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/v1/embeddings", "/other"] {
            for end in [ExchangeEnd.complete, .serverClosed] {
                for status in [UInt16(200), 500, 0, 65535] {
                    _ = try script(text) {
                        $0.target = target
                        $0.end = end
                        $0.status = status
                    }.record()
                }
            }
        }
    }

    @Test func `an exception's name may hold any bytes`() throws {
        let record = try script("event: \"odd\u{07}\\Exception\ndata: {\"message\":\"m\"}\n\n") {
            $0.host = "bedrock-runtime.us-east-1.amazonaws.com"
            $0.target = "/model/m/converse-stream"
        }.record()
        #expect(record.at("error.type")?.string?.hasSuffix("Exception") == true)
    }

    @Test func `depth bombs and long streams of nothing are survived`() throws {
        _ = try script(String(repeating: "[", count: 200_000)).record()
        _ = try script { $0.request = Array(String(repeating: "{\"a\":", count: 50_000).utf8) }.record()
        _ = try script(String(repeating: "data: {}\n\n", count: 5_000)).record()
        let record = try script(
            (0..<9000).map { "data: {\"choices\":[{\"index\":\($0),\"delta\":{\"content\":\"x\"}}]}\n\n" }.joined()
        ).record()
        #expect(record.at("capture.parse")?.string == "partial")
    }

    @Test func `random mutations of every fixture give a record`() throws {
        for (number, fixture) in ExchangeFixture.all.enumerated() {
            var script = try fixture.script()
            let (request, response) = (script.request, script.response)
            var generator = SeededGenerator(seed: UInt64(number) + 7)
            for _ in 0..<(isOptimized ? 12 : 2) {
                script.request = mutated(request, &generator)
                script.response = mutated(response, &generator)
                script.check(script.run())
            }
        }
    }

    private func mutated(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
        var bytes = bytes
        let alphabet = Array("{}[]\",:\\0e-\n\r\u{85}".utf8) + [0xFF, 0x00, 0xC3]
        for _ in 0..<Int.random(in: 0...4, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: bytes[index] = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            case 1: bytes.remove(at: index)
            default: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)], at: index)
            }
        }
        return bytes
    }
}
