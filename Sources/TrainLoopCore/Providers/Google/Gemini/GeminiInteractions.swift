// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Interactions format of the Gemini API: an answer is a list of steps, and a stream tells each step in pieces.
///
/// Source: https://ai.google.dev/api/interactions-api
enum GeminiInteractions {
    static let parser = ProviderParser(
        api: "interactions",
        matches: { $0.isPost(toPathEndingIn: "/interactions") },
        readRequest: { body, reading in
            reading.takeModel(body["model"] ?? body["agent"])
            reading.takeContent(body["system_instruction"], role: "system")
            if let input = body["input"], input.isArray, isListOfMessages(input) {
                reading.takeMessages(input)
            } else {
                reading.takeContent(body["input"], role: "user")
            }
            reading.noteSession(previousResponseID: body["previous_interaction_id"]?.text, user: nil)
        },
        readResponse: { body, call in
            readEnvelope(body, origin: "response", &call)
            var index: Int64 = 0
            (body["steps"] ?? body["outputs"])?.forEachElement { step in
                readStep(step, index, &call)
                index &+= 1
            }
        },
        readStreamEvent: { _, event, _, call in readStreamEvent(event, &call) })

    /// The slots of a step: the step itself, then its content.
    private static func address(_ step: Int64, _ content: Int64 = 0) -> PartAddress {
        PartAddress(choice: 0, slot: min(max(step, 0), 1 << 40) &* 4096 &+ min(max(content, 0), 4095))
    }

    /// Turns of a conversation, not the parts of one message.
    private static func isListOfMessages(_ input: JSONView) -> Bool {
        var isList = true
        input.forEachElement { element in
            if element["role"] == nil, element["content"] == nil { isList = false }
        }
        return isList
    }

    private static func readEnvelope(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let id = body["id"]?.text, !id.isEmpty { call.receive(.responseID(id)) }
        if let model = (body["model"] ?? body["agent"])?.text { call.receive(.responseModel(model)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .interactions, origin: origin)) }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        call.receiveOthers(
            of: body,
            except: ["id", "object", "model", "agent", "usage", "error", "status", "steps", "outputs"], in: .response)
        guard let status = body["status"]?.text, !status.isEqual(to: "in_progress") else { return }
        call.receive(.finishReason(status, choice: 0))
    }

    // MARK: - Steps

    /// Reads a step, whole or as a stream begins it.
    private static func readStep(_ step: JSONView, _ index: Int64, _ call: inout CallAssembler) {
        guard let type = step["type"]?.text else { return }
        let place = address(index)
        if type.isEqual(to: "model_output") {
            readContents(step["content"], .text, index, &call)
        } else if type.isEqual(to: "thought") {
            call.receive(.part(.reasoning, at: place))
            readContents(step["summary"], .reasoning, index, &call)
        } else if type.isEqual(to: "function_call") {
            call.receive(.part(.toolCall, at: place))
            call.receive(.identity(id: step["id"]?.text, name: step["name"]?.text, at: place))
            if let arguments = step["arguments"], arguments.hasMembers {
                call.receive(.raw(arguments, at: place))
            }
        } else if type.hasSuffix("_call") || type.hasSuffix("_result") {
            let isCall = type.hasSuffix("_call")
            call.receive(.part(isCall ? .serverToolCall : .serverToolCallResponse, at: place))
            call.receive(.identity(id: (step["id"] ?? step["call_id"])?.text, name: isCall ? type : nil, at: place))
            call.receive(.raw(step, at: place))
        } else if step["text"] != nil {
            readContent(step, .text, at: place, &call)
        } else {
            call.receive(.part(.generic, at: place))
            call.receive(.raw(step, at: place))
        }
        if let signature = step["signature"]?.text, !signature.isEmpty {
            call.receive(.signature(signature, at: place))
        }
    }

    private static func readContents(
        _ list: JSONView?, _ kind: Part.Kind, _ index: Int64, _ call: inout CallAssembler
    ) {
        var position: Int64 = 0
        list?.forEachElement { content in
            // A summary is one reasoning, whatever its pieces.
            readContent(content, kind, at: address(index, kind == .reasoning ? 0 : position), &call)
            position &+= 1
        }
    }

    private static func readContent(
        _ content: JSONView, _ kind: Part.Kind, at address: PartAddress, _ call: inout CallAssembler
    ) {
        if let text = content["text"]?.text {
            call.receive(.text(text, kind, at: address))
            content["annotations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
        } else if let data = content["data"]?.text {
            call.receive(.media(type: content["mime_type"]?.text, data: data, at: address))
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(content, at: address))
        }
    }

    // MARK: - Streams

    private static func readStreamEvent(_ event: JSONView, _ call: inout CallAssembler) {
        guard let type = event["event_type"]?.text else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        let index = event["index"]?.integer ?? 0
        if type.isEqual(to: "step.delta") {
            if let delta = event["delta"] { readDelta(delta, index, &call) }
        } else if type.isEqual(to: "step.start") {
            if let step = event["step"] { readStep(step, index, &call) }
        } else if type.isEqual(to: "interaction.created") || type.isEqual(to: "interaction.completed") {
            if let interaction = event["interaction"] { readEnvelope(interaction, origin: "final_event", &call) }
            if type.isEqual(to: "interaction.completed") { call.receive(.terminated) }
        } else if type.isEqual(to: "error") {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
        } else if !type.isEqual(to: "step.stop"), !type.isEqual(to: "interaction.status_update") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    private static func readDelta(_ delta: JSONView, _ index: Int64, _ call: inout CallAssembler) {
        let place = address(index)
        if let text = delta["text"]?.text {
            call.receive(.text(text, .text, at: place))
        } else if let text = delta["content"]?["text"]?.text {
            call.receive(.text(text, .reasoning, at: place))
        } else if let signature = delta["signature"]?.text,
            delta["type"]?.text?.isEqual(to: "thought_signature") == true
        {
            call.receive(.signature(signature, at: place))
        } else if let annotations = delta["annotations"] {
            annotations.forEachElement { call.receive(.annotation($0, at: place)) }
        } else if let arguments = delta["arguments"]?.text {
            call.receive(.text(arguments, .toolCall, at: place))
        } else if let data = delta["data"]?.text {
            call.receive(.media(type: delta["mime_type"]?.text, data: data, at: place))
        } else {
            call.receive(.part(.generic, at: place))
            let isFunction = delta["type"]?.text?.isEqual(to: "function_call") ?? false
            call.receive(.raw(isFunction ? delta["arguments"] ?? delta : delta, at: place))
        }
    }
}
