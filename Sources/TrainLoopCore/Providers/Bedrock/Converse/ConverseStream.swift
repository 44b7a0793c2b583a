// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A streamed answer: `messageStart`, for each block `contentBlockStart`, `...Delta`, `...Stop`, then `messageStop` and
/// `metadata`; the framing names each event.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html
enum ConverseStream {
    static func read(_ name: JSONText, _ event: JSONView, into call: inout CallAssembler) {
        if name.isEqual(to: "contentBlockDelta") {
            guard let delta = event["delta"] else { return }
            readDelta(delta, at: Converse.address(event["contentBlockIndex"]?.integer ?? 0), into: &call)
        } else if name.isEqual(to: "contentBlockStart") {
            let address = Converse.address(event["contentBlockIndex"]?.integer ?? 0)
            guard let start = event["start"] else { return }
            if let tool = start["toolUse"] { ConverseResponse.readToolUse(tool, at: address, into: &call) }
            if let result = start["toolResult"] {
                ConverseResponse.readToolResult(result, at: address, into: &call)
                call.receive(.raw(result, at: address))
            }
            if let image = start["image"] {
                call.receive(.part(.image, at: address))
                call.receiveOthers(of: image, except: [], in: .part(address))
            }
        } else if name.isEqual(to: "messageStart") {
            if let role = event["role"]?.text { call.receive(.role(role, choice: 0)) }
        } else if name.isEqual(to: "messageStop") {
            if let reason = event["stopReason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
            call.receiveOthers(of: event, except: ["stopReason", "p"], in: .response)
        } else if name.isEqual(to: "metadata") {
            if let usage = event["usage"], usage.isObject { call.receive(.usage(usage, .converse, origin: "metadata")) }
            call.receiveOthers(of: event, except: ["usage", "p"], in: .response)
            call.receive(.terminated)
        } else if name.hasSuffix("Exception") {
            readException(name, event, into: &call)
        } else if !name.isEqual(to: "contentBlockStop") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    private static func readDelta(_ delta: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        if let text = delta["text"]?.text {
            call.receive(.text(text, .text, at: address))
        } else if let tool = delta["toolUse"] {
            if let input = tool["input"]?.text { call.receive(.text(input, .toolCall, at: address)) }
        } else if let reasoning = delta["reasoningContent"] {
            ConverseResponse.readReasoning(reasoning, at: address, into: &call)
        } else if let image = delta["image"] {
            call.receive(.part(.image, at: address))
            let data = image["source"]?["bytes"]?.text
            if let data { call.receive(.data(data, at: address)) }
            call.receiveOthers(of: image, except: data == nil ? [] : ["source"], in: .part(address))
        } else if let citation = delta["citation"] {
            call.receive(.annotation(citation, at: address))
        } else if let result = delta["toolResult"] {
            call.receive(.part(.serverToolCallResponse, at: address))
            result.forEachElement { call.receive(.annotation($0, at: address)) }
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(delta, at: address))
        }
    }

    /// An exception that stands among the events, not in the framing.
    private static func readException(_ name: JSONText, _ event: JSONView, into call: inout CallAssembler) {
        var error = ProviderError.read(event) ?? CallError(source: .provider)
        // The framing names an event in any bytes, the JSON of an invocation by an escaped key.
        error.type = []
        JSONEscape.unescaped(name.bytes).withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &error.type) }
        call.receive(.error(error))
    }
}
