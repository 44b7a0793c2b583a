// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Why a choice ended, in OpenTelemetry's words; a provider's word that has none stays as it is.
enum FinishReason {
    /// - Returns: the common word, or nil when the provider's word is kept.
    static func common(for word: JSONText, hasToolCall: Bool) -> StaticString? {
        for ambiguous in wordsForBoth where word.isEqual(to: ambiguous) { return hasToolCall ? "tool_call" : "stop" }
        for (known, common) in words where word.isEqual(to: known) { return common }
        return nil
    }

    /// Words that say only that the reply is whole, be it text or calls.
    private static let wordsForBoth: [StaticString] = ["completed", "STOP", "1"]

    /// Numbers are those of Google's enumeration, which some of its servers send for the words.
    private static let words: [(StaticString, StaticString)] = [
        ("stop", "stop"), ("end_turn", "stop"), ("stop_sequence", "stop"), ("eos", "stop"), ("eos_token", "stop"),
        ("word", "stop"),
        ("finished", "stop"), ("endoftext", "stop"), ("FINISH", "stop"), ("FINISHED", "stop"), ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"), ("STOP_CRITERIA_MET", "stop"),
        ("length", "length"), ("max_tokens", "length"), ("max_output_tokens", "length"), ("model_length", "length"),
        ("model_context_window_exceeded", "length"), ("MAX_TOKENS", "length"), ("2", "length"),
        ("LENGTH", "length"), ("token_limit", "length"), ("limit", "length"), ("ERROR_LIMIT", "length"),
        ("tool_calls", "tool_call"), ("tool_use", "tool_call"), ("function_call", "tool_call"),
        ("tool_call", "tool_call"), ("TOOL_CALL", "tool_call"), ("requires_action", "tool_call"),
        ("content_filter", "content_filter"), ("refusal", "content_filter"), ("safety", "content_filter"),
        ("SAFETY", "content_filter"), ("3", "content_filter"), ("RECITATION", "content_filter"),
        ("4", "content_filter"), ("BLOCKLIST", "content_filter"), ("PROHIBITED_CONTENT", "content_filter"),
        ("SPII", "content_filter"), ("JAILBREAK", "content_filter"), ("MODEL_ARMOR", "content_filter"),
        ("IMAGE_SAFETY", "content_filter"),
        ("IMAGE_PROHIBITED_CONTENT", "content_filter"), ("IMAGE_RECITATION", "content_filter"),
        ("guardrail_intervened", "content_filter"), ("INTERVENED", "content_filter"),
        ("content_filtered", "content_filter"), ("CONTENT_FILTERED", "content_filter"),
        ("ERROR_TOXIC", "content_filter"),
        ("failed", "error"), ("error", "error"), ("ERROR", "error"), ("MALFORMED_FUNCTION_CALL", "error"),
        ("UNEXPECTED_TOOL_CALL", "error"), ("TOO_MANY_TOOL_CALLS", "error"), ("MALFORMED_RESPONSE", "error"),
        ("MISSING_THOUGHT_SIGNATURE", "error"), ("TIMEOUT", "error"), ("insufficient_system_resource", "error"),
        ("malformed_model_output", "error"), ("malformed_tool_use", "error"),
    ]
}
