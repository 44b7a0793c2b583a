// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Why a choice ended, in OpenTelemetry's words; a provider's word that has none stays as it is.
enum FinishReason {
    /// - Returns: the common word, or nil when the provider's word is kept.
    static func common(for word: JSONText, hasToolCall: Bool) -> StaticString? {
        if word.isEqual(to: "completed") { return hasToolCall ? "tool_call" : "stop" }
        for (known, common) in words where word.isEqual(to: known) { return common }
        return nil
    }

    private static let words: [(StaticString, StaticString)] = [
        ("stop", "stop"), ("end_turn", "stop"), ("stop_sequence", "stop"), ("eos", "stop"), ("eos_token", "stop"),
        ("STOP", "stop"),
        ("length", "length"), ("max_tokens", "length"), ("max_output_tokens", "length"), ("model_length", "length"),
        ("model_context_window_exceeded", "length"), ("MAX_TOKENS", "length"),
        ("tool_calls", "tool_call"), ("tool_use", "tool_call"), ("function_call", "tool_call"), ("tool_call", "tool_call"),
        ("content_filter", "content_filter"), ("refusal", "content_filter"), ("safety", "content_filter"),
        ("failed", "error"), ("error", "error"),
    ]
}
