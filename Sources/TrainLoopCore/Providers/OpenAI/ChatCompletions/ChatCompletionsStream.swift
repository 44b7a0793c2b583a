// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A streamed answer: chunks `{"id", "model", "choices": [{"index", "delta", "finish_reason"}], "usage"}`, then `[DONE]`.
///
/// Tool calls are told by `index`, first with id and name, then in pieces of their arguments. Servers that send no
/// index, one index for several calls, or a call at once are understood by the id.
enum ChatCompletionsStream {
    static func read(
        _ name: UnsafeBufferPointer<UInt8>, _ chunk: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        // An event named `error` whose data is the error itself.
        if name.count == 5, ASCII.isEqual(name, "error"), chunk["error"] == nil, let error = ProviderError.read(chunk) {
            return call.receive(.error(error))
        }
        var hasChoices = false
        chunk.forEachMember { name, value in
            if name.isEqual(to: "choices") {
                hasChoices = true
                var position: Int64 = 0
                value.forEachElement { choice in
                    readChoice(choice, position: position, &memory, &call)
                    position &+= 1
                }
            } else {
                ChatCompletionsResponse.readEnvelope(name, value, usageOrigin: "final_chunk", into: &call)
            }
        }
        if !hasChoices, let error = ProviderError.readBare(chunk) {
            call.receive(.error(error))
        }
    }

