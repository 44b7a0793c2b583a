// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A streamed message: `message_start`, for each block `content_block_start`, `..._delta`, `..._stop`, then
/// `message_delta` and `message_stop`; `ping` and `error` at any time.
///
/// What a tool of the provider's calls in the midst of its run comes whole, as the content of a `message_start`.
///
/// Source: https://docs.claude.com/en/docs/build-with-claude/streaming
enum AnthropicMessagesStream {
    static func read(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        var type: JSONText?
        var index: Int64 = 0
        var delta: JSONView?
        event.forEachMember { name, value in
            if name.isEqual(to: "type") {
                type = value.text
            } else if name.isEqual(to: "index") {
                index = value.integer ?? 0
            } else if name.isEqual(to: "delta") {
                delta = value
            }
        }
        if type == nil {
            // Some gateways answer in the other format.
            if event["choices"] != nil { return ChatCompletionsStream.read(name, event, &memory, &call) }
            if let error = ProviderError.read(event) { return call.receive(.error(error)) }
            if !name.isEmpty { type = name.baseAddress.map { JSONText(start: $0, count: name.count) } }
        }
        guard let type else { return }
        if type.isEqual(to: "content_block_delta") {
            if let delta { readDelta(delta, at: AnthropicMessages.address(index &+ memory.slotOffset), &call) }
        } else if type.isEqual(to: "message_start") {
            guard let message = event["message"] else { return }
            AnthropicMessagesResponse.readMessage(JSONObject(message), usageOrigin: "message_start", into: &call)
            var position: Int64 = 0
            message["content"]?.forEachElement { block in
                begin(block, at: position, &memory, &call)
                position &+= 1
            }
        } else if type.isEqual(to: "content_block_start") {
            if let block = event["content_block"] { begin(block, at: index, &memory, &call) }
        } else {
            readRare(type, event, delta, &call)
        }
    }

    /// Begins a block; where the index is that of an earlier one, all that follow stand behind the blocks that are there.
    private static func begin(
        _ block: JSONView, at index: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        call.noteDependence()
        if call.holds(AnthropicMessages.address(index &+ memory.slotOffset)), let last = call.lastPart(ofChoice: 0) {
            memory.slotOffset = last.slot &+ 1 &- index
        }
        let address = AnthropicMessages.address(index &+ memory.slotOffset)
        AnthropicMessagesResponse.readBlock(block, at: address, into: &call)
    }

    private static func readRare(
        _ type: JSONText, _ event: JSONView, _ delta: JSONView?, _ call: inout CallAssembler
    ) {
        if type.isEqual(to: "message_delta") {
            if let reason = delta?["stop_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
            if let sequence = delta?["stop_sequence"]?.text { call.receive(.stopSequence(sequence, choice: 0)) }
            if let usage = event["usage"], usage.isObject {
                call.receive(.usage(usage, .anthropicMessages, origin: "message_delta"))
            }
            call.receiveOthers(of: event, except: ["type", "delta", "usage"], in: .response)
            if let delta { call.receiveOthers(of: delta, except: ["stop_reason", "stop_sequence"], in: .response) }
        } else if type.isEqual(to: "message_stop") {
            call.receiveOthers(of: event, except: ["type"], in: .response)
            call.receive(.terminated)
        } else if type.isEqual(to: "error") {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            call.receiveOthers(of: event, except: ["type", "error"], in: .response)
        } else if !type.isEqual(to: "content_block_stop"), !type.isEqual(to: "ping") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    private static func readDelta(_ delta: JSONView, at address: PartAddress, _ call: inout CallAssembler) {
        var type: JSONText?
        var text: JSONText?
        delta.forEachMember { name, value in
            if name.isEqual(to: "type") {
                type = value.text
            } else if name.isEqual(to: "text") || name.isEqual(to: "partial_json") || name.isEqual(to: "thinking") {
                text = value.text
            }
        }
        guard let type else { return }
        if let text, type.isEqual(to: "text_delta") {
            call.receive(.text(text, .text, at: address))
        } else if let text, type.isEqual(to: "input_json_delta") {
            call.receive(.text(text, .toolCall, at: address))
        } else if let text, type.isEqual(to: "thinking_delta") {
            call.receive(.text(text, .reasoning, at: address))
        } else if let signature = delta["signature"]?.text, type.isEqual(to: "signature_delta") {
            call.receive(.signature(signature, at: address))
        } else if let citation = delta["citation"], type.isEqual(to: "citations_delta") {
            call.receive(.annotation(citation, at: address))
        } else {
            // What deltas of later days say, put together, replaces what the block began with.
            delta.forEachMember { name, value in
                if !name.isEqual(to: "type") { call.receive(.more(name, value, in: .part(address))) }
            }
            if !type.isEqual(to: "compaction_delta") { call.receive(.diagnostic(.streamUnknownEvent)) }
        }
    }
}
