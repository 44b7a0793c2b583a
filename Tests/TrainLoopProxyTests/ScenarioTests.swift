// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import Testing
import TrainLoopCapture
import TrainLoopCertificates
import TrainLoopCore
import TrainLoopFront
import TrainLoopProxy
import TrainLoopTesting

/// The simulator's scenarios through the proxy: the client gets what it gets without us, and the record is true.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ScenarioTests {
    static let shapes = [
        "", "[sim:tools]", "[sim:thinking]", "[sim:refusal]", "[sim:crlf]", "[sim:comments]", "[sim:no-done]",
        "[sim:gzip]",
        "[sim:deflate]",
        "[sim:br]", "[sim:zstd]", "[sim:close]", "[sim:chunked]", "[sim:bytes=3000000]", "[sim:mid-error]",
        "[sim:error=429]", "[sim:error=529]", "[sim:gzip][sim:bytes=500000][sim:chunked]",
    ]

    @Test(arguments: shapes)
    func `a reply passes unchanged and its record says what it says`(directive: String) async throws {
        let world = try await World()
        for path in ["chat/completions", "responses", "messages"] {
            for isStreamed in [false, true] {
                let direct = try await world.ask(path, directive, isStreamed, isDirect: true)
                let proxied = try await world.ask(path, directive, isStreamed, isDirect: false)
                #expect(proxied.status == direct.status)
                #expect(proxied.body == direct.body)
                #expect(proxied.fields.map { "\($0)" } == direct.fields.map { "\($0)" })
            }
        }
        let (records, coverage) = await world.finish()
        #expect(coverage.seen == 6 && coverage.recorded == 6 && coverage.unparsed == 0 && coverage.truncated == 0)
        for record in records {
            expect(record, directive)
        }
    }

    private func expect(_ record: JSONValue, _ directive: String) {
        let content = record["output"]?["content"]?.string ?? ""
        let status = record["status"]?.string
        let isStreamed = record["modelParams"]?["stream"]?.bool ?? false
        let line = Comment(rawValue: String(decoding: record.bytes.prefix(2000), as: UTF8.self))
        if directive.hasPrefix("[sim:error") {
            #expect(status == "error", line)
            #expect(record["error"]?["retryable"]?.bool == true, line)
            #expect(record["error"]?["retryAfterMs"]?.integer == 20, line)
        } else if directive == "[sim:mid-error]", isStreamed {
            #expect(status == "error", line)
            #expect(content.hasPrefix("You said"), line)
        } else if directive == "[sim:tools]" {
            var calls: [String] = []
            record["output"]?["messages"]?.forEachElement { message in
                message["parts"]?.forEachElement { part in
                    if part["type"]?.string == "tool_call" {
                        let arguments = part["arguments"].map { String(decoding: $0.bytes, as: UTF8.self) }
                        calls.append("\(part["name"]?.string ?? "")\(arguments ?? "")")
                    }
                }
            }
            #expect(
                calls == [
                    #"get_weather{"city":"Zürich","days":3,"unit":"\"C\""}"#,
                    #"get_time{"zone":"Europe/Zurich","offset":-1.50}"#,
                ], line)
        } else if directive == "[sim:refusal]" {
            #expect(status == "ok", line)
        } else if directive.contains("bytes=") {
            #expect(content.hasPrefix("0123456789abcdef0123"), line)
            #expect(content.utf8.count == (directive.contains("3000000") ? 3_000_000 : 500_000))
        } else {
            #expect(status == "ok", line)
            #expect(
                content.hasPrefix("You said: \(directive) — Grüße aus Zürich 😀, \"quoted\" \\ and\na second line."),
                line)
        }
    }

    /// Simulator, proxy and clients.
    private struct World {
        let simulator: ProviderSimulator
        let proxy: TestProxy

        init() async throws {
            simulator = try ProviderSimulator()
            try await simulator.start()
            proxy = try await TestProxy(simulator: simulator)
        }

        func ask(
            _ path: String, _ prompt: String, _ isStreamed: Bool, isDirect: Bool
        ) async throws -> LoopbackHTTPClient.Response {
            let body =
                #"{"model":"m","max_tokens":9,"stream":\#(isStreamed),"\#(path == "responses" ? "input" : "messages")":[{"role":"user","content":"\#(prompt)"}]}"#
            let base = isDirect ? "http://127.0.0.1:\(simulator.httpPort)" : "https://api.openai.com"
            return try await LoopbackHTTPClient(environment: isDirect ? [:] : proxy.clientEnvironment).request(
                "POST", "\(base)/v1/\(path)",
                fields: [("Authorization", "Bearer k"), ("Accept-Encoding", "gzip, deflate, br, zstd")],
                body: Array(body.utf8))
        }

        func finish() async -> (records: [JSONValue], coverage: Coverage) {
            let result = await proxy.finish()
            await simulator.shutdown()
            return result
        }
    }
}
