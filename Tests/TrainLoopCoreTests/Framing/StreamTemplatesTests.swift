// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// A shortcut over known shapes of events must not be seen in any record.
struct StreamTemplatesTests {
    /// A format, and events of it to be drawn from: `TEXT` stands for some text, `N` for some number.
    struct Format: Sendable, CustomTestStringConvertible {
        let name: String
        var host = "api.openai.com"
        let target: String
        var isNDJSON = false
        let events: [String]

        var testDescription: String { name }
    }

    static let formats: [Format] = [
        Format(
            name: "chat", target: "/v1/chat/completions",
            events: [
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":null}]}"#,
                #"{"id":"c","model":"m","choices":[{"index":1,"delta":{"content":"TEXT"},"finish_reason":null}]}"#,
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":"stop"}]}"#,
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"reasoning_content":"TEXT"}}]}"#,
                #"{"id":"c","model":"m","choices":[{"index":0,"delta":{"reasoning":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"function":{"arguments":"TEXT"}}]}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"TEXT"}}]}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":1,"function":{"arguments":"TEXT"}}]}}]}"#,
                """
                {"id":"c","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call_N",\
                "function":{"name":"look","arguments":""}}]}}]}
                """,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"}}],"usage":{"prompt_tokens":3,"completion_tokens":N}}"#,
                #"{"id":"c","choices":[{"index":1,"delta":{"content":"TEXT"}}],"usage":{"prompt_tokens":N}}"#,
                #"{"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":N,"total_tokens":N}}"#,
                #"{"id":"c","system_fingerprint":"fp_N","choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","system_fingerprint":"fp_1","created":N,"choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"},"logprobs":{"content":[{"logprob":-N}]}}]}"#,
                #"{"choices":[{"index":0,"message":{"role":"assistant","content":"TEXT"}}]}"#,
                #"{"citations":["TEXT"],"choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"reasoning_details":[{"format":"x"}],"reasoning":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"}}],"x_groq":{"usage":{"prompt_tokens":N}}}"#,
                #"{"id":"c","created_at":"","choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","created_at":"N","choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","x":{"b":N},"choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","x":{"a":1,"a":2},"choices":[{"index":0,"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"},"token_ids":[N]}]}"#,
                #"{"id":"c","choices":[{"index":0,"delta":{"content":"TEXT"},"finish_reason":"stop"},{"index":0,"finish_reason":"N"}]}"#,
                #"{}"#,
            ]),
        Format(
            name: "messages", host: "api.anthropic.com", target: "/v1/messages",
            events: [
                #"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":N,"output_tokens":1}}}"#,
                #"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
                #"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"look"}}"#,
                #"{"type":"content_block_start","index":2,"content_block":{"type":"thinking","thinking":""}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"TEXT"}}"#,
                #"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"TEXT"}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"thinking_delta","thinking":"TEXT"}}"#,
                #"{"type":"content_block_delta","index":2,"delta":{"type":"signature_delta","signature":"TEXT"}}"#,
                #"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"TEXT"},"usage":{"output_tokens":N}}"#,
                #"{"type":"content_block_stop","index":0}"#,
                #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":N}}"#,
                #"{"type":"ping"}"#,
            ]),
        Format(
            name: "responses", target: "/v1/responses",
            events: [
                #"{"type":"response.created","response":{"id":"r","model":"m","output":[]}}"#,
                """
                {"type":"response.output_item.added","output_index":0,"item":{"type":"message","id":"i","role":"assistant",\
                "content":[]}}
                """,
                #"{"type":"response.output_item.added","output_index":1,"item":{"type":"function_call","id":"f","name":"look"}}"#,
                #"{"type":"response.output_text.delta","sequence_number":N,"output_index":0,"content_index":0,"delta":"TEXT"}"#,
                #"{"type":"response.output_text.delta","sequence_number":N,"output_index":0,"content_index":1,"delta":"TEXT"}"#,
                #"{"type":"response.function_call_arguments.delta","sequence_number":N,"output_index":1,"delta":"TEXT"}"#,
                #"{"type":"response.reasoning_text.delta","sequence_number":N,"output_index":2,"content_index":0,"delta":"TEXT"}"#,
                #"{"type":"response.refusal.delta","output_index":0,"content_index":0,"delta":"TEXT"}"#,
                #"{"type":"response.output_text.done","output_index":0,"content_index":0,"text":"TEXT"}"#,
            ]),
        Format(
            name: "gemini", host: "generativelanguage.googleapis.com",
            target: "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse",
            events: [
                """
                {"candidates":[{"content":{"parts":[{"text":"TEXT"}],"role":"model"}}],\
                "usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":N,"details":[{"tokenCount":N},{"tokenCount":3}]}}
                """,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT","thought":true}]}}],"usageMetadata":{"totalTokenCount":N}}"#,
                #"{"usageMetadata":{"promptTokenCount":N,"totalTokenCount":N},"candidates":[{"content":{"parts":[{"text":"TEXT"}]}}]}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT"}]},"index":1}],"usageMetadata":{"promptTokenCount":null}}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT"}]}}],"usageMetadata":{"candidatesTokenCount":N}}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT"}]}}],"usageMetadata":N}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT"}]}}]}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT","thought":true}]}}]}"#,
                #"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"look","args":{"n":N}}}]}}]}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT","thoughtSignature":"TEXT"}]}}]}"#,
                #"{"candidates":[{"content":{"parts":[{"text":"TEXT"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":N}}"#,
            ]),
        Format(
            name: "ollama", host: "localhost", target: "/api/chat", isNDJSON: true,
            events: [
                #"{"model":"m","created_at":"TEXT","message":{"role":"assistant","content":"TEXT"},"done":false}"#,
                #"{"model":"m","created_at":"TEXT","message":{"role":"assistant","content":"","thinking":"TEXT"},"done":false}"#,
                #"{"model":"m","message":{"role":"assistant","tool_calls":[{"function":{"name":"look","arguments":{"n":N}}}]}}"#,
                #"{"model":"m","message":{"role":"assistant","content":"TEXT"},"done":true,"prompt_eval_count":N,"eval_count":N}"#,
            ]),
        Format(
            name: "cohere's first", host: "api.cohere.com", target: "/v1/chat", isNDJSON: true,
            events: [
                #"{"event_type":"stream-start","generation_id":"g"}"#,
                #"{"event_type":"text-generation","text":"TEXT"}"#,
                #"{"event_type":"stream-end","is_finished":true,"response":{"text":"TEXT"}}"#,
                #"{"event_type":"stream-end","is_finished":true,"response":{"response_id":"N","text":"TEXT"}}"#,
            ]),
        Format(
            name: "cortex", host: "acme.snowflakecomputing.com", target: "/api/v2/cortex/inference:complete",
            events: [
                #"{"id":"c","choices":[{"delta":{"content":"TEXT"}}]}"#,
                #"{"id":"c","choices":[{"delta":{"content":"TEXT","content_list":[{"type":"text","text":"TEXT"}]}}]}"#,
                #"{"id":"c","choices":[{"delta":{"content":"","content_list":[{"type":"text","text":"TEXT"}]}}]}"#,
            ]),
        Format(
            name: "images", target: "/v1/images/generations",
            events: [
                #"{"type":"image_generation.completed","revised_prompt":"TEXT"}"#,
                #"{"type":"image_generation.completed","revised_prompt":"TEXT","usage":{"input_tokens":N}}"#,
            ]),
        Format(
            name: "bedrock", host: "bedrock-runtime.us-east-1.amazonaws.com",
            target: "/model/amazon.titan-text-v1/invoke-with-response-stream",
            events: [
                #"{"outputText":"TEXT","index":0}"#, #"{"completions":[{"data":{"outputText":"TEXT"}}]}"#,
                #"{"outputText":"TEXT","amazon-bedrock-invocationMetrics":{"inputTokenCount":N,"outputTokenCount":N}}"#,
                #"{"outputText":"TEXT","inputTextTokenCount":N,"totalOutputTextTokenCount":N}"#,
            ]),
        Format(
            name: "lm studio", host: "localhost", target: "/api/v1/chat",
            events: [
                #"{"type":"message.start"}"#, #"{"type":"message.delta","content":"TEXT"}"#,
                #"{"type":"reasoning.start"}"#, #"{"type":"reasoning.delta","content":"TEXT"}"#,
                #"{"type":"tool_call.start","tool":"look"}"#,
                #"{"type":"tool_call.success","tool":"look","output":"TEXT"}"#,
                #"{"type":"chat.end","result":{"output":[{"type":"message","content":"TEXT"}],"stats":{"input_tokens":N}}}"#,
            ]),
        Format(
            name: "cohere", host: "api.cohere.com", target: "/v2/chat",
            events: [
                #"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
                #"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"TEXT"}}}}"#,
                #"{"type":"content-delta","index":1,"delta":{"message":{"content":{"thinking":"TEXT"}}}}"#,
                #"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"TEXT"}}}"#,
                #"{"type":"tool-call-delta","index":0,"delta":{"message":{"tool_calls":{"function":{"arguments":"TEXT"}}}}}"#,
                #"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"tokens":{"input_tokens":N}}}}"#,
            ]),
    ]

    @Test(arguments: formats)
    func `no order of events makes a record another with templates`(_ format: Format) {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<(isOptimized ? 4000 : 200) {
            // Few kinds at a time, so that they take turns.
            let kinds = (0..<Int.random(in: 2...5, using: &generator)).map { _ in
                Int.random(in: format.events.indices, using: &generator)
            }
            var stream = (0..<Int.random(in: 3...24, using: &generator)).map { _ in
                event(format.events[kinds.randomElement(using: &generator) ?? 0], &generator)
            }
            var script = ExchangeScript(host: format.host, target: format.target)
            if Int.random(in: 0..<4, using: &generator) == 0 {
                // So much that the bound is reached somewhere on the way.
                let pattern = format.events[kinds[0]]
                let fill = String(repeating: "x", count: Int.random(in: 15_900...16_400, using: &generator))
                stream.insert(event(pattern, &generator, texts: [fill]), at: 0)
                script.limits.responseByteCount = 0
            }
            let text = format.isNDJSON ? stream.joined() : stream.map { "data: \($0)\n" }.joined()
            script.response = Array(text.utf8)
            script.limits.templateCount = 0
            let plain = script.run().bytes
            for count in [1, 2, 4] {
                script.limits.templateCount = count
                guard script.run().bytes != plain else { continue }
                Issue.record("another record with \(count) templates:\n\(text)")
                return
            }
        }
    }

    private static let texts = [
        "", "The", " river", #" \"wide\""#, #"\n"#, #"{\"n\":1}"#, " Brücke", #"\ud83d"#, #"\ude00"#,
    ]

    private func event(
        _ pattern: String, _ generator: inout SeededGenerator, texts: [String] = Self.texts
    ) -> String {
        var event = ""
        for piece in pattern.split(separator: "TEXT", omittingEmptySubsequences: false) {
            if !event.isEmpty { event += texts.randomElement(using: &generator) ?? "" }
            event += piece
        }
        // Few numbers, so that an event comes again as it was.
        let isSmall = Bool.random(using: &generator)
        var numbered = ""
        for piece in event.split(separator: "N", omittingEmptySubsequences: false) {
            if !numbered.isEmpty { numbered += String(Int.random(in: 0...(isSmall ? 2 : 120), using: &generator)) }
            numbered += piece
        }
        return numbered + "\n"
    }
}
