// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A whole answer: `{"output": {"message": {"role", "content": [block]}}, "stopReason", "usage"}`.
enum ConverseResponse {
    static func read(_ body: JSONView, into call: inout CallAssembler) {
        if let message = body["output"]?["message"] {
            if let role = message["role"]?.text { call.receive(.role(role, choice: 0)) }
            var index: Int64 = 0
            message["content"]?.forEachElement { block in
                readBlock(block, at: Converse.address(index), into: &call)
                index &+= 1
            }
        }
        if let reason = body["stopReason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .converse, origin: "response")) }
        call.receiveOthers(of: body, except: ["output", "stopReason", "usage"], in: .response)
    }

    /// A block is an object whose one member of content names its kind.
    private static func readBlock(_ block: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        if let text = block["text"]?.text {
            call.receive(.text(text, .text, at: address))
        } else if let tool = block["toolUse"] {
            readToolUse(tool, at: address, into: &call)
            if let input = tool["input"], !input.isNull { call.receive(.raw(input, at: address)) }
            call.receiveOthers(of: tool, except: ["toolUseId", "name", "input", "type"], in: .part(address))
        } else if let reasoning = block["reasoningContent"] {
            call.receive(.part(.reasoning, at: address))
            readReasoning(reasoning["reasoningText"] ?? reasoning, at: address, into: &call)
        } else if let cited = block["citationsContent"] {
            call.receive(.part(.text, at: address))
            cited["content"]?.forEachElement { content in
                if let text = content["text"]?.text { call.receive(.text(text, .text, at: address)) }
            }
            cited["citations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
        } else if let result = block["toolResult"] {
            readToolResult(result, at: address, into: &call)
            call.receive(.raw(result, at: address))
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(block, at: address))
        }
    }

    /// The head of a call: of the application's tools, or of those that the provider runs.
    static func readToolUse(_ tool: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        let isServer = tool["type"]?.text?.isEqual(to: "server_tool_use") ?? false
        call.receive(.part(isServer ? .serverToolCall : .toolCall, at: address))
        call.receive(.identity(id: tool["toolUseId"]?.text, name: tool["name"]?.text, at: address))
    }

    static func readToolResult(_ result: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        call.receive(.part(.serverToolCallResponse, at: address))
        call.receive(.identity(id: result["toolUseId"]?.text, name: nil, at: address))
    }

    /// `{"text", "signature"}`, or what was redacted; the same whole and as a delta.
    static func readReasoning(_ reasoning: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        if let text = reasoning["text"]?.text { call.receive(.text(text, .reasoning, at: address)) }
        if let signature = reasoning["signature"]?.text { call.receive(.signature(signature, at: address)) }
        if let redacted = reasoning["redactedContent"]?.text { call.receive(.encrypted(redacted, at: address)) }
    }
}
