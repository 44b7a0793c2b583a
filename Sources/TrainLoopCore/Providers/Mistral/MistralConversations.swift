// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Conversations of Mistral: a list of entries out, messages and calls of tools; a stream tells each entry in pieces.
///
/// Source: https://docs.mistral.ai/api/endpoint/beta/conversations
enum MistralConversations {
    static let parser = ProviderParser(
        api: "conversations",
        matches: { $0.isPost(toPathWith: "/v1/conversations") && ASCII.hasSuffix($0.host, "mistral.ai") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["instructions"], role: "system")
            if let inputs = body["inputs"], inputs.isArray {
                reading.takeMessages(inputs)
            } else {
                reading.takeContent(body["inputs"], role: "user")
            }
        },
        readResponse: { body, call in
            readEnvelope(body, origin: "response", &call)
            var index: Int64 = 0
            body["outputs"]?.forEachElement { entry in
                readEntry(entry, index, 0, &call)
                index &+= 1
            }
        },
        readStreamEvent: { _, event, _, call in readStreamEvent(event, &call) })

    /// The slots of an entry: its content, or the entry itself.
    private static func address(_ output: Int64, _ content: Int64) -> PartAddress {
        PartAddress(choice: 0, slot: min(max(output, 0), 1 << 40) &* 4096 &+ min(max(content, 0), 4095))
    }

    private static func readEnvelope(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let id = body["conversation_id"]?.text { call.receive(.responseID(id)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .chatCompletions, origin: origin)) }
        call.receiveOthers(
            of: body, except: ["conversation_id", "object", "type", "outputs", "usage", "created_at"], in: .response)
    }

    /// An entry, whole or as an event tells a piece of it: its `type` begins with what it is.
    private static func readEntry(
        _ entry: JSONView, _ output: Int64, _ content: Int64, _ call: inout CallAssembler
    ) {
        if let model = entry["model"]?.text { call.receive(.responseModel(model)) }
        let place = address(output, content)
        let type = entry["type"]?.text
        if type?.hasPrefix("message.output") == true {
            readContent(entry["content"], output, content, &call)
            call.receiveOthers(of: entry, except: entryNames, in: .part(place))
        } else if type?.hasPrefix("function.call") == true {
            call.receive(.part(.toolCall, at: place))
            call.receive(.identity(id: entry["tool_call_id"]?.text, name: entry["name"]?.text, at: place))
            call.receiveOthers(of: entry, except: entryNames, in: .part(place))
            guard let arguments = entry["arguments"] else { return }
            if let text = arguments.text {
                call.receive(.text(text, .toolCall, at: place))
            } else {
                call.receive(.raw(arguments, at: place))
            }
        } else if type?.hasPrefix("tool.execution") == true {
            call.receive(.part(.serverToolCall, at: place))
            call.receive(.identity(id: entry["id"]?.text, name: entry["name"]?.text, at: place))
            if type?.hasSuffix(".delta") == true, let arguments = entry["arguments"]?.text {
                call.receive(.text(arguments, .serverToolCall, at: place))
            } else {
                call.receiveRaw(mergedWith: entry, at: place)
            }
        } else {
            call.receive(.part(.generic, at: place))
            call.receiveRaw(mergedWith: entry, at: place)
        }
    }

    private static let entryNames: [StaticString] = [
        "object", "type", "role", "model", "content", "content_index", "output_index", "name", "arguments",
        "tool_call_id",
    ]

    /// A text, a chunk, or a list of chunks.
    private static func readContent(
        _ content: JSONView?, _ output: Int64, _ index: Int64, _ call: inout CallAssembler
    ) {
        guard let content else { return }
        if let text = content.text { call.receive(.text(text, .text, at: address(output, index))) }
        if content.isObject { readChunk(content, at: address(output, index), &call) }
        var index = index
        content.forEachElement { chunk in
            readChunk(chunk, at: address(output, index), &call)
            index &+= 1
        }
    }

    private static func readChunk(_ chunk: JSONView, at address: PartAddress, _ call: inout CallAssembler) {
        if let text = chunk["text"]?.text {
            call.receive(.text(text, .text, at: address))
        } else if let thinking = chunk["thinking"] {
            call.receive(.part(.reasoning, at: address))
            if let text = thinking.text { call.receive(.text(text, .reasoning, at: address)) }
            thinking.forEachElement { piece in
                if let text = piece["text"]?.text { call.receive(.text(text, .reasoning, at: address)) }
            }
            if let signature = chunk["signature"]?.text { call.receive(.signature(signature, at: address)) }
        } else {
            call.receive(.annotation(chunk, at: address))
        }
    }

    private static func readStreamEvent(_ event: JSONView, _ call: inout CallAssembler) {
        guard let type = event["type"]?.text, !type.isEqual(to: "conversation.response.error") else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        if type.hasPrefix("conversation.response.") {
            readEnvelope(event, origin: "final_event", &call)
            if type.hasSuffix(".done") { call.receive(.terminated) }
        } else {
            readEntry(event, event["output_index"]?.integer ?? 0, event["content_index"]?.integer ?? 0, &call)
        }
    }
}
