// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// LM Studio's own chat: an answer is a list of items, among them tools that the server called itself, each with its output.
///
/// The events of a stream are pieces of the item that was last begun; the last event repeats the whole answer. Nothing says
/// why an answer ended.
///
/// Source: https://lmstudio.ai/docs/developer/rest/chat
enum LMStudio {
    static let parser = ProviderParser(
        api: "chat",
        matches: { $0.isPost(toPathEndingIn: "/api/v1/chat") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            guard let input = body["input"] else { return }
            reading.takeContent(body["system_prompt"], role: "system")
            reading.takeContent(input, role: "user")
            reading.noteSession(previousResponseID: body["previous_response_id"]?.text, user: nil)
        },
        readResponse: { body, call in read(body, origin: "response", &call) },
        readStreamEvent: { _, event, memory, call in readStreamEvent(event, &memory, &call) },
        isCertain: { $0.port == 1234 })

    private static func read(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let id = body["response_id"]?.text { call.receive(.responseID(id)) }
        if let model = body["model_instance_id"]?.text { call.receive(.responseModel(model)) }
        if let stats = body["stats"], stats.isObject { call.receive(.usage(stats, .counts, origin: origin)) }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        var slot: Int64 = 0
        body["output"]?.forEachElement { item in
            readItem(item, at: PartAddress(choice: 0, slot: slot), &call)
            slot &+= 1
        }
        call.receiveOthers(
            of: body, except: ["response_id", "model_instance_id", "stats", "error", "output"], in: .response)
    }

    private static func readItem(_ item: JSONView, at address: PartAddress, _ call: inout CallAssembler) {
        let type = item["type"]?.text
        if type?.isEqual(to: "message") == true || type?.isEqual(to: "reasoning") == true,
            let text = item["content"]?.text
        {
            call.receive(.text(text, type?.isEqual(to: "message") == true ? .text : .reasoning, at: address))
            call.receiveOthers(of: item, except: ["type", "content"], in: .part(address))
        } else if type?.hasSuffix("tool_call") == true {
            readTool(item, at: address, &call)
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(item, at: address))
        }
    }

    /// A tool's call with what came of it, or as much of it as an event tells.
    private static func readTool(_ item: JSONView, at address: PartAddress, _ call: inout CallAssembler) {
        call.receive(.part(.serverToolCall, at: address))
        call.receive(.identity(id: nil, name: (item["tool"] ?? item["metadata"]?["tool_name"])?.text, at: address))
        call.receive(.raw(item, at: address))
    }

    private static func readStreamEvent(_ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        guard let type = event["type"]?.text else { return }
        let address = PartAddress(choice: 0, slot: memory.lastSlot)
        if type.isEqual(to: "message.delta") || type.isEqual(to: "reasoning.delta") {
            guard let text = event["content"]?.text else { return }
            call.receive(.text(text, type.isEqual(to: "message.delta") ? .text : .reasoning, at: address))
        } else if type.isEqual(to: "tool_call.start") {
            memory.lastSlot &+= 1
            readTool(event, at: PartAddress(choice: 0, slot: memory.lastSlot), &call)
        } else if type.hasPrefix("tool_call.") {
            readTool(event, at: address, &call)
        } else if type.isEqual(to: "message.start") || type.isEqual(to: "reasoning.start") {
            memory.lastSlot &+= 1
        } else if type.isEqual(to: "chat.start") {
            if let model = event["model_instance_id"]?.text { call.receive(.responseModel(model)) }
        } else if type.isEqual(to: "chat.end") {
            if let result = event["result"] {
                if result["output"]?.isArray == true { call.receive(.forget(choice: 0, slots: 0..<Int64.max)) }
                read(result, origin: "final_event", &call)
            }
            call.receive(.terminated)
        } else if type.isEqual(to: "error") {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
        } else if !type.hasPrefix("prompt_processing."), !type.hasPrefix("model_load."), !type.hasSuffix(".end") {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }
}
