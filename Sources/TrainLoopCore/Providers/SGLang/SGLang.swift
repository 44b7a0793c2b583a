// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// SGLang's own format: a text in, `{"text", "meta_info"}` out, or a list of them; each event of a stream tells the whole
/// text so far.
///
/// Source: https://docs.sglang.ai/basic_usage/native_api.html
enum SGLang {
    static let parser = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/generate") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takePrompts(body["text"] ?? body["input_ids"])
        },
        readResponse: { body, call in
            var memory = StreamMemory()
            guard body.isArray else {
                read(body, choice: 0, &memory, &call)
                return readCounts(of: body, origin: "response", &call)
            }
            // Each has counts of its own, which stand with it.
            var choice: Int64 = 0
            body.forEachElement { answer in
                read(answer, choice: choice, isOneOfMany: true, &memory, &call)
                choice &+= 1
            }
        },
        readStreamEvent: { _, event, memory, call in
            // Only one of many says which it is.
            let index = event["index"]?.integer
            read(event, choice: index ?? 0, isOneOfMany: index != nil, &memory, &call)
            if index == nil { readCounts(of: event, origin: "final_event", &call) }
        },
        isCertain: { _ in false })

    private static func read(
        _ body: JSONView, choice: Int64, isOneOfMany: Bool = false, _ memory: inout StreamMemory,
        _ call: inout CallAssembler
    ) {
        if let error = body["error"], error.isObject, let described = ProviderError.describe(error) {
            return call.receive(.error(described))
        }
        guard let meta = body["meta_info"], meta.isObject else { return }
        if let text = body["text"]?.text {
            let address = PartAddress(choice: choice, slot: 0)
            if meta["finish_reason"]?.isNull == false { forgetTail(of: address, beyond: text, &call) }
            memory.retold.take(text, .text, at: address, &call)
        }
        if let id = meta["id"]?.text { call.receive(.responseID(id)) }
        if let reason = meta["finish_reason"], let word = (reason["type"] ?? reason).text {
            call.receive(.finishReason(word, choice: choice))
            if let matched = reason["matched"]?.text { call.receive(.stopSequence(matched, choice: choice)) }
        }
        call.receiveOthers(
            of: meta, except: ["id", "finish_reason"] + (isOneOfMany ? [] : counts), in: .choice(choice))
        // The tokens of the text, or all that there is of it.
        let tokens: [StaticString] = body["text"] == nil ? [] : ["output_ids"]
        call.receiveOthers(of: body, except: ["text", "meta_info", "index"] + tokens, in: .choice(choice))
    }

    /// The last event may take back the beginning of what the text was to stop at.
    private static func forgetTail(of address: PartAddress, beyond text: JSONText, _ call: inout CallAssembler) {
        guard let known = call.part(at: address)?.text, known.count > text.count, known.starts(with: text.bytes) else {
            return
        }
        call.receive(.forget(choice: address.choice, slots: address.slot..<(address.slot &+ 1)))
    }

    private static func readCounts(of body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let meta = body["meta_info"] { call.receiveCounts(counts, of: meta, origin: origin) }
    }

    private static let counts: [StaticString] = ["prompt_tokens", "completion_tokens", "cached_tokens"]
}
