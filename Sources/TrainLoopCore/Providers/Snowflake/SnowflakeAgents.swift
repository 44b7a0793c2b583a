// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Agents of Snowflake Cortex: messages in, a message out whose content is texts, thinking, tool uses and their results.
///
/// The provider runs most tools itself. A stream has events for each item, by its index, and the whole message at the end;
/// the first version has `message.delta` with items that go on where the last ended.
///
/// Source: https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-agents-run
enum SnowflakeAgents {
    static let parser = ProviderParser(
        api: "invoke_agent",
        matches: { line in
            line.isPost(toPathEndingIn: "/cortex/agent:run")
                || line.isPost(toPathWith: "/agents/") && line.isPost(toPathEndingIn: ":run")
        },
        readRequest: ChatCompletions.parser.readRequest,
        readResponse: readMessage,
        readStreamEvent: { name, event, _, call in readEvent(name, event, &call) },
        endsSilently: true)

    @Sendable private static func readMessage(_ message: JSONView, into call: inout CallAssembler) {
        if let error = ProviderError.readBare(message) { return call.receive(.error(error)) }
        if let role = message["role"]?.text { call.receive(.role(role, choice: 0)) }
        var index: Int64 = 0
        message["content"]?.forEachElement { item in
            readItem(item, at: index, &call)
            index &+= 1
        }
        call.receiveOthers(of: message, except: ["role", "content"], in: .response)
    }

    private static func readItem(_ item: JSONView, at index: Int64, _ call: inout CallAssembler) {
        let address = address(index)
        let type = item["type"]?.text
        if type?.isEqual(to: "text") == true, let text = item["text"]?.text {
            call.receive(.text(text, .text, at: address))
            item["annotations"]?.forEachElement { call.receive(.annotation($0, at: address)) }
        } else if type?.isEqual(to: "thinking") == true, let text = (item["thinking"]?["text"] ?? item["text"])?.text {
            call.receive(.text(text, .reasoning, at: address))
        } else if let use = item["tool_use"] {
            readTool(use, of: item, .serverToolCall, at: address, &call)
        } else if let answer = item["tool_result"] ?? item["tool_results"] {
            readTool(answer, of: item, .serverToolCallResponse, at: address, &call)
        } else {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(item, at: address))
        }
    }

    /// A use of a tool, or what it answered; the record keeps the provider's own object.
    private static func readTool(
        _ tool: JSONView, of item: JSONView, _ kind: Part.Kind, at address: PartAddress, _ call: inout CallAssembler
    ) {
        call.receive(.part(kind, at: address))
        call.receive(.identity(id: tool["tool_use_id"]?.text, name: tool["name"]?.text, at: address))
        if tool["client_side_execute"]?.bool == true { call.receive(.forApplication(at: address)) }
        call.receive(.raw(item, at: address))
    }

    private static func address(_ index: Int64?) -> PartAddress {
        PartAddress(choice: 0, slot: min(max(index ?? 0, 0), 1 << 20))
    }

    private static func readEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ call: inout CallAssembler
    ) {
        func isNamed(_ word: StaticString) -> Bool { ASCII.isEqual(name, word) }
        let address = address(event["content_index"]?.integer)
        if isNamed("response.text.delta") || isNamed("response.thinking.delta") {
            guard let text = event["text"]?.text else { return }
            call.receive(.text(text, isNamed("response.text.delta") ? .text : .reasoning, at: address))
        } else if isNamed("message.delta") {
            if let id = event["id"]?.text { call.receive(.responseID(id)) }
            event["delta"]?["content"]?.forEachElement { readPiece($0, &call) }
        } else if isNamed("response.tool_use") {
            readTool(event, of: event, .serverToolCall, at: address, &call)
        } else if isNamed("response.tool_result") {
            readTool(event, of: event, .serverToolCallResponse, at: address, &call)
        } else if isNamed("response.text.annotation"), let annotation = event["annotation"] {
            call.receive(.annotation(annotation, at: address))
        } else if isNamed("response.table") || isNamed("response.chart") {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(event, at: address))
        } else if isNamed("response") {
            call.receive(.forget(choice: 0, slots: 0..<Int64.max))
            readMessage(event, into: &call)
            call.receive(.terminated)
        } else if isNamed("metadata") {
            call.receiveOthers(of: event, except: [], in: .response)
        } else if isNamed("error") {
            call.receive(.error(ProviderError.read(event) ?? CallError(source: .provider)))
        }
    }

    /// An item of a `message.delta`: text that goes on where the last ended, or a whole item after it.
    private static func readPiece(_ item: JSONView, _ call: inout CallAssembler) {
        call.noteDependence()
        let last = call.lastPart(ofChoice: 0)
        let goesOn = last?.kind == .text && item["type"]?.text?.isEqual(to: "text") == true
        readItem(item, at: last.map { goesOn ? $0.slot : $0.slot &+ 1 } ?? 0, &call)
    }
}
