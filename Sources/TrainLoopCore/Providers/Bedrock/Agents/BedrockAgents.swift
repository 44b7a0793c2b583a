// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Agents and flows of Amazon Bedrock: one text in, a stream of events out whose last is followed by nothing.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_InvokeAgent.html
enum BedrockAgents {
    /// `InvokeAgent`, and `InvokeInlineAgent`, whose request says what the agent is.
    static let agent = ProviderParser(
        api: "invoke_agent",
        matches: { line in
            line.isPost(toPathWith: "/agents/")
                && (line.isPost(toPathWith: "/agentAliases/") && line.isPost(toPathEndingIn: "/text")
                    || isHost(line.host))
        },
        readRequest: { body, reading in
            reading.takeModel(body["foundationModel"])
            reading.takeContent(body["instruction"], role: "system")
            reading.takeContent(body["inputText"], role: "user")
        },
        readResponse: { _, _ in },
        readStreamEvent: { name, event, memory, call in readAgentEvent(name, event, &memory, &call) },
        framing: .eventStream, endsSilently: true)

    static let flow = ProviderParser(
        api: "invoke_flow",
        matches: {
            $0.isPost(toPathWith: "/flows/") && isHost($0.host)
                && ASCII.firstRange(of: "/executions", in: $0.path) == nil
        },
        readRequest: { body, reading in reading.takeEach(body["inputs"], member: "content", role: "user") },
        readResponse: { _, _ in },
        readStreamEvent: { name, event, memory, call in readFlowEvent(name, event, &memory, &call) },
        framing: .eventStream)

    static func isHost(_ host: [UInt8]) -> Bool { ASCII.firstRange(of: "bedrock-agent-runtime", in: host) != nil }

    private static let text = PartAddress(choice: 0, slot: 0)

    /// Traces, files and calls each become a part of their own behind the text.
    private static func next(_ memory: inout StreamMemory) -> PartAddress {
        memory.lastSlot &+= 1
        return PartAddress(choice: 0, slot: memory.lastSlot)
    }

    /// Shows a provider's object as a part of its own.
    static func show(_ object: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        let address = next(&memory)
        call.receive(.part(.generic, at: address))
        call.receive(.raw(object, at: address))
    }

    private static func readAgentEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        if ASCII.isEqual(name, "chunk") {
            readChunk(event, &call)
        } else if ASCII.isEqual(name, "returnControl"), event["invocationInputs"]?.isEmptyArray == false {
            event["invocationInputs"]?.forEachElement { input in
                readInvocation(input, id: event["invocationId"]?.text, at: next(&memory), &call)
            }
        } else if ASCII.isEqual(name, "files") {
            event["files"]?.forEachElement { file in
                guard let data = file["bytes"]?.text else { return show(file, &memory, &call) }
                let address = next(&memory)
                call.receive(.media(type: file["type"]?.text, data: data, at: address))
                call.receiveOthers(of: file, except: ["bytes", "type"], in: .part(address))
            }
        } else {
            show(event, &memory, &call)
            if !ASCII.isEqual(name, "trace"), !ASCII.isEqual(name, "returnControl") {
                call.receive(.diagnostic(.streamUnknownEvent))
            }
        }
    }

    /// A piece of the text, in base64, and what it was taken from.
    private static func readChunk(_ event: JSONView, _ call: inout CallAssembler) {
        call.receive(.part(.text, at: text))
        if let bytes = event["bytes"]?.text.flatMap({ Base64.decode($0) }) {
            var escaped: [UInt8] = []
            let isValid = bytes.withUnsafeBufferPointer { JSONEscape.append($0, to: &escaped) }
            if !isValid { call.receive(.diagnostic(.invalidUTF8)) }
            escaped.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                call.receive(.text(JSONText(start: base, count: buffer.count), .text, at: text))
            }
        } else if event["bytes"] != nil {
            call.receive(.diagnostic(.streamEventNotJSON))
        }
        event["attribution"]?["citations"]?.forEachElement { call.receive(.annotation($0, at: text)) }
    }

    /// A function, or an operation of an API, that the application is to call; its answer names the invocation.
    private static func readInvocation(
        _ input: JSONView, id: JSONText?, at address: PartAddress, _ call: inout CallAssembler
    ) {
        input.forEachMember { _, invocation in
            call.receive(.part(.toolCall, at: address))
            let name = (invocation["function"] ?? invocation["apiPath"])?.text
            call.receive(.identity(id: id, name: name, at: address))
            let arguments = invocation["parameters"] ?? invocation["requestBody"]
            if let arguments { call.receive(.raw(arguments, at: address)) }
            call.receiveOthers(of: invocation, except: ["function", "parameters"], in: .part(address))
        }
    }

    private static func readFlowEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        if ASCII.isEqual(name, "flowOutputEvent") {
            let address = next(&memory)
            if let document = event["content"]?["document"]?.text {
                call.receive(.text(document, .text, at: address))
                call.receiveOthers(of: event, except: ["content"], in: .part(address))
            } else {
                call.receive(.part(.generic, at: address))
                call.receive(.raw(event, at: address))
            }
        } else if ASCII.isEqual(name, "flowCompletionEvent") {
            if let reason = event["completionReason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
            call.receive(.terminated)
        } else {
            show(event, &memory, &call)
        }
    }
}
