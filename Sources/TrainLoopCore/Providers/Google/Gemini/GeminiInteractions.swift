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
            readSteps(of: body, &call)
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
        guard let status = body["status"]?.text else { return }
        guard !status.isEqual(to: "in_progress") else { return call.receive(.acknowledged) }
        call.receive(.finishReason(status, choice: 0))
    }

    // MARK: - Steps

    /// The steps of an answer; it had outputs before there were steps.
    private static func readSteps(of body: JSONView, _ call: inout CallAssembler) {
        var index: Int64 = 0
        (body["steps"] ?? body["outputs"])?.forEachElement { step in
            readStep(step, index, &call)
            index &+= 1
        }
    }

    /// Reads a step, whole or as a stream begins it.
    private static func readStep(_ step: JSONView, _ index: Int64, _ call: inout CallAssembler) {
        guard let type = step["type"]?.text else { return }
        let place = address(index)
        if type.isEqual(to: "model_output") {
            readContents(step["content"], .text, index, &call)
            call.receiveOthers(of: step, except: ["type", "content"], in: .choice(0))
        } else if type.isEqual(to: "thought") {
            call.receive(.part(.reasoning, at: place))
            readContents(step["summary"], .reasoning, index, &call)
        } else if type.isEqual(to: "function_call") {
            call.receive(.part(.toolCall, at: place))
            call.receive(.identity(id: step["id"]?.text, name: step["name"]?.text, at: place))
            if let arguments = step["arguments"], arguments.hasMembers {
                call.receive(.raw(arguments, at: place))
            }
        } else if type.isEqual(to: "text"), step["text"] == nil {
            // A stream's, which comes in pieces.
            call.receive(.part(.text, at: place))
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
            call.receiveOthers(of: content, except: ["type", "mime_type", "data"], in: .part(address))
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
        // Steps were contents at first, and the interaction's events had other names.
        if type.isEqual(to: "step.delta") || type.isEqual(to: "content.delta") {
            if let delta = event["delta"] { readDelta(delta, index, &call) }
        } else if type.isEqual(to: "step.start") || type.isEqual(to: "content.start") {
            if let step = event["step"] ?? event["content"] { readStep(step, index, &call) }
        } else if type.isEqual(to: "interaction.created") || type.isEqual(to: "interaction.start") {
            if let interaction = event["interaction"] { readEnvelope(interaction, origin: "final_event", &call) }
        } else if type.isEqual(to: "interaction.completed") || type.isEqual(to: "interaction.complete") {
            if let interaction = event["interaction"] {
                readEnvelope(interaction, origin: "final_event", &call)
                // What came in pieces is told again here, by some.
                if call.lastPart(ofChoice: 0) == nil { readSteps(of: interaction, &call) }
            }
            call.receive(.terminated)
        } else if type.isEqual(to: "error") {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
        } else if !type.hasSuffix(".stop"), !type.isEqual(to: "interaction.status_update") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }

    /// A delta does not say to which content of its step it belongs: what goes on goes to the last, what is whole is the
    /// next.
    private static func readDelta(_ delta: JSONView, _ index: Int64, _ call: inout CallAssembler) {
        let place = address(index)
        if let text = delta["text"]?.text {
            call.receive(.text(text, .text, at: self.place(in: index, call) { $0.kind == .text }))
        } else if let text = delta["content"]?["text"]?.text {
            call.receive(.text(text, .reasoning, at: place))
        } else if let signature = delta["signature"]?.text,
            delta["type"]?.text?.isEqual(to: "thought_signature") == true
        {
            call.receive(.signature(signature, at: place))
        } else if let annotations = delta["annotations"] {
            let text = self.place(in: index, call) { $0.kind == .text }
            annotations.forEachElement { call.receive(.annotation($0, at: text)) }
        } else if let arguments = delta["arguments"]?.text {
            call.receive(.text(arguments, .toolCall, at: place))
        } else if let data = delta["data"]?.text {
            readMedia(delta, data, index, &call)
        } else if delta["type"]?.text?.isEqual(to: "function_call") == true {
            // Without a beginning of its own it says here who it is.
            if delta["name"] != nil {
                readStep(delta, index, &call)
            } else {
                call.receive(.raw(delta["arguments"] ?? delta, at: place))
            }
        } else if let kind = call.part(at: place)?.kind, kind == .serverToolCall || kind == .serverToolCallResponse {
            call.receiveRaw(mergedWith: delta, at: place)
        } else {
            let next = self.place(in: index, call) { _ in false }
            call.receive(.part(.generic, at: next))
            call.receive(.raw(delta, at: next))
        }
    }

    /// Sound comes in pieces, a picture at once.
    private static func readMedia(_ media: JSONView, _ data: JSONText, _ index: Int64, _ call: inout CallAssembler) {
        let type = media["mime_type"]?.text
        let isSound = media["type"]?.text?.isEqual(to: "audio") == true
        let place = self.place(in: index, call) { last in
            isSound && last.kind == .media && type?.bytes.isEqual(to: last.name) == true
        }
        if call.holds(place) {
            call.receive(.data(data, at: place))
        } else {
            call.receive(.media(type: type, data: data, at: place))
        }
        call.receiveOthers(of: media, except: ["type", "mime_type", "data"], in: .part(place))
    }

    /// The last content of the step where the delta goes on with it, else the place after it.
    private static func place(in step: Int64, _ call: CallAssembler, where goesOn: (Part) -> Bool) -> PartAddress {
        let first = address(step)
        guard let last = call.lastPart(ofChoice: 0)?.slot, last >= first.slot, last < address(step, 4095).slot else {
            return first
        }
        let place = PartAddress(choice: 0, slot: last)
        guard let part = call.part(at: place), !goesOn(part) else { return place }
        return PartAddress(choice: 0, slot: last &+ 1)
    }
}
