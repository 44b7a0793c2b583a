// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A whole message: `{"id", "role", "model", "content": [block], "stop_reason", "usage"}`.
enum AnthropicMessagesResponse {
    static func read(_ body: JSONView, into call: inout CallAssembler) {
        let body = JSONObject(body)
        if let type = body["type"]?.text, type.isEqual(to: "error") {
            if let error = ProviderError.read(body.view) { call.receive(.error(error)) }
            return
        }
        // Some gateways answer in the other format.
        if body["content"] == nil {
            if body["choices"] != nil { return ChatCompletionsResponse.read(body.view, into: &call) }
            if let error = ProviderError.readBare(body.view) { call.receive(.error(error)) }
        }
        readMessage(body, usageOrigin: "response", into: &call)
        if let text = body["content"]?.text { call.receive(.text(text, .text, at: AnthropicMessages.address(0))) }
        var index: Int64 = 0
        body["content"]?.forEachElement { block in
            readBlock(block, at: AnthropicMessages.address(index), into: &call)
            index &+= 1
        }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
    }

    /// What a message says of itself; a stream's `message_start` says the same.
    static func readMessage(_ message: JSONObject, usageOrigin: StaticString, into call: inout CallAssembler) {
        if let id = message["id"]?.text { call.receive(.responseID(id)) }
        if let model = message["model"]?.text { call.receive(.responseModel(model)) }
        if let role = message["role"]?.text { call.receive(.role(role, choice: 0)) }
        if let reason = message["stop_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let sequence = message["stop_sequence"]?.text { call.receive(.stopSequence(sequence, choice: 0)) }
        if let usage = message["usage"], usage.isObject {
            call.receive(.usage(usage, .anthropicMessages, origin: usageOrigin))
        }
        call.receiveOthers(of: message.view, except: messageNames, in: .response)
    }

    private static let messageNames: [StaticString] = [
        "id", "type", "model", "role", "content", "stop_reason", "stop_sequence", "usage", "error",
    ]

    /// Reads a content block, whole or as a stream begins it.
    static func readBlock(_ block: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        guard let type = block["type"]?.text else { return }
        if type.isEqual(to: "text") {
            call.receive(.part(.text, at: address))
            if let text = block["text"]?.text { call.receive(.text(text, .text, at: address)) }
            block["citations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
            call.receiveOthers(of: block, except: ["type", "text", "citations"], in: .part(address))
        } else if type.isEqual(to: "thinking") {
            call.receive(.part(.reasoning, at: address))
            if let text = block["thinking"]?.text { call.receive(.text(text, .reasoning, at: address)) }
            if let signature = block["signature"]?.text { call.receive(.signature(signature, at: address)) }
            call.receiveOthers(of: block, except: ["type", "thinking", "signature"], in: .part(address))
        } else if type.isEqual(to: "redacted_thinking") {
            call.receive(.part(.reasoning, at: address))
            if let data = block["data"]?.text { call.receive(.encrypted(data, at: address)) }
            call.receiveOthers(of: block, except: ["type", "data"], in: .part(address))
        } else if type.isEqual(to: "tool_use") {
            readToolUse(block, .toolCall, at: address, into: &call)
        } else if type.hasSuffix("_tool_use") {
            readToolUse(block, .serverToolCall, at: address, into: &call)
        } else if type.hasSuffix("_tool_result") {
            call.receive(.part(.serverToolCallResponse, at: address))
            call.receive(.identity(id: block["tool_use_id"]?.text, name: nil, at: address))
            call.receive(.raw(block, at: address))
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(block, at: address))
        }
    }

    /// `input` is kept as it is; in a stream it is empty here and follows in pieces.
    private static func readToolUse(
        _ block: JSONView, _ kind: Part.Kind, at address: PartAddress, into call: inout CallAssembler
    ) {
        call.receive(.part(kind, at: address))
        call.receive(.identity(id: block["id"]?.text, name: block["name"]?.text, at: address))
        guard kind == .toolCall else { return call.receive(.raw(block, at: address)) }
        if let input = block["input"], !input.isNull { call.receive(.raw(input, at: address)) }
        call.receiveOthers(of: block, except: ["type", "id", "name", "input"], in: .part(address))
    }
}
