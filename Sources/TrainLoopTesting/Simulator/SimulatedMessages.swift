// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Anthropic Messages, plain and streamed.
///
/// Source: https://docs.anthropic.com/en/api/messages and .../messages-streaming
enum SimulatedMessages {
    static func reply(_ call: SimulatedCall) -> SimulatedReply {
        let answer = SimulatedAnswer(call)
        let blocks = blocks(answer)
        let stop: SimulatedJSON = .string(
            answer.refusal != nil ? "refusal" : answer.toolCalls.isEmpty ? "end_turn" : "tool_use")
        guard call.isStreamed else {
            return .json(
                message(
                    call, content: .array(blocks.map(\.whole)), stop: stop, usage: usage(answer, answer.outputTokens)
                ))
        }
        var events: [(name: String?, data: String)] = []
        func add(_ type: String, _ members: [(String, SimulatedJSON)]) {
            events.append((type, SimulatedJSON.object([("type", .string(type))] + members).text))
        }
        add("message_start", [("message", message(call, content: [], stop: nil, usage: usage(answer, 1)))])
        add("ping", [])
        for (index, block) in blocks.enumerated() {
            add("content_block_start", [("index", .integer(index)), ("content_block", block.start)])
            for delta in block.deltas { add("content_block_delta", [("index", .integer(index)), ("delta", delta)]) }
            add("content_block_stop", [("index", .integer(index))])
        }
        if call.directives.has("mid-error") {
            add("error", [("error", ["type": "overloaded_error", "message": "Overloaded"])])
        } else {
            add(
                "message_delta",
                [
                    ("delta", ["stop_reason": stop, "stop_sequence": nil]),
                    ("usage", ["output_tokens": .integer(answer.outputTokens)]),
                ])
            add("message_stop", [])
        }
        return .events(events, call.directives)
    }

    private struct Block {
        var whole: SimulatedJSON
        var start: SimulatedJSON
        var deltas: [SimulatedJSON]
    }

    private static func blocks(_ answer: SimulatedAnswer) -> [Block] {
        var blocks: [Block] = []
        if let reasoning = answer.reasoning {
            let signature: SimulatedJSON = "EuYBCkQsimulatedSignature=="
            blocks.append(
                Block(
                    whole: ["type": "thinking", "thinking": .string(reasoning), "signature": signature],
                    start: ["type": "thinking", "thinking": "", "signature": ""],
                    deltas: SimulatedAnswer.pieces(reasoning, of: 9).map {
                        ["type": "thinking_delta", "thinking": .string($0)]
                    } + [["type": "signature_delta", "signature": signature]]))
        }
        let text = answer.refusal ?? answer.text
        if !text.isEmpty {
            blocks.append(
                Block(
                    whole: ["type": "text", "text": .string(text)], start: ["type": "text", "text": ""],
                    deltas: SimulatedAnswer.pieces(text, of: 7).map { ["type": "text_delta", "text": .string($0)] }))
        }
        for call in answer.toolCalls {
            let id: SimulatedJSON = .string(call.id.replacing("call_", with: "toolu_"))
            blocks.append(
                Block(
                    whole: [
                        "type": "tool_use", "id": id, "name": .string(call.name), "input": .verbatim(call.arguments),
                    ],
                    start: ["type": "tool_use", "id": id, "name": .string(call.name), "input": [:]],
                    deltas: ([""] + SimulatedAnswer.pieces(call.arguments, of: 5)).map {
                        ["type": "input_json_delta", "partial_json": .string($0)]
                    }))
        }
        return blocks
    }

    private static func message(
        _ call: SimulatedCall, content: SimulatedJSON, stop: SimulatedJSON, usage: SimulatedJSON
    ) -> SimulatedJSON {
        [
            "id": .string("msg_\(call.fingerprint)"), "type": "message", "role": "assistant",
            "model": .string(call.model ?? "claude-3-haiku-20240307"), "content": content,
            "stop_reason": stop, "stop_sequence": nil, "usage": usage,
        ]
    }

    private static func usage(_ answer: SimulatedAnswer, _ output: Int) -> SimulatedJSON {
        [
            "input_tokens": .integer(answer.inputTokens), "cache_creation_input_tokens": 3,
            "cache_read_input_tokens": 4,
            "output_tokens": .integer(output), "service_tier": "standard",
        ]
    }
}
