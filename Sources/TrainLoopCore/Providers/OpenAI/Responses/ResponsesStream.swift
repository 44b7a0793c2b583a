// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A streamed response: deltas by output index, each item again whole when it is done, and the whole response at the end.
///
/// What comes whole replaces what came in pieces, as it does for the provider's own clients; so a stream that is cut
/// still has its pieces.
enum ResponsesStream {
    static func read(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        var type: JSONText?
        var delta: JSONText?
        var output: Int64 = 0
        var index: Int64 = 0
        event.forEachMember { name, value in
            if name.isEqual(to: "type") {
                type = value.text
            } else if name.isEqual(to: "delta") {
                delta = value.text
            } else if name.isEqual(to: "output_index") {
                output = value.integer ?? 0
            } else if name.isEqual(to: "content_index") || name.isEqual(to: "summary_index") {
                index = value.integer ?? 0
            }
        }
        guard let type else {
            // Some gateways answer in the other format.
            if event["choices"] != nil { return ChatCompletionsStream.read(name, event, &memory, &call) }
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        func read(_ type: JSONText) {
            if let delta {
                readDelta(type, delta, output, index, &call)
            } else {
                readRare(type, event, output, index, &call)
            }
        }
        guard type.bytes.contains(UInt8(ascii: "\\")) else { return read(type) }
        JSONEscape.unescaped(type.bytes).withUnsafeBufferPointer { plain in
            if let start = plain.baseAddress { read(JSONText(start: start, count: plain.count)) }
        }
    }

    private static func readDelta(
        _ type: JSONText, _ delta: JSONText, _ output: Int64, _ index: Int64, _ call: inout CallAssembler
    ) {
        if let place = place(of: type, "delta", output, index) {
            if place.isSummary { call.receive(.summary(at: place.address)) }
            call.receive(.text(delta, place.kind, at: place.address))
        } else if type.isEqual(to: "response.audio.delta") || type.isEqual(to: "response.output_audio.delta") {
            let content = PartAddress(choice: 0, slot: Responses.Slot.content(output, index))
            call.receive(.part(.audio, at: content))
            call.receive(.data(delta, at: content))
        } else if !type.hasPrefix("response.") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    /// A text that is told whole; some servers tell it so only.
    private static func readDone(
        _ type: JSONText, _ event: JSONView, _ output: Int64, _ index: Int64, _ call: inout CallAssembler
    ) {
        guard let place = place(of: type, "done", output, index) else { return }
        call.noteDependence()
        guard call.part(at: place.address)?.text.isEmpty != false else { return }
        let names: [StaticString] = ["text", "arguments", "input", "refusal", "code", "transcript"]
        for name in names {
            guard let text = event[name]?.text, !text.isEmpty else { continue }
            if place.isSummary { call.receive(.summary(at: place.address)) }
            return call.receive(.text(text, place.kind, at: place.address))
        }
    }

    /// Where the text of an event goes whose name is one of these and then `.delta` or `.done`.
    private static func place(
        of type: JSONText, _ ending: StaticString, _ output: Int64, _ index: Int64
    ) -> (address: PartAddress, kind: Part.Kind, isSummary: Bool)? {
        guard type.hasSuffix(ending), type.count > ending.utf8CodeUnitCount else { return nil }
        let name = JSONText(start: type.start, count: type.count &- ending.utf8CodeUnitCount &- 1)
        let content = PartAddress(choice: 0, slot: Responses.Slot.content(output, index))
        let item = PartAddress(choice: 0, slot: Responses.Slot.item(output))
        if name.isEqual(to: "response.output_text") { return (content, .text, false) }
        if name.isEqual(to: "response.function_call_arguments") || name.isEqual(to: "response.custom_tool_call_input") {
            return (item, .toolCall, false)
        }
        if name.isEqual(to: "response.reasoning_summary_text") {
            return (PartAddress(choice: 0, slot: Responses.Slot.summary(output, index)), .reasoning, true)
        }
        if name.isEqual(to: "response.reasoning_text") { return (content, .reasoning, false) }
        if name.isEqual(to: "response.refusal") { return (content, .refusal, false) }
        let serverTools: [StaticString] = [
            "response.mcp_call_arguments", "response.code_interpreter_call_code", "response.shell_call_command",
            "response.apply_patch_call_operation_diff",
        ]
        for known in serverTools where name.isEqual(to: known) { return (item, .serverToolCall, false) }
        if name.isEqual(to: "response.audio.transcript") || name.isEqual(to: "response.output_audio_transcript") {
            return (content, .audio, false)
        }
        return nil
    }

    private static func readRare(
        _ type: JSONText, _ event: JSONView, _ output: Int64, _ index: Int64, _ call: inout CallAssembler
    ) {
        if type.isEqual(to: "response.output_item.added") || type.isEqual(to: "response.output_item.done") {
            guard let item = event["item"], item.isObject else { return }
            call.receive(.forget(choice: 0, slots: Responses.Slot.all(output)))
            let isBegun = type.isEqual(to: "response.output_item.added")
            ResponsesItem.read(item, outputIndex: output, isBegun: isBegun, into: &call)
        } else if type.isEqual(to: "response.content_part.added") {
            guard let part = event["part"] else { return }
            let address = PartAddress(choice: 0, slot: Responses.Slot.content(output, index))
            ResponsesItem.begin(part, of: event["item_id"]?.text, at: address, &call)
        } else if type.isEqual(to: "response.completed") || type.isEqual(to: "response.incomplete")
            || type.isEqual(to: "response.failed") || type.isEqual(to: "response.cancelled")
        {
            readFinal(event, type, &call)
        } else if type.isEqual(to: "response.created") || type.isEqual(to: "response.in_progress")
            || type.isEqual(to: "response.queued")
        {
            guard let response = event["response"] else { return }
            if let id = response["id"]?.text { call.receive(.responseID(id)) }
            if let model = response["model"]?.text { call.receive(.responseModel(model)) }
            // For a stream that is cut; else the last event tells it again.
            call.receiveOthers(of: response, except: ResponsesResponse.envelopeNames, in: .response)
        } else if type.isEqual(to: "response.output_text.annotation.added") {
            guard let annotation = event["annotation"] else { return }
            let address = PartAddress(choice: 0, slot: Responses.Slot.content(output, index))
            call.receive(.annotation(annotation, at: address))
        } else if type.isEqual(to: "error") || type.isEqual(to: "response.error") {
            // One that tells nothing else is one all the same.
            call.receive(.error(ProviderError.read(event) ?? CallError(source: .provider)))
        } else if type.hasSuffix(".done") {
            readDone(type, event, output, index, &call)
        } else if !type.hasPrefix("response."), !type.isEqual(to: "keepalive") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    private static func readFinal(_ event: JSONView, _ type: JSONText, _ call: inout CallAssembler) {
        call.receive(.terminated)
        guard let view = event["response"], view.isObject else { return }
        let response = JSONObject(view)
        var hasOutput = false
        response["output"]?.forEachElement { _ in hasOutput = true }
        if hasOutput { call.receive(.forget(choice: 0, slots: 0..<Int64.max)) }
        ResponsesResponse.readEnvelope(response, usageOrigin: "final_event", into: &call)
        if hasOutput { ResponsesResponse.readOutput(response, into: &call) }
        if response["status"] == nil {
            // Some servers leave the status out, and the event's own name says it: `response.completed`.
            let word = JSONText(start: type.start + 9, count: type.count &- 9)
            call.receive(.finishReason(word, choice: 0))
        }
    }
}
