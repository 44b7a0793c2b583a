// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One part of a candidate's content: text, thought, a call of a function or of a tool of the provider's, code, media.
///
/// The pieces of a stream do not say to which part they belong: text goes to the last part when that is of its kind.
enum GeminiPart {
    static func read(
        _ part: JSONView, choice: Int64, isStream: Bool, _ partialCalls: inout [GeminiPartialCall],
        into call: inout CallAssembler
    ) {
        var isThought = false
        var signature: JSONText?
        var content: (name: JSONText, value: JSONView)?
        var hasMore = false
        part.forEachMember { name, value in
            if name.isEqual(to: "thought") {
                isThought = value.bool ?? false
            } else if name.isEqual(to: "thoughtSignature") {
                signature = value.text
            } else if isContent(name) {
                content = (name, value)
            } else {
                hasMore = true
                if content == nil { content = (name, value) }
            }
        }
        let last = call.lastPart(ofChoice: choice)
        let next = PartAddress(choice: choice, slot: last.map { $0.slot &+ 1 } ?? 0)
        guard let content else {
            guard let signature else { return }
            return call.receive(
                .signature(signature, at: last.map { PartAddress(choice: choice, slot: $0.slot) } ?? next))
        }
        var address = next
        if let text = content.value.text, content.name.isEqual(to: "text") {
            let kind: Part.Kind = isThought ? .reasoning : .text
            if isStream, let last, last.kind == kind, !last.isSigned {
                address = PartAddress(choice: choice, slot: last.slot)
            }
            call.receive(.text(text, kind, at: address))
        } else if content.name.isEqual(to: "functionCall") {
            address = readFunctionCall(content.value, at: next, &partialCalls, &call) ?? next
        } else {
            readOther(part, content.name, content.value, at: next, &call)
        }
        if let signature, !signature.isEmpty { call.receive(.signature(signature, at: address)) }
        let isShownThought = isThought && content.name.isEqual(to: "inlineData")
        guard hasMore || isShownThought, isContent(content.name) else { return }
        let told = isShownThought ? contentNames : contentNames + ["thought"]
        call.receiveOthers(of: part, except: told + ["thoughtSignature"], in: .part(address))
    }

    private static let contentNames: [StaticString] = [
        "text", "functionCall", "functionResponse", "inlineData", "fileData", "executableCode", "codeExecutionResult",
        "toolCall", "toolResponse",
    ]

    private static func isContent(_ name: JSONText) -> Bool {
        for known in contentNames where name.isEqual(to: known) { return true }
        return false
    }

    /// - Returns: where the call went: to the open one, when this is a piece of its arguments.
    private static func readFunctionCall(
        _ function: JSONView, at next: PartAddress, _ partialCalls: inout [GeminiPartialCall],
        _ call: inout CallAssembler
    ) -> PartAddress? {
        let name = function["name"]?.text
        let open = partialCalls.firstIndex { $0.choice == next.choice }
        let willContinue = function["willContinue"]?.bool ?? false
        if name == nil, let open {
            partialCalls[open].take(function["partialArgs"])
            let address = PartAddress(choice: next.choice, slot: partialCalls[open].slot)
            guard !willContinue else { return address }
            partialCalls.remove(at: open).tell(to: &call)
            return address
        }
        // A call that another one interrupts has what it has.
        if let open { partialCalls.remove(at: open).tell(to: &call) }
        call.receive(.part(.toolCall, at: next))
        call.receive(.identity(id: function["id"]?.text, name: name, at: next))
        if let arguments = function["args"], !arguments.isNull { call.receive(.raw(arguments, at: next)) }
        call.receiveOthers(
            of: function, except: ["id", "name", "args", "partialArgs", "willContinue"], in: .part(next))
        if willContinue || function["partialArgs"] != nil {
            var partial = GeminiPartialCall(choice: next.choice, slot: next.slot)
            partial.take(function["partialArgs"])
            if willContinue, partialCalls.count < GeminiPartialCall.countLimit {
                partialCalls.append(partial)
            } else {
                partial.tell(to: &call)
            }
        }
        return next
    }

    private static func readOther(
        _ part: JSONView, _ name: JSONText, _ value: JSONView, at address: PartAddress, _ call: inout CallAssembler
    ) {
        if name.isEqual(to: "inlineData"), let data = value["data"]?.text {
            call.receive(.media(type: value["mimeType"]?.text, data: data, at: address))
            return call.receiveOthers(of: value, except: ["mimeType", "data"], in: .part(address))
        }
        let isCall = name.isEqual(to: "executableCode") || name.isEqual(to: "toolCall")
        let isAnswer = name.isEqual(to: "codeExecutionResult") || name.isEqual(to: "toolResponse")
        call.receive(.part(isCall ? .serverToolCall : isAnswer ? .serverToolCallResponse : .generic, at: address))
        guard isCall || isAnswer else { return call.receive(.raw(part, at: address)) }
        call.receive(.identity(id: value["id"]?.text, name: value["toolType"]?.text, at: address))
        call.receive(.raw(value, at: address))
    }
}
