// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct RedactorTests {
    private func redact(
        _ text: String, fields: [HeaderField] = [], query: [String] = []
    ) -> (text: String, rules: [String: Int]) {
        var redactor = Redactor(credentials: Credentials(fields: fields, queryValues: query.map { Array($0.utf8) }))
        var bytes = Array(text.utf8)
        redactor.redact(&bytes)
        var rules: [String: Int] = [:]
        for hit in redactor.hits { rules["\(hit.rule)"] = hit.count }
        return (String(decoding: bytes, as: UTF8.self), rules)
    }

    private static let digits = "0123456789abcdefABCDEF0123456789abcdefABCDEF"

    @Test(arguments: [
        ("sk-\(digits)", "openai-key"), ("sk-proj-\(digits)", "openai-key"),
        ("sk-ant-api03-\(digits)-_AA", "anthropic-key"),
        ("AIzaSy\(digits.prefix(33))", "google-key"), ("AKIAIOSFODNN7EXAMPLE", "aws-key"),
        ("ghp_\(digits)", "github-token"),
        ("gho_\(digits)", "github-token"), ("github_pat_11AA_\(digits)", "github-token"),
        ("xoxb-123456789012-abc", "slack-token"),
        ("hf_\(digits)", "huggingface-token"), ("gsk_\(digits)", "groq-key"), ("xai-\(digits)", "xai-key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U", "jwt"),
    ])
    func `strings shaped like keys are taken out`(_ key: String, _ rule: String) {
        for (before, after) in [("\"", "\""), ("is ", " ok"), ("\\n", "\\n"), ("\\u00e9", "."), ("=", ","), ("", "")] {
            let (text, rules) = redact(before + key + after)
            #expect(text == before + "[REDACTED:\(rule)]" + after)
            #expect(rules == [rule: 1])
        }
    }

    /// A key for each shape; the first byte of each kind that a line may not have.
    private static let everything: [(key: String, replacement: String)] = {
        let token = digits.prefix(40)
        let keys = [
            "sk-ant-": "anthropic-key", "sk-proj-": "openai-key", "sk-svcacct-": "openai-key",
            "csk-": "cerebras-key", "ek_": "openai-key", "sk_": "elevenlabs-key", "fw_": "fireworks-key",
            "auth_tokens/": "google-token",
            "sk-admin-": "openai-key", "sk-or-": "openrouter-key", "sk-": "openai-key", "xai-": "xai-key",
            "pplx-": "perplexity-key", "nvapi-": "nvidia-key", "xoxa-": "slack-token", "xoxb-": "slack-token",
            "xoxp-": "slack-token", "xoxr-": "slack-token", "xoxs-": "slack-token", "gsk_": "groq-key",
            "hf_": "huggingface-token", "r8_": "replicate-token", "github_pat_": "github-token",
            "ghp_": "github-token", "gho_": "github-token", "ghu_": "github-token", "ghs_": "github-token",
            "ghr_": "github-token", "AIza": "google-key",
        ]
        return keys.map { ($0 + token, "[REDACTED:\($1)]") } + [
            ("AKIAIOSFODNN7EXAMPLE", "[REDACTED:aws-key]"), ("ASIAIOSFODNN7EXAMPLE", "[REDACTED:aws-key]"),
            ("eyJ\(token).\(token).\(token)", "[REDACTED:jwt]"), ("Q(own)*;!", "[REDACTED:credential]"),
            ("\n", ""), ("\r", ""), ("\u{85}", "\\u0085"), ("\u{2028}", "\\u2028"), ("\u{2029}", "\\u2029"),
        ]
    }()

    @Test(arguments: 0..<34)
    func `what is taken out is found wherever it stands`(_ offset: Int) {
        for (key, replacement) in Self.everything {
            for rest in [0, 5, 40] {
                let before = String(repeating: ".", count: offset)
                let after = String(repeating: ".", count: rest)
                let (text, _) = redact(before + key + after, fields: [HeaderField("x-api-key", "Q(own)*;!")])
                #expect(text == before + replacement + after)
            }
        }
    }

    @Test(arguments: [
        "risk-adverse-and-long-words-here", "sk-learn", "sk-some-long-css-class-name-here",
        "task-0123456789012345678901234",
        "AKIAIOSFODNN7EXAMPLEandmore", "eyJ.a.b", "eyJabc", "xhf_0123456789012345678901234567", "sk-", "gpt-5.4-mini",
        "tool_calls", "hf_", "I AM I",
    ])
    func `words are left alone`(_ text: String) {
        #expect(redact(text).text == text)
    }

    @Test func `what the exchange carried is taken out wherever it stands`() {
        let fields = [
            HeaderField("Authorization", "Bearer MySecret+Value/123=="), HeaderField("X-Api-Key", "plainword9"),
            HeaderField("cookie", "a=1; session=0123456789abcdef0; b=2"),
            HeaderField("content-type", "application/json"),
        ]
        let (text, rules) = redact(
            #"{"a":"xMySecret+Value/123==y","b":"MySecret+Value\/123==","c":"MySecret\u002BValue/123==","d":"plainword9plainword9","e":"0123456789abcdef0","f":"application/json"}"#,
            fields: fields)
        #expect(
            text
                == #"{"a":"x[REDACTED:credential]y","b":"[REDACTED:credential]","c":"[REDACTED:credential]","d":"[REDACTED:credential][REDACTED:credential]","e":"[REDACTED:credential]","f":"application/json"}"#
        )
        #expect(rules == ["credential": 6])
    }

    @Test func `short values are no secrets`() {
        #expect(redact("test", fields: [HeaderField("authorization", "Bearer test")]).text == "test")
    }

    @Test func `a credential that goes on where a key shape ends goes whole`() {
        let key = "sk-0123456789abcdefABCDEF.secret.end"
        #expect(
            redact("\"\(key)\"", fields: [HeaderField("authorization", "Bearer \(key)")]).text
                == "\"[REDACTED:credential]\"")
    }

    @Test func `an escape is never torn`() {
        let (text, _) = redact(
            #""\nABCDEFGH \u00e9ABCDEFGH \\nABCDEFGH""#, fields: [HeaderField("x-api-key", "nABCDEFGH")])
        #expect(text == #""\nABCDEFGH \u00e9ABCDEFGH \\[REDACTED:credential]""#)
        let (other, _) = redact(#""\u00e9ABCDEFGH""#, fields: [HeaderField("x-api-key", "e9ABCDEFGH")])
        #expect(other == #""\u00e9ABCDEFGH""#)
    }

    @Test func `a key does not begin within an escape`() {
        let key = "sk-0123456789abcdefABCDEF"
        #expect(redact(#""\u000c\#(key)""#).text == #""\u000c[REDACTED:openai-key]""#)
        for text in [#""\fw_0123456789abcdefABCDEF""#, #""\u00eeyJ0123456789""#, #""\r8_\#(Self.digits)""#] {
            #expect(redact(text).text == text)
        }
    }

    @Test func `a long credential is taken out to its end`() {
        let key = String(repeating: "Ab3-", count: 200)
        #expect(
            redact("\"\(key)\"", fields: [HeaderField("authorization", "Bearer \(key)")]).text
                == "\"[REDACTED:credential]\"")
    }

    @Test func `a key split over chunks is one key`() throws {
        let key = "sk-ant-api03-" + Self.digits
        var script = ExchangeScript()
        script.response = []
        for character in key {
            script.response += Array(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\(character)\"}}]}\n\n".utf8)
        }
        let line = script.run()
        #expect(!String(decoding: line.bytes, as: UTF8.self).contains(Self.digits))
        let record = try script.record(line)
        #expect(record.at("output.content")?.string == "[REDACTED:anthropic-key]")
        #expect(record.at("capture.redactions")?.text == #"[{"rule":"anthropic-key","count":2}]"#)
    }

    @Test func `no credential of a request reaches its line`() throws {
        let secret = "Xy7-secret-value-0001"
        var script = ExchangeScript()
        script.target = "/v1/chat/completions?key=\(secret)"
        script.requestFields = [HeaderField("api-key", secret), HeaderField("User-Agent", "me/\(secret)")]
        script.request = Array(
            "{\"model\":\"\(secret)\",\"messages\":[{\"role\":\"user\",\"content\":\"\(secret)\"}],\"k\":\"\(secret)\"}"
                .utf8)
        script.response = Array(
            "{\"error\":{\"message\":\"bad \(secret)\",\"type\":\"\(secret)\",\"code\":\"\(secret)\"}}".utf8)
        script.responseFields = [HeaderField("x-request-id", secret)]
        for status in [UInt16(200), 401] {
            script.status = status
            let line = script.run()
            script.check(line)
            #expect(!String(decoding: line.bytes, as: UTF8.self).contains(secret))
        }
    }

    @Test func `a line of triggers costs no more than its length`() {
        let text =
            String(repeating: "sk-", count: 100_000) + String(repeating: "\\\\", count: 100_000)
            + String(repeating: "eyJa.", count: 100_000)
        let clock = ContinuousClock()
        let duration = clock.measure {
            _ = redact(text, fields: [HeaderField("x-api-key", "sk-sk-sk-sk-sk-sk-sk-sk-X")])
        }
        #expect(duration < .seconds(20))
    }
}
