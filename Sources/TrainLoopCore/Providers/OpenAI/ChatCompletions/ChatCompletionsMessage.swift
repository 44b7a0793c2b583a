// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The members that a whole message and a streamed delta share, and the tool calls of a whole message.
enum ChatCompletionsMessage {
    private typealias Slot = ChatCompletions.Slot

    /// Reads a whole message; of content and calls that it tells twice, the last.
    static func read(_ message: JSONView, choice: Int64, into call: inout CallAssembler) {
        var content: JSONView?
        var toolCalls: JSONView?
        message.forEachMember { name, value in
            if name.isEqual(to: "content") {
                content = value
            } else if name.isEqual(to: "tool_calls") {
                toolCalls = value
            } else if !readShared(name, value, choice: choice, into: &call) {
                call.receive(.other(name, value, in: .choice(choice)))
            }
        }
        if let content { readContent(content, choice: choice, into: &call) }
        var slot = Slot.firstToolCall
        toolCalls?.forEachElement { element in
            readToolCall(element, at: PartAddress(choice: choice, slot: slot), into: &call)
            slot &+= 1
        }
    }

    /// Reads one member of a message or delta; false when it is none of the shared ones.
    @inline(__always)
    static func readShared(_ name: JSONText, _ value: JSONView, choice: Int64, into call: inout CallAssembler) -> Bool {
        if name.isEqual(to: "content") {
            readContent(value, choice: choice, into: &call)
            return true
        }
        if name.isEqual(to: "role") {
            if let text = value.text { call.receive(.role(text, choice: choice)) }
            return true
        }
        return readRare(name, value, choice: choice, into: &call)
    }

