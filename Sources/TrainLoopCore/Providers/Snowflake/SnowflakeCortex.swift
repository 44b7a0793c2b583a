// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Inference of Snowflake Cortex in its first format: chat whose messages hold a `content_list` of texts and tool uses.
///
/// Its other addresses speak the formats of OpenAI and Anthropic.
///
/// Source: https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api
enum SnowflakeCortex {
    static let parser = ProviderParser(
        api: "chat",
        matches: {
            $0.isPost(toPathEndingIn: "/inference:complete") || $0.isPost(toPathEndingIn: "/inference/complete")
        },
        readRequest: ChatCompletions.parser.readRequest,
        readResponse: { body, call in read(body, usageOrigin: "response", into: &call) },
        readStreamEvent: { _, event, _, call in read(event, usageOrigin: "final_chunk", into: &call) },
        endsSilently: true)

    private static func read(_ body: JSONView, usageOrigin: StaticString, into call: inout CallAssembler) {
        var position: Int64 = 0
        body.forEachMember { name, value in
            guard name.isEqual(to: "choices") else {
                return ChatCompletionsResponse.readEnvelope(name, value, usageOrigin: usageOrigin, into: &call)
            }
            value.forEachElement { choice in
                readChoice(choice, choice["index"]?.integer ?? position, &call)
                position &+= 1
            }
        }
        if position == 0, let error = ProviderError.readBare(body) { call.receive(.error(error)) }
    }

    private static func readChoice(_ view: JSONView, _ choice: Int64, _ call: inout CallAssembler) {
        if let message = view["delta"] ?? view["message"] { readMessage(message, choice, &call) }
        if let reason = view["finish_reason"]?.text, !reason.isEmpty {
            call.receive(.finishReason(reason, choice: choice))
        }
        ChatCompletionsResponse.readRare(view, choice: choice, into: &call)
    }

    /// Members of a message that say again what its `content_list` says.
    private static let retold: [StaticString] = [
        "type", "content", "content_list", "text", "tool_use_id", "name", "input",
    ]

    private static func readMessage(_ message: JSONView, _ choice: Int64, _ call: inout CallAssembler) {
        let text = PartAddress(choice: choice, slot: ChatCompletions.Slot.text)
        let content = message["content"]?.text
        if let content { call.receive(.text(content, .text, at: text)) }
        // Its texts count where there is no content.
        if message["content_list"] != nil { call.noteDependence() }
        message["content_list"]?.forEachElement { element in
            let use = element["tool_use"] ?? element
            if use["tool_use_id"] != nil || use["input"] != nil {
                readToolUse(use, choice, &call)
            } else if element["text"]?.text == nil || content?.isEmpty != false {
                ChatCompletionsMessage.readContentPart(element, choice: choice, into: &call)
            }
        }
        message.forEachMember { name, value in
            for word in retold where name.isEqual(to: word) { return }
            if ChatCompletionsMessage.readShared(name, value, choice: choice, into: &call) { return }
            call.receive(.more(name, value, in: .choice(choice)))
        }
    }

    /// `{"tool_use_id", "name"}` begins a call, `{"input"}` goes on with the last; a whole message has all in one.
    private static func readToolUse(_ use: JSONView, _ choice: Int64, _ call: inout CallAssembler) {
        call.noteDependence()
        let last = call.lastPart(ofChoice: choice)
        var slot = ChatCompletions.Slot.firstToolCall
        if let last, last.kind == .toolCall { slot = last.slot }
        let id = use["tool_use_id"]?.text
        if let id, let known = call.part(at: PartAddress(choice: choice, slot: slot)),
            !id.bytes.isEqual(to: known.id)
        {
            slot &+= 1
        }
        let address = PartAddress(choice: choice, slot: slot)
        call.receive(.part(.toolCall, at: address))
        call.receive(.identity(id: id, name: use["name"]?.text, at: address))
        guard let input = use["input"] else { return }
        if let text = input.text {
            call.receive(.text(text, .toolCall, at: address))
        } else if !input.isNull {
            call.receive(.raw(input, at: address))
        }
    }
}
