// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import Testing
import TrainLoopCore

@testable import Conformance

@Suite struct VerdictTests {
    private let chat =
        #"{"id":"a","provider":"p","api":"chat.completions","streaming":"no","method":"POST","url":"https://Unit.example:8443/v1/chat/completions?x=1#f","request_headers":[["content-type","application/json"]],"request_body":"{\"messages\":[]}","request_body_encoding":"text","status":200,"response_headers":[],"response_body":"{\"id\":\"r\",\"model\":\"m\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1}}","response_body_encoding":"text"}"#
    private let oracle =
        #"{"id":"a","api":"chat.completions","streaming":"no","model":"m","response_id":"r","text":"Hi","texts":["Hi"],"tool_calls":[],"server_tool_calls":[],"finish_reasons":["stop"],"usage":{"input":2,"output":1,"cached":null,"cache_write":null,"reasoning":null},"thinking":"","refusal":null,"error":null}"#

    private func verdict(_ corpus: String, _ oracle: String?) throws -> Verdict {
        let exchange = try CorpusExchange(Array(corpus.utf8))
        let replay = Replay(exchange, seed: 1, splitCount: 2)
        return Verdict(exchange, replay, oracle: oracle.flatMap { JSONValue(parsing: Array($0.utf8)) })
    }

    @Test func `a record that says what the oracle says is equal`() throws {
        let verdict = try verdict(chat, oracle)
        #expect(verdict.score == .equal, "\(verdict.differences)")
        #expect(verdict.parse == .full)
        #expect(verdict.faults.isEmpty)
    }

    @Test(arguments: [
        (#""text":"Hi""#, #""text":"Ho""#, "text"),
        (#""finish_reasons":["stop"]"#, #""finish_reasons":["length"]"#, "finish_reasons"),
        (#""input":2"#, #""input":3"#, "usage"), (#""cached":null"#, #""cached":0"#, "usage"),
        (#""model":"m""#, #""model":"n""#, "model"), (#""refusal":null"#, #""refusal":"No.""#, "refusal"),
        (
            #""tool_calls":[]"#, #""tool_calls":[{"id":"c","name":"f","arguments":"{}","kind":"function"}]"#,
            "tool_calls"
        ),
        (#""error":null"#, #""error":{"type":"x","code":null,"message":"y"}"#, "error"),
    ])
    func `each difference is found in its field`(_ part: String, _ other: String, _ field: String) throws {
        let range = try #require(oracle.firstRange(of: part))
        let verdict = try verdict(chat, oracle.replacingCharacters(range, other))
        #expect(verdict.score == .different)
        #expect(verdict.differences.map(\.field) == [field])
    }

    @Test func `counts at the end of their range are compared, not trapped on`() throws {
        let count = #"\"completion_tokens\":1"#
        let range = try #require(chat.firstRange(of: count))
        let huge = #",\"completion_tokens_details\":{\"reasoning_tokens\":9223372036854775807}"#
        let told = #""reasoning":null"#
        let verdict = try verdict(
            chat.replacingCharacters(range, count + huge),
            oracle.replacingCharacters(
                try #require(oracle.firstRange(of: told)), #""reasoning":9223372036854775807"#))
        #expect(verdict.score == .equal, "\(verdict.differences)")
    }

    @Test func `an excluded line and a line without an oracle are not scored`() throws {
        #expect(try verdict(chat, #"{"exclude":"odd","text":"Ho","# + oracle.dropFirst()).score == .none)
        #expect(try verdict(chat, nil).score == .none)
    }

    @Test(arguments: [(#"{\"choices\":[]}"#, true), (#"{\"choices\":{}}"#, false)])
    func `a response that is stored under its content coding must come out`(_ response: String, _ isSame: Bool) throws {
        let line = #"""
            {"id":"a","url":"https://unit.example/v1/chat/completions","status":200,"request_body":"{}",\#
            "response_headers":[["content-encoding","gzip"]],"response_body":"\#(response)",\#
            "response_body_stored_b64":"H4sIAAAAAAACA6tWSs7Iz0xOLVayio6tBQBLnrqtDgAAAA=="}
            """#
        let verdict = try verdict(line, nil)
        #expect(verdict.isDecoded == isSame)
        #expect(verdict.faults.isEmpty == isSame, "\(verdict.faults)")
    }

    @Test func `a URL gives host, port and target`() throws {
        let exchange = try CorpusExchange(Array(chat.utf8))
        #expect(String(decoding: exchange.head.host, as: UTF8.self) == "unit.example")
        #expect(exchange.head.port == 8443)
        #expect(String(decoding: exchange.head.target, as: UTF8.self) == "/v1/chat/completions?x=1")
    }

    @Test(arguments: [
        "", "[]", "{", "{}", #"{"id":"a"}"#, #"{"id":"a","url":"nowhere"}"#,
        #"{"id":"a","url":"http://h/","response_body":"*","response_body_encoding":"base64"}"#,
    ])
    func `an odd line is told, not trapped on`(_ line: String) {
        #expect(throws: LineFault.self) { try CorpusExchange(Array(line.utf8)) }
    }

    @Test func `a line with next to nothing is an exchange`() throws {
        #expect(try verdict(#"{"id":"a","url":"http://[::1]"}"#, "{}").parse == .raw)
    }

    @Test func `an absent request is stood for and a capped one is counted`() throws {
        let absent = try CorpusExchange(
            Array(#"{"id":"a","url":"http://h/v1","request_body":null,"fidelity":{"request":"absent"}}"#.utf8))
        #expect(absent.isRequestAbsent)
        #expect(absent.request == Array("{}".utf8))
        let capped = try CorpusExchange(
            Array(
                #"{"id":"a","url":"http://h/v1","request_body":"QUJD","request_body_encoding":"base64","request_body_capped":{"orig_len":10}}"#
                    .utf8))
        #expect(capped.request == Array("ABC".utf8))
        #expect(capped.lostRequestByteCount == 7)
    }
}

extension String {
    fileprivate func firstRange(of part: String) -> Range<Int>? {
        let (bytes, sought) = (Array(utf8), Array(part.utf8))
        return bytes.indices.first { bytes[$0...].starts(with: sought) }.map { $0..<($0 + sought.count) }
    }

    fileprivate func replacingCharacters(_ range: Range<Int>, _ other: String) -> String {
        var bytes = Array(utf8)
        bytes.replaceSubrange(range, with: other.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