    private static func readChoice(
        _ view: JSONView, position: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        var choice = position
        var delta: JSONView?
        var message: JSONView?
        var text: JSONText?
        var logprobs: JSONView?
        var stop: JSONText?
        var reason: JSONText?
        var hasRare = false
        view.forEachMember { name, value in
            if name.isEqual(to: "delta") {
                if value.isObject { delta = value }
            } else if name.isEqual(to: "index") {
                choice = value.integer ?? position
            } else if name.isEqual(to: "finish_reason") {
                reason = value.text
            } else if name.isEqual(to: "message") {
                if value.isObject { message = value }
            } else if name.isEqual(to: "text") {
                text = value.text
            } else if name.isEqual(to: "logprobs") {
                logprobs = value
            } else if name.isEqual(to: "stop_reason"), value.text != nil {
                stop = value.text
            } else if !value.isNull {
                hasRare = true
            }
        }
        if let delta {
            readDelta(delta, choice: choice, &memory, &call)
        } else if let message {
            readMessage(message, choice: choice, &call)
        } else if let text {
            // A completion that is no chat; some servers send both.
            call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: ChatCompletions.Slot.text)))
        }
        if let logprobs { ChatCompletionsResponse.readLogprobs(logprobs, choice: choice, into: &call) }
        if let reason = reason ?? stop, !reason.isEmpty { call.receive(.finishReason(reason, choice: choice)) }
        if let stop, reason != nil { call.receive(.stopSequence(stop, choice: choice)) }
        if hasRare { ChatCompletionsResponse.readRare(view, choice: choice, into: &call) }
    }

    /// A message at the end of a stream tells again what came in pieces; else it is a piece itself.
    private static func readMessage(_ message: JSONView, choice: Int64, _ call: inout CallAssembler) {
        call.noteDependence()
        let text = call.part(at: PartAddress(choice: choice, slot: ChatCompletions.Slot.text))?.text ?? []
        let isRetold = message["content"]?.text.map { $0.count >= text.count && $0.bytes.starts(with: text) } ?? false
        if text.isEmpty ? retellsCalls(message, choice, call) : isRetold {
            call.receive(.forget(choice: choice, slots: 0..<Int64.max))
        }
        ChatCompletionsMessage.read(message, choice: choice, into: &call)
    }

    /// True when the last call of the message is the last that is known.
    private static func retellsCalls(_ message: JSONView, _ choice: Int64, _ call: CallAssembler) -> Bool {
        guard let last = call.lastPart(ofChoice: choice), last.kind == .toolCall else { return false }
        var id: JSONText?
        message["tool_calls"]?.forEachElement { id = $0["id"]?.text }
        let known = call.part(at: PartAddress(choice: choice, slot: last.slot))
        return id?.bytes.isEqual(to: known?.id ?? []) ?? false
    }

    private static func readDelta(
        _ delta: JSONView, choice: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        delta.forEachMember { name, value in
            if ChatCompletionsMessage.readShared(name, value, choice: choice, into: &call) { return }
            if name.isEqual(to: "tool_calls") {
                readToolCalls(value, choice: choice, &memory, &call)
            } else {
                call.receive(.more(name, value, in: .choice(choice)))
            }
        }
    }

    /// Reads a list of pieces of tool calls, or of whole ones.
    static func readToolCalls(
        _ list: JSONView, choice: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        list.forEachElement { element in
            let slot = slot(for: element, choice: choice, call, &memory)
            ChatCompletionsMessage.readToolCall(element, at: PartAddress(choice: choice, slot: slot), into: &call)
        }
    }

    /// The slot of the call that a piece belongs to.
    private static func slot(
        for element: JSONView, choice: Int64, _ call: CallAssembler, _ memory: inout StreamMemory
    ) -> Int64 {
        let id = element["id"]?.text
        let number = element["index"]?.integer
        // What older servers of Mistral say where they have no id.
        let hasID = id?.isEmpty == false && id?.isEqual(to: "null") == false
        var index = memory.openCalls.count
        while index > 0 {
            index &-= 1
            let open = memory.openCalls[index]
            guard open.choice == choice else { continue }
            if let number {
                guard open.number == number else { continue }
                if hasID, let id, !open.id.isEmpty, !id.bytes.isEqual(to: open.id) {
                    // The same index with another id is another call, if it has a name: some servers make up an id for
                    // each piece.
                    if isNamed(element) { break }
                    return open.slot
                }
            } else if hasID, let id, !id.bytes.isEqual(to: open.id) {
                continue
            }
            let address = PartAddress(choice: choice, slot: open.slot)
            if !hasID, isNamed(element), beginsAnew(element, after: call.part(at: address)) { break }
            if let id, open.id.isEmpty { memory.openCalls[index].id = StreamMemory.known(id) }
            return open.slot
        }
        return open(number, id: id, choice: choice, &memory)
    }

    private static func isNamed(_ element: JSONView) -> Bool {
        (element["function"]?["name"] ?? element["custom"]?["name"] ?? element["name"])?.text?.isEmpty == false
    }

    /// Longer arguments are not taken for whole.
    private static let wholeByteLimit = 1 << 16

    /// Without an id, a call that brings arguments when those of the one before are whole is another.
    private static func beginsAnew(_ element: JSONView, after part: Part?) -> Bool {
        guard let part, let arguments = (element["function"] ?? element)["arguments"] else { return false }
        if OtherMembers.isNothing(arguments) { return false }
        guard part.raw.isEmpty else { return true }
        // Whole or not, it is looked at for each piece that comes.
        guard part.text.last == UInt8(ascii: "}"), part.text.count <= wholeByteLimit else { return false }
        let plain = part.text.withUnsafeBufferPointer { JSONEscape.unescaped($0) }
        return plain.withUnsafeBufferPointer { JSONView(parsing: $0)?.isObject == true }
    }

    private static func open(
        _ number: Int64?, id: JSONText?, choice: Int64, _ memory: inout StreamMemory
    ) -> Int64 {
        guard memory.openCalls.count < StreamMemory.openCallLimit else { return memory.lastSlot }
        // Calls stand in the order of their numbers, whichever came first; those of one number as they came.
        let order = min(max(number ?? memory.openCalls.last?.number ?? 0, 0), 1 << 40)
        memory.lastSlot =
            ChatCompletions.Slot.firstToolCall &+ order &* Int64(StreamMemory.openCallLimit)
            &+ Int64(memory.openCalls.count)
        memory.openCalls.append(
            StreamMemory.OpenCall(
                choice: choice, number: number ?? -1, slot: memory.lastSlot, id: StreamMemory.known(id)))
        return memory.lastSlot
    }
}
