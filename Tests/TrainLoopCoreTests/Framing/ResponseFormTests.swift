// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// How a response is told to be a stream or a body, and what becomes of streams that are damaged.
@Suite struct ResponseFormTests {
    private func ollama(_ response: String, contentType: String? = nil) -> ExchangeScript {
        var script = ExchangeScript()
        script.host = "localhost"
        script.port = 11434
        script.target = "/api/chat"
        script.response = Array(response.utf8)
        if let contentType { script.responseFields = [HeaderField("Content-Type", contentType)] }
        return script
    }

    private func bedrock(_ response: [UInt8]) -> ExchangeScript {
        var script = ExchangeScript()
        script.host = "bedrock-runtime.us-east-1.amazonaws.com"
        script.target = "/model/meta.llama3-8b-instruct-v1%3A0/invoke-with-response-stream"
        script.request = Array(#"{"prompt":"Hi"}"#)
        script.response = response
        return script
    }

    /// A chunk of `InvokeModelWithResponseStream` whose body is `{"generation":"<text>"}`.
    private func chunk(_ text: String) -> [UInt8] {
        let body = Base64.encode(Array("{\"generation\":\"\(text)\"}".utf8))
        return EventStreamBytes.event("chunk", "{\"bytes\":\"\(body)\"}")
    }

    private let line = #"{"message":{"content":"a"},"done":false}"#
    private let last = #"{"message":{"content":"b"},"done":true,"done_reason":"stop"}"#

    @Test func `two lines of JSON are a stream, whatever the content type`() throws {
        for type in [nil, "application/json", "application/x-ndjson", "text/plain"] {
            let record = try ollama("\(line)\n\(last)\n", contentType: type).record()
            #expect(record.at("stream.events")?.integer == 2)
            #expect(record.at("output.content")?.string == "ab")
            #expect(record.at("capture.parse")?.string == "full")
        }
    }

    @Test func `one object is a body unless the content type says lines`() throws {
        for text in [last, last + "\n", " \(last)\r\n \n", last.replacing(",", with: ",\n  ")] {
            let record = try ollama(text).record()
            #expect(record.at("stream") == nil)
            #expect(record.at("output.content")?.string == "b")
            #expect(record.at("capture.parse")?.string == "full")
        }
        #expect(try ollama(last, contentType: "application/x-ndjson; charset=utf-8").record().at("stream") != nil)
    }

    @Test func `the form does not hang on the split of the bytes`() {
        for text in ["\(line)\n\(last)\n", last + "\n", "{\n\"message\":{\"content\":\"a\"}}\n{}\n", "{\"a\"\n{}", "["]
        {
            let script = ollama(text)
            let whole = script.run().bytes
            for pieces in SplitVerifier.splits(of: script.response) {
                #expect(script.run(responsePieces: pieces).bytes == whole)
            }
        }
    }

    @Test func `an array is a stream only where the API streams arrays`() throws {
        #expect(try ollama("[\(last)]").record().at("stream") == nil)
        var gemini = ExchangeScript()
        gemini.host = "generativelanguage.googleapis.com"
        gemini.target = "/v1beta/models/gemini-3-flash:streamGenerateContent"
        gemini.response = Array(#"[{"candidates":[{"content":{"parts":[{"text":"a"}]},"finishReason":"STOP"}]}]"#)
        let record = try gemini.record()
        #expect(record.at("stream.endedBy")?.string == "done")
        #expect(record.at("output.content")?.string == "a")
    }

    @Test func `a message whose checksum is wrong is told, and the rest is read`() throws {
        var broken = chunk("b")
        broken[broken.count - 1] ^= 0xFF
        let record = try bedrock(chunk("a") + broken + chunk("c")).record()
        #expect(record.at("output.content")?.string == "ac")
        #expect(record.at("capture.parse")?.string == "partial")
        #expect(record.at("capture.warnings.0")?.string == "bytes of the stream that are no whole event were skipped")
    }

    @Test func `a chunk that is no base64, or holds no JSON, is told, and the rest is read`() throws {
        for bytes in ["!!!!", "bm8=", "YQ==YQ"] {
            let odd = EventStreamBytes.event("chunk", "{\"bytes\":\"\(bytes)\"}")
            let record = try bedrock(chunk("a") + odd + chunk("c")).record()
            #expect(record.at("output.content")?.string == "ac")
            #expect(record.at("capture.parse")?.string == "partial")
        }
    }

    @Test func `base64 is read with escaped slashes and without padding`() throws {
        let body = Base64.encode(Array(#"{"generation":"???>>>"}"#.utf8))
        #expect(body.contains("/"))
        let escaped = body.replacing("/", with: "\\/").replacing("=", with: "")
        let record = try bedrock(EventStreamBytes.event("chunk", "{\"bytes\":\"\(escaped)\"}")).record()
        #expect(record.at("output.content")?.string == "???>>>")
    }

    @Test func `an event stream of an API that is not understood is counted`() throws {
        var script = bedrock(EventStreamBytes.event("chunk", "{}") + EventStreamBytes.event("trace", "{}"))
        script.target = "/optimize-prompt"
        let record = try script.record()
        #expect(record.at("api")?.string == "unknown")
        #expect(record.at("stream.events")?.integer == 2)
        #expect(record.at("output.bodyBytes")?.integer == Int64(script.response.count))
    }

    @Test func `bytes that only begin as an event stream are a body`() throws {
        let record = try bedrock([0, 0, 0, 30, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6]).record()
        #expect(record.at("stream") == nil)
        #expect(record.at("output.bodyBytes")?.integer == 14)
        #expect(try bedrock([0, 0, 0]).record().at("output.bodyBytes")?.integer == 3)
    }

    @Test func `counts may be written with a fraction of zero`() throws {
        let text = #"{"message":{"content":"a"},"done":true,"prompt_eval_count":3.0,"eval_count":2.5}"#
        let record = try ollama(text).record()
        #expect(record.at("usage.inputTokens")?.integer == 3)
        #expect(record.at("usage.outputTokens") == nil)
        #expect(record.at("usage.raw.eval_count")?.text == "2.5")
    }
}