    @inline(__always)
    private static func readContent(_ value: JSONView, choice: Int64, into call: inout CallAssembler) {
        if let text = value.text {
            call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: Slot.text)))
        } else if value.isArray {
            value.forEachElement { readContentPart($0, choice: choice, into: &call) }
        } else if value.isObject {
            readContentPart(value, choice: choice, into: &call)
        }
    }

    private static func readRare(
        _ name: JSONText, _ value: JSONView, choice: Int64, into call: inout CallAssembler
    ) -> Bool {
        if let origin = reasoningOrigin(name) {
            if let text = value.text ?? value["content"]?.text ?? value["text"]?.text {
                readReasoning(text, from: origin, choice: choice, into: &call)
            } else {
                call.receive(.more(name, value, in: .choice(choice)))
            }
        } else if name.isEqual(to: "reasoning_details") {
            readReasoningDetails(value, choice: choice, into: &call)
        } else if name.isEqual(to: "refusal") {
            guard let text = value.text else { return true }
            call.receive(.text(text, .refusal, at: PartAddress(choice: choice, slot: Slot.refusal)))
        } else if name.isEqual(to: "function_call") {
            guard value.isObject, hasContent(value, "name", "arguments") else { return true }
            readFunction(value, id: nil, at: PartAddress(choice: choice, slot: Slot.functionCall), into: &call)
        } else if name.isEqual(to: "audio") {
            readAudio(value, at: PartAddress(choice: choice, slot: Slot.audio), into: &call)
        } else if name.isEqual(to: "annotations") {
            let address = PartAddress(choice: choice, slot: Slot.text)
            value.forEachElement { call.receive(.annotation($0, at: address)) }
        } else {
            return false
        }
        return true
    }

    private static func reasoningOrigin(_ name: JSONText) -> CallAssembler.ReasoningOrigin? {
        if name.isEqual(to: "reasoning_content") { return .reasoningContent }
        if name.isEqual(to: "reasoning") { return .reasoning }
        return name.isEqual(to: "thinking") || name.isEqual(to: "reasoning_text") ? .thinking : nil
    }

    /// Some servers send the same reasoning under two names or three; the one that came first is read.
    private static func readReasoning(
        _ text: JSONText, from origin: CallAssembler.ReasoningOrigin, choice: Int64, into call: inout CallAssembler
    ) {
        guard !text.isEmpty, call.takesReasoning(from: origin) else { return }
        call.receive(.text(text, .reasoning, at: PartAddress(choice: choice, slot: Slot.reasoning)))
    }

    /// What OpenRouter and others add to reasoning: `[{"type", "text", "signature", "data", "format"}]`.
    ///
    /// A summary that is told nowhere else is kept as it is, since it is not the reasoning.
    private static func readReasoningDetails(_ list: JSONView, choice: Int64, into call: inout CallAssembler) {
        let address = PartAddress(choice: choice, slot: Slot.reasoning)
        list.forEachElement { detail in
            if let text = detail["text"]?.text { readReasoning(text, from: .details, choice: choice, into: &call) }
            if let signature = detail["signature"]?.text, !signature.isEmpty {
                call.receive(.signature(signature, at: address))
            }
            if let data = detail["data"]?.text, !data.isEmpty { call.receive(.encrypted(data, at: address)) }
            if let summary = detail["summary"], !OtherMembers.isNothing(summary), !call.hasReasoningText {
                call.receive(.part(.reasoning, at: address))
                call.receive(.annotation(detail, at: address))
            } else if call.holds(address) {
                call.receiveOthers(
                    of: detail, except: ["type", "text", "summary", "signature", "data", "index"], in: .part(address))
            }
        }
    }

    /// One of the parts of a content, as Mistral, Databricks and some gateways send it.
    static func readContentPart(_ part: JSONView, choice: Int64, into call: inout CallAssembler) {
        let text = PartAddress(choice: choice, slot: Slot.text)
        if let string = part.text ?? part["text"]?.text {
            call.receive(.text(string, .text, at: text))
        } else if let thinking = part["thinking"] ?? part["summary"] {
            let address = PartAddress(choice: choice, slot: Slot.reasoning)
            if let string = thinking.text { call.receive(.text(string, .reasoning, at: address)) }
            thinking.forEachElement { element in
                if let string = element["text"]?.text { call.receive(.text(string, .reasoning, at: address)) }
                if let signature = element["signature"]?.text, !signature.isEmpty {
                    call.receive(.signature(signature, at: address))
                }
            }
            if let signature = part["signature"]?.text, !signature.isEmpty {
                call.receive(.signature(signature, at: address))
            }
        } else if let refusal = part["refusal"]?.text {
            call.receive(.text(refusal, .refusal, at: PartAddress(choice: choice, slot: Slot.refusal)))
        } else if !OtherMembers.isNothing(part) {
            call.receive(.annotation(part, at: text))
        }
    }

    private static func readAudio(_ value: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        // Some servers fill in every member that the format knows, with nothing.
        guard value.isObject, hasContent(value, "id", "transcript") || hasContent(value, "data", "expires_at") else {
            return
        }
        call.receive(.part(.audio, at: address))
        call.receive(.identity(id: value["id"]?.text, name: nil, at: address))
        if let transcript = value["transcript"]?.text { call.receive(.text(transcript, .audio, at: address)) }
        if let data = value["data"]?.text { call.receive(.data(data, at: address)) }
        call.receiveOthers(of: value, except: ["id", "transcript", "data"], in: .part(address))
    }

    /// Reads `{"id", "type", "function": {"name", "arguments"}}` or the same with `custom` and `input`.
    static func readToolCall(_ element: JSONView, at address: PartAddress, into call: inout CallAssembler) {
        let id = element["id"]?.text
        if let custom = element["custom"], custom.isObject, hasContent(custom, "name", "input") {
            call.receive(.part(.toolCall, at: address))
            call.receive(.freeform(at: address))
            call.receive(.identity(id: id, name: custom["name"]?.text, at: address))
            if let input = custom["input"]?.text { call.receive(.text(input, .toolCall, at: address)) }
            call.receiveOthers(of: element, except: ["id", "type", "index", "function", "custom"], in: .part(address))
        } else if let function = element["function"], function.isObject {
            guard id?.isEmpty == false || hasContent(function, "name", "arguments") else { return }
            readFunction(function, id: id, at: address, into: &call)
            call.receiveOthers(of: element, except: ["id", "type", "index", "function", "custom"], in: .part(address))
        } else if hasContent(element, "id", "name") {
            // A tool of the provider's own, or a call without a function of its own around name and arguments.
            readFunction(element, id: id, at: address, into: &call)
            call.receiveOthers(of: element, except: ["id", "name", "arguments", "index"], in: .part(address))
        }
    }

    /// True when one of two members is there and is neither null nor an empty string nor zero.
    private static func hasContent(_ object: JSONView, _ first: StaticString, _ second: StaticString) -> Bool {
        isContent(object[first]) || isContent(object[second])
    }

    private static func isContent(_ value: JSONView?) -> Bool {
        guard let value, !value.isNull else { return false }
        if let text = value.text { return !text.isEmpty }
        return value.integer != 0
    }

    private static func readFunction(
        _ function: JSONView, id: JSONText?, at address: PartAddress, into call: inout CallAssembler
    ) {
        call.receive(.part(.toolCall, at: address))
        let name = function["name"]?.text
        // Most pieces of a stream name nothing again.
        if id?.isEmpty == false || name?.isEmpty == false {
            call.receive(.identity(id: id, name: name, at: address))
        }
        guard let arguments = function["arguments"] else { return }
        if let text = arguments.text {
            call.receive(.text(text, .toolCall, at: address))
        } else if arguments.isObject {
            // Against the format, but some servers send the object itself.
            call.receive(.raw(arguments, at: address))
        }
    }
}
