// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One item of a response's output: a message, reasoning, a call of the application's or of the provider's tools.
enum ResponsesItem {
    /// - Parameter isBegun: the item has only begun, so that nothing in it may yet become something.
    static func read(_ item: JSONView, outputIndex: Int64, isBegun: Bool = false, into call: inout CallAssembler) {
        let address = PartAddress(choice: 0, slot: Responses.Slot.item(outputIndex))
        guard let type = item["type"]?.text else {
            if item["content"] != nil { return readMessage(item, outputIndex, isBegun, &call) }
            call.receive(.part(.generic, at: address))
            return call.receive(.raw(item, at: address))
        }
        if type.isEqual(to: "message") {
            readMessage(item, outputIndex, isBegun, &call)
        } else if type.isEqual(to: "reasoning") {
            readReasoning(item, outputIndex, &call)
        } else if type.isEqual(to: "function_call") || type.isEqual(to: "custom_tool_call") {
            readToolCall(item, isCustom: type.isEqual(to: "custom_tool_call"), at: address, &call)
        } else {
            readOther(item, type, at: address, &call)
        }
    }

    private static func readToolCall(
        _ item: JSONView, isCustom: Bool, at address: PartAddress, _ call: inout CallAssembler
    ) {
        call.receive(.part(.toolCall, at: address))
        if isCustom { call.receive(.freeform(at: address)) }
        let id = identity(of: item)
        call.receive(.identity(id: id, name: item["name"]?.text, at: address))
        if let text = item[isCustom ? "input" : "arguments"]?.text {
            call.receive(.text(text, .toolCall, at: address))
        }
        let hasOwnID = item["call_id"]?.text?.isEmpty == false
        call.receiveOthers(
            of: item, except: ["type", "name", "arguments", "input", hasOwnID ? "call_id" : "id"], in: .part(address))
    }

    /// The id under which the call's answer will be told, or its own.
    private static func identity(of item: JSONView) -> JSONText? {
        if let id = item["call_id"]?.text, !id.isEmpty { return id }
        return item["id"]?.text
    }

    private static func readMessage(
        _ item: JSONView, _ outputIndex: Int64, _ isBegun: Bool, _ call: inout CallAssembler
    ) {
        if let role = item["role"]?.text { call.receive(.role(role, choice: 0)) }
        var index: Int64 = 0
        if let text = item["content"]?.text {
            let address = PartAddress(choice: 0, slot: Responses.Slot.content(outputIndex, index))
            call.receive(.text(text, .text, at: address))
            call.receive(.identity(id: item["id"]?.text, name: nil, at: address))
        }
        item["content"]?.forEachElement { content in
            let address = PartAddress(choice: 0, slot: Responses.Slot.content(outputIndex, index))
            if readContent(content, at: address, &call) {
                // A message has no place of its own: each of its texts says which it is of.
                call.receive(.identity(id: item["id"]?.text, name: nil, at: address))
                call.receiveOthers(of: item, except: ["type", "id", "role", "content"], in: .part(address))
            }
            index &+= 1
        }
        guard index == 0, !isBegun, item["content"]?.text == nil else { return }
        // A message of nothing is still one that the provider sent.
        let address = PartAddress(choice: 0, slot: Responses.Slot.item(outputIndex))
        call.receive(.part(.text, at: address))
        call.receive(.identity(id: item["id"]?.text, name: nil, at: address))
        call.receiveOthers(of: item, except: ["type", "id", "role", "content"], in: .part(address))
    }

    /// The beginning of a content that will come in pieces: what it is, and of which item.
    static func begin(_ content: JSONView, of item: JSONText?, at address: PartAddress, _ call: inout CallAssembler) {
        guard let kind = content["type"]?.text, kind.isEqual(to: "output_text") || kind.isEqual(to: "refusal") else {
            return
        }
        call.receive(.part(kind.isEqual(to: "refusal") ? .refusal : .text, at: address))
        call.receive(.identity(id: item, name: nil, at: address))
    }

