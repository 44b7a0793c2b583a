// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How the counts of Google, Amazon, Cohere and the servers of open models add up.
extension Usage {
    /// The prompt, and what the provider's tools put to it, are the input; the thoughts stand beside the candidates.
    ///
    /// Source: https://ai.google.dev/api/generate-content#UsageMetadata
    mutating func readGemini(_ view: JSONObject) {
        let prompt = view["promptTokenCount"]?.tokenCount
        let tools = view["toolUsePromptTokenCount"]?.tokenCount
        let total = view["totalTokenCount"]?.tokenCount
        cacheRead = view["cachedContentTokenCount"]?.tokenCount
        reasoning = view["thoughtsTokenCount"]?.tokenCount
        if prompt != nil || tools != nil { input = (prompt ?? 0) &+ (tools ?? 0) }
        if let candidates = (view["candidatesTokenCount"] ?? view["responseTokenCount"])?.tokenCount {
            output = candidates &+ (reasoning ?? 0)
        } else if let total, let input, total > input {
            output = total &- input
        } else {
            output = reasoning
        }
    }

    /// As `usageMetadata`, under other names.
    ///
    /// Source: https://ai.google.dev/api/interactions-api
    mutating func readInteractions(_ view: JSONObject) {
        cacheRead = view["total_cached_tokens"]?.tokenCount
        reasoning = view["total_thought_tokens"]?.tokenCount
        if let prompt = view["total_input_tokens"]?.tokenCount {
            input = prompt &+ (view["total_tool_use_tokens"]?.tokenCount ?? 0)
        }
        if let told = view["total_output_tokens"]?.tokenCount { output = told &+ (reasoning ?? 0) }
    }

    /// The input stands without what a cache gave or took.
    ///
    /// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html
    mutating func readConverse(_ view: JSONObject) {
        func count(_ names: StaticString...) -> Int64? {
            for name in names { if let count = view[name]?.tokenCount { return count } }
            return nil
        }
        cacheRead = count(
            "cacheReadInputTokens", "cacheReadInputTokenCount", "x-amzn-bedrock-cache-read-input-token-count")
        cacheWrite = count(
            "cacheWriteInputTokens", "cacheWriteInputTokenCount", "x-amzn-bedrock-cache-write-input-token-count")
        output = count("outputTokens", "outputTokenCount", "x-amzn-bedrock-output-token-count")
        let uncached = count("inputTokens", "inputTokenCount", "x-amzn-bedrock-input-token-count")
        guard let uncached else { return }
        input = uncached &+ (cacheRead ?? 0) &+ (cacheWrite ?? 0)
    }

    /// `tokens` is what was processed; `billed_units` is what is paid for, and the most that is known where it stands alone.
    ///
    /// Source: https://docs.cohere.com/reference/chat
    mutating func readCohere(_ view: JSONObject) {
        let tokens = view["tokens"] ?? view["billed_units"]
        input = tokens?["input_tokens"]?.tokenCount
        output = tokens?["output_tokens"]?.tokenCount
        reasoning = tokens?["reasoning_tokens"]?.tokenCount
        cacheRead = view["cached_tokens"]?.tokenCount
    }

    /// Totals with their details inside.
    ///
    /// Source: https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope
    mutating func readDashScope(_ view: JSONObject) {
        let details = view["prompt_tokens_details"] ?? view["input_tokens_details"]
        input = view["input_tokens"]?.tokenCount ?? view["total_tokens"]?.tokenCount
        output = view["output_tokens"]?.tokenCount
        cacheRead = details?["cached_tokens"]?.tokenCount
        cacheWrite = details?["cache_creation_input_tokens"]?.tokenCount
        reasoning = view["output_tokens_details"]?["reasoning_tokens"]?.tokenCount
    }

    /// Counts under the names that servers of one model use: Ollama, llama.cpp, LM Studio, SGLang, Llama and
    /// Titan on Bedrock, text generation inference, watsonx.
    mutating func readCounts(_ view: JSONObject) {
        input =
            (view["prompt_eval_count"] ?? view["prompt_token_count"] ?? view["inputTextTokenCount"]
            ?? view["input_token_count"] ?? view["input_length"] ?? view["tokens_evaluated"]
            ?? view["input_tokens"] ?? view["prompt_tokens"])?.tokenCount
        output =
            (view["eval_count"] ?? view["generation_token_count"] ?? view["totalOutputTextTokenCount"]
            ?? view["tokenCount"] ?? view["generated_token_count"] ?? view["output_token_count"]
            ?? view["generated_tokens"] ?? view["tokens_predicted"] ?? view["total_output_tokens"]
            ?? view["completion_tokens"])?.tokenCount
        cacheRead = view["cached_tokens"]?.tokenCount
        reasoning = view["reasoning_output_tokens"]?.tokenCount
    }

    /// An object of those members of `view` that are counts, over what was told before; nil where there are none.
    static func gathered(_ names: [StaticString], of view: JSONView, over earlier: [UInt8]) -> [UInt8]? {
        var writer = JSONWriter(capacity: 256)
        var isEmpty = true
        writer.beginObject()
        view.forEachMember { name, value in
            guard !value.isNull else { return }
            for known in names where name.isEqual(to: known) {
                writer.key(escaped: name)
                writer.raw(value.bytes)
                isEmpty = false
            }
        }
        writer.endObject()
        guard !isEmpty else { return nil }
        let bytes = writer.take()
        guard !earlier.isEmpty else { return bytes }
        return bytes.withUnsafeBufferPointer { buffer in
            JSONView(parsing: buffer).map { merged(earlier, $0) }
        }
    }
}

extension CallAssembler {
    /// Takes counts that stand among other members, not in an object of their own.
    mutating func receiveCounts(_ names: [StaticString], of view: JSONView, origin: StaticString) {
        guard let raw = Usage.gathered(names, of: view, over: call.usage?.raw ?? []) else { return }
        raw.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return }
            receive(.usage(view, .counts, origin: origin))
        }
    }
}
