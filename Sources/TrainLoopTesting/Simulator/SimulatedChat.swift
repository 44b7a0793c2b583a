// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// OpenAI Chat Completions, plain and streamed.
///
/// Source: https://platform.openai.com/docs/api-reference/chat
enum SimulatedChat {
    static let created: SimulatedJSON = 1_700_000_000

    static func reply(_ call: SimulatedCall) -> SimulatedReply {
        let answer = SimulatedAnswer(call)
        // `n` is at most 128: the router has looked.
        let count = max(1, Int(call.json?["n"]?.integer ?? 1))
        guard call.isStreamed else {
            let choices = (0..<count).map { choice($0, answer) }
            return .json(
                envelope(call, "chat.completion").adding("choices", .array(choices)).adding("usage", usage(answer)))
        }
        return .events(
            chunks(call, answer, count).map { (nil, $0) }, call.directives)
    }

    static func model(_ call: SimulatedCall) -> String {
        call.model ?? "gpt-4o-mini"
    }

    private static func envelope(_ call: SimulatedCall, _ object: String) -> SimulatedJSON {
        [
            "id": .string("chatcmpl-\(call.fingerprint)"), "object": .string(object), "created": created,
            "model": .string("\(model(call))-2024-07-18"), "service_tier": "default",
            "system_fingerprint": "fp_simulated",
        ]
    }

    private static func choice(_ index: Int, _ answer: SimulatedAnswer) -> SimulatedJSON {
        var message: SimulatedJSON = ["role": "assistant"]
        message = message.adding(
            "content", answer.toolCalls.isEmpty && answer.refusal == nil ? .string(answer.text) : .null)
        if let reasoning = answer.reasoning { message = message.adding("reasoning_content", .string(reasoning)) }
        message = message.adding("refusal", answer.refusal.map { .string($0) } ?? .null)
        if !answer.toolCalls.isEmpty {
            let calls = answer.toolCalls.map { call -> SimulatedJSON in
                [
                    "id": .string(call.id), "type": "function",
                    "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                ]
            }
            message = message.adding("tool_calls", .array(calls))
        }
        return [
            "index": .integer(index), "message": message, "logprobs": nil, "finish_reason": .string(finish(answer)),
        ]
    }

    private static func finish(_ answer: SimulatedAnswer) -> String { answer.toolCalls.isEmpty ? "stop" : "tool_calls" }

    private static func usage(_ answer: SimulatedAnswer) -> SimulatedJSON {
        [
            "prompt_tokens": .integer(answer.inputTokens), "completion_tokens": .integer(answer.outputTokens),
            "total_tokens": .integer(answer.inputTokens + answer.outputTokens),
            "prompt_tokens_details": ["cached_tokens": 2, "audio_tokens": 0],
            "completion_tokens_details": [
                "reasoning_tokens": .integer(answer.reasoning == nil ? 0 : 2), "audio_tokens": 0,
                "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0,
            ],
        ]
    }

    private static func chunks(
        _ call: SimulatedCall, _ answer: SimulatedAnswer, _ count: Int
    ) -> [String] {
        let hasUsage = call.json?["stream_options"]?["include_usage"]?.bool ?? false
        func chunk(_ index: Int, _ delta: SimulatedJSON, finish: SimulatedJSON = .null) -> String {
            let choice: SimulatedJSON = [
                "index": .integer(index), "delta": delta, "logprobs": nil, "finish_reason": finish,
            ]
            let chunk = envelope(call, "chat.completion.chunk").adding("choices", [choice])
            return (hasUsage ? chunk.adding("usage", nil) : chunk).text
        }
        var chunks: [String] = []
        for index in 0..<count {
            let isText = answer.toolCalls.isEmpty && answer.refusal == nil
            chunks.append(chunk(index, ["role": "assistant", "content": isText ? "" : nil, "refusal": nil]))
            if let reasoning = answer.reasoning {
                chunks += SimulatedAnswer.pieces(reasoning, of: 9).map {
                    chunk(index, ["reasoning_content": .string($0)])
                }
            }
            if let refusal = answer.refusal {
                chunks += SimulatedAnswer.pieces(refusal, of: 6).map { chunk(index, ["refusal": .string($0)]) }
            } else {
                chunks += answer.textPieces.map { chunk(index, ["content": .string($0)]) }
            }
            for (number, call) in answer.toolCalls.enumerated() {
                chunks.append(
                    chunk(
                        index,
                        [
                            "tool_calls": [
                                [
                                    "index": .integer(number), "id": .string(call.id), "type": "function",
                                    "function": ["name": .string(call.name), "arguments": ""],
                                ]
                            ]
                        ]))
                // Five characters at a time: in the midst of words, numbers and escapes.
                chunks += SimulatedAnswer.pieces(call.arguments, of: 5).map { piece in
                    chunk(
                        index, ["tool_calls": [["index": .integer(number), "function": ["arguments": .string(piece)]]]])
                }
            }
            if call.directives.has("mid-error") {
                let error: SimulatedJSON = [
                    "error": [
                        "message": "The server had an error while processing your request.", "type": "server_error",
                        "param": nil, "code": nil,
                    ]
                ]
                return chunks + [error.text]
            }
            chunks.append(chunk(index, [:], finish: .string(finish(answer))))
        }
        if hasUsage {
            chunks.append(
                envelope(call, "chat.completion.chunk").adding("choices", []).adding("usage", usage(answer)).text)
        }
        return call.directives.has("no-done") ? chunks : chunks + ["[DONE]"]
    }
}
