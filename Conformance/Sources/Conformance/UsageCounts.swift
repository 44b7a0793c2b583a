// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Token counts under the provider's own meaning, as the oracle tells them.
struct UsageCounts {
    var input: Int64?
    var output: Int64?
    var cached: Int64?
    var cacheWrite: Int64?
    var reasoning: Int64?

    init(oracle: JSONValue?) {
        input = oracle?["input"]?.integer
        output = oracle?["output"]?.integer
        cached = oracle?["cached"]?.integer
        cacheWrite = oracle?["cache_write"]?.integer
        reasoning = oracle?["reasoning"]?.integer
    }

    /// - Parameter isAnthropic: the provider's input excludes what the cache gave and took; the record's includes it.
    init(record: JSONValue, isAnthropic: Bool) {
        input = record["inputTokens"]?.integer
        output = record["outputTokens"]?.integer
        cached = record["cacheReadTokens"]?.integer
        cacheWrite = record["cacheWriteTokens"]?.integer
        reasoning = record["reasoningTokens"]?.integer
        if isAnthropic { input = input.map { $0 - (cached ?? 0) - (cacheWrite ?? 0) } }
    }

    var text: String {
        func word(_ count: Int64?) -> String { count.map { "\($0)" } ?? "null" }
        return "input=\(word(input)) output=\(word(output)) cached=\(word(cached)) "
            + "cache_write=\(word(cacheWrite)) reasoning=\(word(reasoning))"
    }
}
