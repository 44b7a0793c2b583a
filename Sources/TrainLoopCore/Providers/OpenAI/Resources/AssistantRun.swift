// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The stream of an assistant's run: its messages in pieces and then whole, the steps of its tools, and the run itself.
///
/// Source: https://platform.openai.com/docs/api-reference/assistants-streaming/events
enum AssistantRun {
    static func read(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        guard let object = event["object"]?.text else {
            let isError = ASCII.isEqual(name, "error") || event["error"]?.isObject == true
            if isError, let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        if object.isEqual(to: "thread.message.delta") {
            readContents(event["delta"]?["content"], memory, &call)
        } else if object.isEqual(to: "thread.message") {
            if ASCII.hasSuffix(name, ".created") {
                memory.lastSlot = min(memory.lastSlot, 1 << 40) &+ slotsPerMessage
            } else if ASCII.hasSuffix(name, ".completed") || ASCII.hasSuffix(name, ".incomplete") {
                call.receive(.forget(choice: 0, slots: memory.lastSlot..<(memory.lastSlot &+ contentsPerMessage)))
                readContents(event["content"], memory, &call)
            }
        } else if object.isEqual(to: "thread.run.step") {
            if ASCII.hasSuffix(name, ".completed") { readTools(of: event, &memory, &call) }
        } else if object.isEqual(to: "thread.run") {
            readRun(event, &memory, &call)
        }
    }

    /// The contents of a message come first, then the tools that were used behind it.
    private static let slotsPerMessage: Int64 = 1 << 13
    private static let contentsPerMessage: Int64 = 1 << 12

    private static func readContents(_ contents: JSONView?, _ memory: StreamMemory, _ call: inout CallAssembler) {
        var position: Int64 = 0
        contents?.forEachElement { content in
            let index = min(max(content["index"]?.integer ?? position, 0), contentsPerMessage &- 1)
            let address = PartAddress(choice: 0, slot: memory.lastSlot &+ index)
            position &+= 1
            if let text = content["text"], text.isObject {
                call.receive(.part(.text, at: address))
                if let value = text["value"]?.text { call.receive(.text(value, .text, at: address)) }
                text["annotations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
            } else if let refusal = content["refusal"]?.text {
                call.receive(.text(refusal, .refusal, at: address))
            } else {
                call.receive(.part(.generic, at: address))
                call.receive(.raw(content, at: address))
            }
        }
    }

    /// Tools that the provider runs; the application's own stand in the run that asks for their answers.
    private static func readTools(of step: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        step["step_details"]?["tool_calls"]?.forEachElement { tool in
            guard tool["type"]?.text?.isEqual(to: "function") != true else { return }
            let address = nextTool(&memory)
            call.receive(.part(.serverToolCall, at: address))
            call.receive(.identity(id: tool["id"]?.text, name: tool["type"]?.text, at: address))
            call.receive(.raw(tool, at: address))
        }
    }

    private static func nextTool(_ memory: inout StreamMemory) -> PartAddress {
        memory.slotOffset = min(memory.slotOffset, contentsPerMessage &- 2) &+ 1
        return PartAddress(choice: 0, slot: memory.lastSlot &+ contentsPerMessage &+ memory.slotOffset)
    }

    private static func readRun(_ run: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        call.receive(.finalIdentity(id: run["id"]?.text, model: run["model"]?.text))
        if let usage = run["usage"], usage.isObject {
            call.receive(.usage(usage, .chatCompletions, origin: "final_event"))
        }
        if let error = run["last_error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        run["required_action"]?["submit_tool_outputs"]?["tool_calls"]?.forEachElement { tool in
            let address = nextTool(&memory)
            call.receive(.part(.toolCall, at: address))
            call.receive(.identity(id: tool["id"]?.text, name: tool["function"]?["name"]?.text, at: address))
            if let arguments = tool["function"]?["arguments"]?.text {
                call.receive(.text(arguments, .toolCall, at: address))
            }
        }
        guard let status = run["status"]?.text else { return }
        for word in ["queued", "in_progress", "cancelling"] as [StaticString] where status.isEqual(to: word) { return }
        call.receive(.finishReason(run["incomplete_details"]?["reason"]?.text ?? status, choice: 0))
        call.receiveOthers(of: run, except: names, in: .response)
    }

    private static let names: [StaticString] = [
        "id", "object", "model", "usage", "last_error", "required_action", "status", "incomplete_details",
    ]
}
