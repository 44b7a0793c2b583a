// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// OpenAI Responses, plain and streamed.
///
/// Source: https://platform.openai.com/docs/api-reference/responses and .../responses-streaming
enum SimulatedResponses {
    static func reply(_ call: SimulatedCall) -> SimulatedReply {
        let answer = SimulatedAnswer(call)
        guard call.isStreamed else { return .json(response(call, answer, status: "completed")) }
        var events: [(name: String?, data: String)] = []
        func add(_ type: String, _ members: SimulatedJSON) {
            guard case .object(let members) = members else { return }
            let event = SimulatedJSON.object(
                [("type", .string(type)), ("sequence_number", .integer(events.count))] + members)
            events.append((type, event.text))
        }
        add("response.created", ["response": response(call, nil, status: "in_progress")])
        add("response.in_progress", ["response": response(call, nil, status: "in_progress")])
        for (index, item) in items(call, answer).enumerated() {
            stream(item, at: index, add)
        }
        if call.directives.has("mid-error") {
            add("error", ["code": "server_error", "message": "The server had an error.", "param": nil])
        } else {
            add("response.completed", ["response": response(call, answer, status: "completed")])
        }
        return .events(events, call.directives)
    }

    private enum Item {
        case reasoning(id: String, summary: String, isEncrypted: Bool)
        case message(id: String, text: String, isRefusal: Bool)
        case call(id: String, callID: String, name: String, arguments: String)
    }

    private static func items(_ call: SimulatedCall, _ answer: SimulatedAnswer) -> [Item] {
        var items: [Item] = []
        if let reasoning = answer.reasoning {
            var isEncrypted = false
            call.json?["include"]?.forEachElement { field in
                isEncrypted = isEncrypted || field.string == "reasoning.encrypted_content"
            }
            items.append(.reasoning(id: "rs_\(call.fingerprint)", summary: reasoning, isEncrypted: isEncrypted))
        }
        if answer.toolCalls.isEmpty {
            items.append(
                .message(
                    id: "msg_\(call.fingerprint)", text: answer.refusal ?? answer.text,
                    isRefusal: answer.refusal != nil))
        }
        for call in answer.toolCalls {
            items.append(.call(id: "fc_\(call.id)", callID: call.id, name: call.name, arguments: call.arguments))
        }
        return items
    }

    private static func json(_ item: Item, isDone: Bool) -> SimulatedJSON {
        let status: SimulatedJSON = isDone ? "completed" : "in_progress"
        switch item {
        case .reasoning(let id, let summary, let isEncrypted):
            let parts: SimulatedJSON = isDone ? [["type": "summary_text", "text": .string(summary)]] : []
            let item: SimulatedJSON = ["id": .string(id), "type": "reasoning", "summary": parts]
            // Only to who asked for it by `include`.
            return isEncrypted ? item.adding("encrypted_content", "gAAAAsimulated") : item
        case .message(let id, let text, let isRefusal):
            return [
                "id": .string(id), "type": "message", "status": status,
                "content": isDone ? [part(text, isRefusal)] : [], "role": "assistant",
            ]
        case .call(let id, let callID, let name, let arguments):
            return [
                "id": .string(id), "type": "function_call", "status": status,
                "arguments": .string(isDone ? arguments : ""), "call_id": .string(callID), "name": .string(name),
            ]
        }
    }

    private static func part(_ text: String, _ isRefusal: Bool) -> SimulatedJSON {
        isRefusal
            ? ["type": "refusal", "refusal": .string(text)]
            : ["type": "output_text", "annotations": [], "logprobs": [], "text": .string(text)]
    }

    private static func stream(_ item: Item, at index: Int, _ add: (String, SimulatedJSON) -> Void) {
        let place: [(String, SimulatedJSON)] = [("output_index", .integer(index))]
        add("response.output_item.added", .object(place + [("item", json(item, isDone: false))]))
        switch item {
        case .reasoning(let id, let summary, _):
            let inside = [("item_id", SimulatedJSON.string(id))] + place + [("summary_index", 0)]
            add(
                "response.reasoning_summary_part.added",
                .object(inside + [("part", ["type": "summary_text", "text": ""])]))
            for piece in SimulatedAnswer.pieces(summary, of: 9) {
                add("response.reasoning_summary_text.delta", .object(inside + [("delta", .string(piece))]))
            }
            add("response.reasoning_summary_text.done", .object(inside + [("text", .string(summary))]))
            add(
                "response.reasoning_summary_part.done",
                .object(inside + [("part", ["type": "summary_text", "text": .string(summary)])]))
        case .message(let id, let text, let isRefusal):
            let inside = [("item_id", SimulatedJSON.string(id))] + place + [("content_index", 0)]
            let kind = isRefusal ? "refusal" : "output_text"
            add("response.content_part.added", .object(inside + [("part", part("", isRefusal))]))
            for piece in SimulatedAnswer.pieces(text, of: 7) {
                let delta = inside + [("delta", .string(piece))] + (isRefusal ? [] : [("logprobs", [])])
                add("response.\(kind).delta", .object(delta))
            }
            let done =
                [(isRefusal ? "refusal" : "text", SimulatedJSON.string(text))] + (isRefusal ? [] : [("logprobs", [])])
            add("response.\(kind).done", .object(inside + done))
            add("response.content_part.done", .object(inside + [("part", part(text, isRefusal))]))
        case .call(let id, _, let name, let arguments):
            let inside = [("item_id", SimulatedJSON.string(id))] + place
            for piece in SimulatedAnswer.pieces(arguments, of: 5) {
                add("response.function_call_arguments.delta", .object(inside + [("delta", .string(piece))]))
            }
            add(
                "response.function_call_arguments.done",
                .object(inside + [("arguments", .string(arguments)), ("name", .string(name))]))
        }
        add("response.output_item.done", .object(place + [("item", json(item, isDone: true))]))
    }

    private static func response(
        _ call: SimulatedCall, _ answer: SimulatedAnswer?, status: String
    ) -> SimulatedJSON {
        let output = answer.map { items(call, $0).map { json($0, isDone: true) } } ?? []
        return [
            "id": .string("resp_\(call.fingerprint)"), "object": "response", "created_at": SimulatedChat.created,
            "status": .string(status), "background": false, "error": nil, "incomplete_details": nil,
            "instructions": call.json?["instructions"]?.string.map { .string($0) } ?? nil,
            "max_output_tokens": nil, "model": .string("\(SimulatedChat.model(call))-2024-07-18"),
            "output": .array(output), "parallel_tool_calls": true, "previous_response_id": nil,
            "reasoning": ["effort": nil, "summary": nil], "store": true, "temperature": 1,
            "text": ["format": ["type": "text"]], "tool_choice": "auto", "tools": [], "top_p": 1,
            "truncation": "disabled", "usage": answer.map(usage) ?? nil, "user": nil, "metadata": [:],
        ]
    }

    private static func usage(_ answer: SimulatedAnswer) -> SimulatedJSON {
        [
            "input_tokens": .integer(answer.inputTokens), "input_tokens_details": ["cached_tokens": 2],
            "output_tokens": .integer(answer.outputTokens),
            "output_tokens_details": ["reasoning_tokens": .integer(answer.reasoning == nil ? 0 : 2)],
            "total_tokens": .integer(answer.inputTokens + answer.outputTokens),
        ]
    }
}
