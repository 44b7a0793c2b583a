// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The second chat format of Cohere: messages in, `{"id", "message", "finish_reason", "usage"}` out, streams of typed events.
///
/// Source: https://docs.cohere.com/reference/chat and https://docs.cohere.com/docs/streaming
enum CohereChatV2 {
    static let parser = ProviderParser(
        api: "chat",
        matches: { $0.isPost(toPathEndingIn: "/v2/chat") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeMessages(body["messages"])
        },
        readResponse: readResponse,
        readStreamEvent: { name, event, _, call in readStreamEvent(event, into: &call) },
        isCertain: CohereChat.isCohere)

    /// The plan stands before the content, the content's own index is its slot, tool calls come last.
    private enum Slot {
        static let plan: Int64 = 0
        static let firstContent: Int64 = 1
        static let firstToolCall: Int64 = 1 << 20

        static func content(_ index: Int64) -> PartAddress {
            PartAddress(choice: 0, slot: firstContent &+ min(max(index, 0), firstToolCall &- 2))
        }

        static func toolCall(_ index: Int64) -> PartAddress {
            PartAddress(choice: 0, slot: firstToolCall &+ min(max(index, 0), firstToolCall))
        }
    }

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        if let id = body["id"]?.text { call.receive(.responseID(id)) }
        if let message = body["message"], message.isObject {
            if let role = message["role"]?.text { call.receive(.role(role, choice: 0)) }
            readPlan(message, into: &call)
            if let text = message["content"]?.text { call.receive(.text(text, .text, at: Slot.content(0))) }
            var index: Int64 = 0
            message["content"]?.forEachElement { content in
                readContent(content, at: Slot.content(index), into: &call)
                index &+= 1
            }
            message["citations"]?.forEachElement { readCitation($0, into: &call) }
            index = 0
            message["tool_calls"]?.forEachElement { element in
                ChatCompletionsMessage.readToolCall(element, at: Slot.toolCall(index), into: &call)
                index &+= 1
            }
        }
        readEnd(body, origin: "response", into: &call)
    }

    private static func readEnd(_ body: JSONView, origin: StaticString, into call: inout CallAssembler) {
        if let reason = body["finish_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .cohere, origin: origin)) }
        if let error = body["error"], let described = ProviderError.describe(error) { call.receive(.error(described)) }
        call.receiveOthers(of: body, except: ["id", "message", "finish_reason", "usage", "error"], in: .response)
    }

    /// What the model says of how it will use the tools is its reasoning.
    private static func readPlan(_ message: JSONView, into call: inout CallAssembler) {
        guard let plan = message["tool_plan"]?.text else { return }
        call.receive(.text(plan, .reasoning, at: PartAddress(choice: 0, slot: Slot.plan)))
    }

    private static func readContent(_ content: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        if let text = content["text"]?.text {
            call.receive(.text(text, .text, at: address))
        } else if let thinking = content["thinking"]?.text {
            call.receive(.text(thinking, .reasoning, at: address))
        } else if content["type"] != nil {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(content, at: address))
        }
    }

    private static func readCitation(_ citation: JSONView, into call: inout CallAssembler) {
        let isPlan = citation["type"]?.text?.isEqual(to: "PLAN") ?? false
        let content = Slot.content(citation["content_index"]?.integer ?? 0)
        call.receive(.annotation(citation, at: isPlan ? PartAddress(choice: 0, slot: Slot.plan) : content))
    }

    // MARK: - Streams

    private static func readStreamEvent(_ event: JSONView, into call: inout CallAssembler) {
        guard let type = event["type"]?.text else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        let index = event["index"]?.integer ?? 0
        let delta = event["delta"]
        let message = delta?["message"]
        if type.isEqual(to: "content-delta") || type.isEqual(to: "content-start") {
            if let content = message?["content"] { readContent(content, at: Slot.content(index), into: &call) }
            if let logprobs = event["logprobs"], logprobs.hasMembers {
                call.receive(.logprobs(logprobs, .text, at: Slot.content(index)))
            }
        } else if type.isEqual(to: "tool-plan-delta") {
            if let message { readPlan(message, into: &call) }
        } else if type.isEqual(to: "tool-call-start") || type.isEqual(to: "tool-call-delta") {
            guard let element = message?["tool_calls"] else { return }
            ChatCompletionsMessage.readToolCall(element, at: Slot.toolCall(index), into: &call)
        } else if type.isEqual(to: "citation-start") {
            if let citation = message?["citations"], citation.isObject { readCitation(citation, into: &call) }
        } else if type.isEqual(to: "message-start") {
            if let id = event["id"]?.text { call.receive(.responseID(id)) }
            if let role = message?["role"]?.text { call.receive(.role(role, choice: 0)) }
        } else if type.isEqual(to: "message-end") {
            if let delta { readEnd(delta, origin: "message_end", into: &call) }
            call.receive(.terminated)
        } else if !type.hasSuffix("-end"), !type.isEqual(to: "debug") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }
}