    /// - Returns: false for content that is kept as it is.
    private static func readContent(
        _ content: JSONView, at address: PartAddress, _ call: inout CallAssembler
    ) -> Bool {
        let type = content["type"]?.text
        if type?.isEqual(to: "output_text") == true || type?.isEqual(to: "text") == true
            || type == nil && content["text"]?.text != nil
        {
            call.receive(.part(.text, at: address))
            if let text = content["text"]?.text { call.receive(.text(text, .text, at: address)) }
            content["annotations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
            content["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: address)) }
            call.receiveOthers(of: content, except: ["type", "text", "annotations", "logprobs"], in: .part(address))
        } else if type?.isEqual(to: "refusal") == true {
            call.receive(.part(.refusal, at: address))
            if let text = content["refusal"]?.text { call.receive(.text(text, .refusal, at: address)) }
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(content, at: address))
            return false
        }
        return true
    }

    /// A part for each summary and each text, all with the item's id; what is encrypted stays with the first.
    private static func readReasoning(_ item: JSONView, _ outputIndex: Int64, _ call: inout CallAssembler) {
        let id = item["id"]?.text
        var first: PartAddress?
        func tell(_ text: JSONText, at address: PartAddress, isSummary: Bool) {
            call.receive(.part(.reasoning, at: address))
            call.receive(.identity(id: id, name: nil, at: address))
            if isSummary { call.receive(.summary(at: address)) }
            call.receive(.text(text, .reasoning, at: address))
            if first == nil { first = address }
        }
        var index: Int64 = 0
        if let text = item["summary"]?.text {
            tell(text, at: PartAddress(choice: 0, slot: Responses.Slot.summary(outputIndex, 0)), isSummary: true)
        }
        item["summary"]?.forEachElement { summary in
            let address = PartAddress(choice: 0, slot: Responses.Slot.summary(outputIndex, index))
            if let text = summary["text"]?.text { tell(text, at: address, isSummary: true) }
            index &+= 1
        }
        index = 0
        if let text = item["content"]?.text {
            tell(text, at: PartAddress(choice: 0, slot: Responses.Slot.content(outputIndex, 0)), isSummary: false)
        }
        item["content"]?.forEachElement { content in
            let address = PartAddress(choice: 0, slot: Responses.Slot.content(outputIndex, index))
            if let text = content["text"]?.text { tell(text, at: address, isSummary: false) }
            index &+= 1
        }
        let address = first ?? PartAddress(choice: 0, slot: Responses.Slot.item(outputIndex))
        if first == nil {
            call.receive(.part(.reasoning, at: address))
            call.receive(.identity(id: id, name: nil, at: address))
        }
        if let encrypted = item["encrypted_content"]?.text { call.receive(.encrypted(encrypted, at: address)) }
        call.receiveOthers(
            of: item, except: ["type", "id", "summary", "content", "encrypted_content"], in: .part(address))
    }

    /// Tools that the provider defines and the application runs, or must allow.
    private static let applicationTools: [StaticString] = [
        "computer_call", "local_shell_call", "shell_call", "apply_patch_call", "mcp_approval_request",
    ]

    /// Tools that the provider defines, and items of later days, are kept as they are.
    private static func readOther(
        _ item: JSONView, _ type: JSONText, at address: PartAddress, _ call: inout CallAssembler
    ) {
        let isCall =
            type.hasSuffix("_call") || type.isEqual(to: "mcp_list_tools") || type.isEqual(to: "mcp_approval_request")
        let isAnswer = type.hasSuffix("_output")
        call.receive(.part(isCall ? .serverToolCall : isAnswer ? .serverToolCallResponse : .generic, at: address))
        if isCall || isAnswer {
            let id = identity(of: item)
            call.receive(.identity(id: id, name: item["name"]?.text, at: address))
        }
        for word in applicationTools where type.isEqual(to: word) { call.receive(.forApplication(at: address)) }
        call.receive(.raw(item, at: address))
    }
}
