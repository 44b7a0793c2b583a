// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// What a provider counted, and what the record makes of it: totals include cache and reasoning, each once.
struct UsageCase: Sendable, CustomTestStringConvertible {
    var path = "/v1/chat/completions"
    let raw: String
    /// The record's `usage` without `source` and `raw`.
    let counts: String
    var isContradictory = false

    var testDescription: String { raw }

    private static func messages(_ raw: String, _ counts: String) -> UsageCase {
        UsageCase(path: "/v1/messages", raw: raw, counts: counts)
    }

    private static func responses(_ raw: String, _ counts: String) -> UsageCase {
        UsageCase(path: "/v1/responses", raw: raw, counts: counts)
    }

    static let all: [UsageCase] = [
        UsageCase(
            raw: #"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}"#,
            counts: "inputTokens=9 outputTokens=4"),
        UsageCase(
            raw:
                #"{"prompt_tokens":90,"completion_tokens":40,"prompt_tokens_details":{"cached_tokens":64},"completion_tokens_details":{"reasoning_tokens":32}}"#,
            counts: "inputTokens=90 outputTokens=40 cacheReadTokens=64 reasoningTokens=32"),
        UsageCase(
            raw:
                #"{"prompt_tokens":90,"completion_tokens":40,"prompt_tokens_details":{"audio_tokens":50},"completion_tokens_details":{"audio_tokens":30,"accepted_prediction_tokens":5,"rejected_prediction_tokens":2}}"#,
            counts:
                "inputTokens=90 outputTokens=40 audioInputTokens=50 audioOutputTokens=30 acceptedPredictionTokens=5 rejectedPredictionTokens=2"
        ),
        // DeepSeek, Moonshot, gateways to Anthropic: names of their own for the cache.
        UsageCase(
            raw:
                #"{"prompt_tokens":90,"completion_tokens":4,"prompt_cache_hit_tokens":64,"prompt_cache_miss_tokens":26}"#,
            counts: "inputTokens=90 outputTokens=4 cacheReadTokens=64"),
        UsageCase(
            raw: #"{"prompt_tokens":90,"completion_tokens":4,"cached_tokens":64}"#,
            counts: "inputTokens=90 outputTokens=4 cacheReadTokens=64"),
        UsageCase(
            raw:
                #"{"prompt_tokens":90,"completion_tokens":4,"cache_read_input_tokens":60,"cache_creation_input_tokens":20}"#,
            counts: "inputTokens=90 outputTokens=4 cacheReadTokens=60 cacheWriteTokens=20"),
        // xAI counts reasoning beside the completion, and only the total tells.
        UsageCase(
            raw:
                #"{"prompt_tokens":12,"completion_tokens":2,"total_tokens":334,"completion_tokens_details":{"reasoning_tokens":320}}"#,
            counts: "inputTokens=12 outputTokens=322 reasoningTokens=320"),
        // Without such a total, a detail that is larger than its whole contradicts it.
        UsageCase(
            raw:
                #"{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14,"completion_tokens_details":{"reasoning_tokens":320}}"#,
            counts: "inputTokens=12 outputTokens=2", isContradictory: true),
        UsageCase(
            raw: #"{"prompt_tokens":7,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":163}}"#,
            counts: "inputTokens=7 outputTokens=1", isContradictory: true),
        UsageCase(
            raw: #"{"prompt_tokens":7,"completion_tokens":1,"completion_tokens_details":{"audio_tokens":2}}"#,
            counts: "inputTokens=7 outputTokens=1", isContradictory: true),
        // Null, negative and absurd numbers are not counts.
        UsageCase(
            raw: #"{"prompt_tokens":null,"completion_tokens":-1,"total_tokens":1e99}"#, counts: ""),
        messages(#"{"input_tokens":8,"output_tokens":3}"#, "inputTokens=8 outputTokens=3"),
        messages(
            #"{"input_tokens":8,"cache_read_input_tokens":20,"cache_creation_input_tokens":5,"output_tokens":3}"#,
            "inputTokens=33 outputTokens=3 cacheReadTokens=20 cacheWriteTokens=5"),
        responses(
            #"{"input_tokens":90,"input_tokens_details":{"cached_tokens":64,"cache_write_tokens":16},"output_tokens":40,"output_tokens_details":{"reasoning_tokens":32},"total_tokens":130}"#,
            "inputTokens=90 outputTokens=40 cacheReadTokens=64 cacheWriteTokens=16 reasoningTokens=32"),
        UsageCase(
            path: "/v1/embeddings", raw: #"{"prompt_tokens":2,"total_tokens":2}"#,
            counts: "inputTokens=2 outputTokens=0"),
        UsageCase(path: "/v1/audio/transcriptions", raw: #"{"type":"duration","seconds":3}"#, counts: ""),
    ]
}

@Suite struct UsageTests {
    @Test(arguments: UsageCase.all)
    func `usage adds up, and what the provider said stands beside it`(_ usage: UsageCase) throws {
        var script = ExchangeScript()
        script.target = usage.path
        script.response = Array(#"{"id":"r","data":[],"usage":"# + usage.raw + "}")
        let record = try script.record()
        #expect(record.at("usage.raw")?.text == usage.raw)
        var counts: [String] = []
        record["usage"]?.forEachMember { name, value in
            let name = String(decoding: name, as: UTF8.self)
            if name != "source", name != "raw" { counts.append("\(name)=\(value.integer ?? -1)") }
        }
        #expect(counts.joined(separator: " ") == usage.counts)
        #expect((record.at("capture.warnings")?.text.contains("contradict") == true) == usage.isContradictory)
    }
}
