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
        let raw = record["raw"]
        input = record["inputTokens"]?.integer
        output = record["outputTokens"]?.integer
        // A detail that contradicts its total is not in the record's own counts.
        let inputDetails = raw?["prompt_tokens_details"] ?? raw?["input_tokens_details"]
        let outputDetails = raw?["completion_tokens_details"] ?? raw?["output_tokens_details"]
        cached = record["cacheReadTokens"]?.integer ?? inputDetails?["cached_tokens"]?.integer
        cacheWrite = record["cacheWriteTokens"]?.integer
        reasoning = record["reasoningTokens"]?.integer ?? outputDetails?["reasoning_tokens"]?.integer
        if isAnthropic {
            input = input.map { $0 &- (cached ?? 0) &- (cacheWrite ?? 0) }
        } else if let told = raw?["completion_tokens"]?.integer, let reasoning, told &+ reasoning == output {
            // The provider counts reasoning beside its output; the record's output includes it.
            output = told
        }
    }

    /// The counts without those that the oracle has no word for, which must stand in the provider's own object.
    ///
    /// The oracle reads the counts that the provider's client knows; others tell more: cache writes in chat
    /// completions, cache hits under names of their own.
    func withoutWhatIsUnknown(to oracle: JSONValue?, raw: JSONValue?) -> UsageCounts {
        guard oracle?.kind == .object else { return self }
        let known = UsageCounts(oracle: oracle)
        func kept(_ count: Int64?, _ known: Int64?) -> Int64? {
            guard known == nil, let count, raw.map({ Self.holds(count, $0) }) == true else { return count }
            return nil
        }
        var counts = self
        counts.cached = kept(cached, known.cached)
        counts.cacheWrite = kept(cacheWrite, known.cacheWrite)
        counts.reasoning = kept(reasoning, known.reasoning)
        return counts
    }

    private static func holds(_ count: Int64, _ value: JSONValue) -> Bool {
        if value.integer == count { return true }
        var found = false
        value.forEachMember { _, member in found = found || holds(count, member) }
        return found
    }

    var text: String {
        func word(_ count: Int64?) -> String { count.map { "\($0)" } ?? "null" }
        return "input=\(word(input)) output=\(word(output)) cached=\(word(cached)) "
            + "cache_write=\(word(cacheWrite)) reasoning=\(word(reasoning))"
    }
}
