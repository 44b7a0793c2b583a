// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The first chat format of Cohere, and `generate` before it: a message and its history; a stream is lines of JSON.
///
/// Source: https://docs.cohere.com/v1/reference/chat
enum CohereChat {
    static let parser = ProviderParser(
        api: "chat",
        matches: { $0.isPost(toPathEndingIn: "/v1/chat") },
        readRequest: readRequest,
        readResponse: { body, call in readResponse(body, usageOrigin: "response", into: &call) },
        readStreamEvent: { _, event, _, call in readStreamEvent(event, into: &call) },
        framing: .jsonLines,
        isCertain: isCohere)

    static let generate = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/v1/generate") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["prompt"], role: "user")
        },
        readResponse: readGenerations,
        readStreamEvent: { _, event, _, call in readStreamEvent(event, into: &call) },
        framing: .jsonLines,
        isCertain: isCohere)

    /// The company's own hosts; gateways use the same paths, and so do others.
    @Sendable static func isCohere(_ line: RequestLine) -> Bool {
        ASCII.hasSuffix(line.host, "cohere.com") || ASCII.hasSuffix(line.host, "cohere.ai")
    }

    private enum Slot {
        static let text: Int64 = 0
        static let firstToolCall: Int64 = 16
    }

    @Sendable static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        reading.takeModel(body["model"])
        reading.takeContent(body["preamble"], role: "system")
        reading.takeMessages(body["chat_history"])
        reading.takeContent(body["message"], role: "user")
        reading.noteSession(previousResponseID: nil, user: nil)
    }

    static func readResponse(_ body: JSONView, usageOrigin: StaticString, into call: inout CallAssembler) {
        let address = PartAddress(choice: 0, slot: Slot.text)
        if let text = body["text"]?.text { call.receive(.text(text, .text, at: address)) }
        readEnvelope(body, usageOrigin: usageOrigin, into: &call)
        body["citations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
        readToolCalls(body["tool_calls"], into: &call)
    }

    private static func readEnvelope(_ body: JSONView, usageOrigin: StaticString, into call: inout CallAssembler) {
        if let id = (body["response_id"] ?? body["generation_id"] ?? body["id"])?.text { call.receive(.responseID(id)) }
        if let reason = body["finish_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let meta = body["meta"], meta.isObject {
            if meta["tokens"] != nil || meta["billed_units"] != nil {
                call.receive(.usage(meta, .cohere, origin: usageOrigin))
            } else {
                call.receiveOthers(of: meta, except: ["api_version"], in: .response)
            }
        }
        if let documents = body["documents"], documents.isArray { call.receive(.citations(documents)) }
        call.receiveOthers(of: body, except: envelopeNames, in: .response)
    }

    /// The history comes back with the reply at its end.
    private static let envelopeNames: [StaticString] = [
        "response_id", "id", "finish_reason", "meta", "documents", "text", "citations", "tool_calls", "chat_history",
        "generations",
    ]

    private static func readToolCalls(_ list: JSONView?, into call: inout CallAssembler) {
        var slot = Slot.firstToolCall
        list?.forEachElement { element in
            let address = PartAddress(choice: 0, slot: slot)
            call.receive(.part(.toolCall, at: address))
            call.receive(.identity(id: element["id"]?.text, name: element["name"]?.text, at: address))
            if let parameters = element["parameters"], !parameters.isNull {
                call.receive(.raw(parameters, at: address))
            }
            slot &+= 1
        }
    }

    @Sendable private static func readGenerations(_ body: JSONView, into call: inout CallAssembler) {
        readEnvelope(body, usageOrigin: "response", into: &call)
        var choice: Int64 = 0
        body["generations"]?.forEachElement { element in
            if let text = element["text"]?.text {
                call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: Slot.text)))
            }
            if let reason = element["finish_reason"]?.text { call.receive(.finishReason(reason, choice: choice)) }
            call.receiveOthers(of: element, except: ["text", "finish_reason"], in: .choice(choice))
            choice &+= 1
        }
    }

    // MARK: - Streams

    /// `text-generation` and the like, told by `event_type`; the lines of `generate` have only their text.
    static func readStreamEvent(_ event: JSONView, into call: inout CallAssembler) {
        let type = event["event_type"]?.text
        let address = PartAddress(choice: 0, slot: Slot.text)
        if let text = event["text"]?.text, type == nil || type?.isEqual(to: "text-generation") == true {
            call.receive(.text(text, .text, at: PartAddress(choice: event["index"]?.integer ?? 0, slot: Slot.text)))
        }
        if let type {
            if type.isEqual(to: "stream-start") {
                if let id = event["generation_id"]?.text { call.receive(.responseID(id)) }
            } else if type.isEqual(to: "citation-generation") {
                event["citations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
            } else if type.isEqual(to: "search-results") {
                if let documents = event["documents"], documents.isArray { call.receive(.citations(documents)) }
                call.receiveOthers(of: event, except: ["event_type", "is_finished", "documents"], in: .response)
            } else if type.isEqual(to: "tool-calls-generation") {
                // Tells again what `tool-calls-chunk` told in pieces.
                let told = call.part(at: address)?.text ?? []
                if let plan = event["text"]?.text, !told.suffix(plan.count).elementsEqual(plan.bytes) {
                    call.receive(.text(plan, .text, at: address))
                }
                call.receive(.forget(choice: 0, slots: Slot.firstToolCall..<Int64.max))
                readToolCalls(event["tool_calls"], into: &call)
            } else if type.isEqual(to: "tool-calls-chunk") {
                readToolCallChunk(event, into: &call)
            } else if type.isEqual(to: "search-queries-generation") {
                call.receiveOthers(of: event, except: ["event_type", "is_finished"], in: .response)
            }
        }
        guard event["is_finished"]?.bool == true else { return }
        readEnd(event, into: &call)
    }

    /// A piece of the plan of a reply that is calls, or of a call.
    private static func readToolCallChunk(_ event: JSONView, into call: inout CallAssembler) {
        if let plan = event["text"]?.text {
            call.receive(.text(plan, .text, at: PartAddress(choice: 0, slot: Slot.text)))
        }
        guard let delta = event["tool_call_delta"], delta.isObject else { return }
        let index = min(max(delta["index"]?.integer ?? 0, 0), 1 << 20)
        let address = PartAddress(choice: 0, slot: Slot.firstToolCall &+ index)
        call.receive(.part(.toolCall, at: address))
        call.receive(.identity(id: nil, name: delta["name"]?.text, at: address))
        if let parameters = delta["parameters"]?.text { call.receive(.text(parameters, .toolCall, at: address)) }
    }

    /// The last line tells the whole answer again; what was not told before is taken from it.
    private static func readEnd(_ event: JSONView, into call: inout CallAssembler) {
        call.receive(.terminated)
        if let reason = event["finish_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        guard let response = event["response"], response.isObject else { return }
        if call.call.choices.first?.parts.isEmpty != false {
            readResponse(response, usageOrigin: "stream_end", into: &call)
        } else {
            readEnvelope(response, usageOrigin: "stream_end", into: &call)
        }
        call.receive(.finalIdentity(id: response["response_id"]?.text, model: nil))
    }
}
