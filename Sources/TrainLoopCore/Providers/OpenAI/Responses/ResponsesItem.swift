// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One item of a response's output: a message, reasoning, a call of the application's or of the provider's tools.
enum ResponsesItem {
    static func read(_ item: JSONView, outputIndex: Int64, into call: inout CallAssembler) {
        guard let type = item["type"]?.text else { return }
        let address = PartAddress(choice: 0, slot: Responses.Slot.item(outputIndex))
        if type.isEqual(to: "message") {
            readMessage(item, outputIndex, &call)
        } else if type.isEqual(to: "reasoning") {
            readReasoning(item, outputIndex, &call)
        } else if type.isEqual(to: "function_call") {
            call.receive(.part(.toolCall, at: address))
            call.receive(
                .identity(id: identity(of: item), name: item["name"]?.text, at: address))
            if let arguments = item["arguments"]?.text { call.receive(.text(arguments, .toolCall, at: address)) }
        } else if type.isEqual(to: "custom_tool_call") {
            call.receive(.part(.toolCall, at: address))
            call.receive(.freeform(at: address))
            call.receive(
                .identity(id: identity(of: item), name: item["name"]?.text, at: address))
            if let input = item["input"]?.text { call.receive(.text(input, .toolCall, at: address)) }
        } else {
            readOther(item, type, at: address, &call)
        }
    }

    /// The id under which the call's answer will be told, or its own.
    private static func identity(of item: JSONView) -> JSONText? {
        if let id = item["call_id"]?.text, !id.isEmpty { return id }
        return item["id"]?.text
    }

    private static func readMessage(_ item: JSONView, _ outputIndex: Int64, _ call: inout CallAssembler) {
        if let role = item["role"]?.text { call.receive(.role(role, choice: 0)) }
        var index: Int64 = 0
        item["content"]?.forEachElement { content in
            readContent(content, at: PartAddress(choice: 0, slot: Responses.Slot.content(outputIndex, index)), &call)
            index &+= 1
        }
    }

    private static func readContent(_ content: JSONView, at address: PartAddress, _ call: inout CallAssembler) {
        guard let type = content["type"]?.text else { return }
        if type.isEqual(to: "output_text") || type.isEqual(to: "text") {
            call.receive(.part(.text, at: address))
            if let text = content["text"]?.text { call.receive(.text(text, .text, at: address)) }
            content["annotations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
            content["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: address)) }
        } else if type.isEqual(to: "refusal") {
            call.receive(.part(.refusal, at: address))
            if let text = content["refusal"]?.text { call.receive(.text(text, .refusal, at: address)) }
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(content, at: address))
        }
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
        item["summary"]?.forEachElement { summary in
            let address = PartAddress(choice: 0, slot: Responses.Slot.summary(outputIndex, index))
            if let text = summary["text"]?.text { tell(text, at: address, isSummary: true) }
            index &+= 1
        }
        index = 0
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
    }

    /// Tools that the provider runs, and items of later days, are kept as they are.
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
        call.receive(.raw(item, at: address))
    }
}
