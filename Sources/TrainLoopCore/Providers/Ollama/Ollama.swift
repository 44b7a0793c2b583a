// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The native format of Ollama: `chat`, `generate`, and embeddings; a stream is lines of JSON, each like the whole answer.
///
/// Source: https://docs.ollama.com/api
enum Ollama {
    static let chat = ProviderParser(
        api: "chat",
        matches: { $0.isPost(toPathEndingIn: "/api/chat") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeMessages(body["messages"])
        },
        readResponse: { body, call in read(body, origin: "response", &call) },
        readStreamEvent: { _, event, memory, call in readLine(event, &memory, &call) },
        framing: .jsonLines,
        isCertain: isServer)

    static let generate = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/api/generate") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["system"], role: "system")
            reading.takeContent(body["prompt"], role: "user")
        },
        readResponse: { body, call in read(body, origin: "response", &call) },
        readStreamEvent: { _, event, memory, call in readLine(event, &memory, &call) },
        framing: .jsonLines,
        isCertain: isServer)

    static let embeddings = ProviderParser(
        api: "embeddings",
        matches: { $0.isPost(toPathEndingIn: "/api/embed") || $0.isPost(toPathEndingIn: "/api/embeddings") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            let input = body["input"] ?? body["prompt"]
            if input?.isArray == true {
                reading.takeContents(input, role: "user")
            } else {
                reading.takeContent(input, role: "user")
            }
        },
        readResponse: { body, call in
            readEnvelope(body, origin: "response", &call)
            var embeddings = Embeddings()
            embeddings.addAll(body["embeddings"])
            if let vector = body["embedding"] { embeddings.add(vector) }
            if embeddings.count > 0 { call.receive(.embeddings(embeddings)) }
        },
        readStreamEvent: { _, _, _, _ in },
        isCertain: isServer)

    /// On its own port, or the company's host.
    @Sendable private static func isServer(_ line: RequestLine) -> Bool {
        line.port == 11434 || ASCII.hasSuffix(line.host, "ollama.com")
    }

    /// What lies beside the calls: the models on the machine, and how they come there.
    static let models = ProviderParser(
        api: "models",
        matches: { line in
            let paths: [StaticString] = [
                "/api/tags", "/api/show", "/api/ps", "/api/pull", "/api/push", "/api/create", "/api/copy",
                "/api/delete",
                "/api/version",
            ]
            guard isServer(line) else { return false }
            if ASCII.hasPrefix(line.path, "/api/blobs/") { return true }
            for path in paths where ASCII.isEqual(line.path, path) { return true }
            return false
        },
        readRequest: { body, reading in reading.takeModel(body["model"] ?? body["name"]) },
        readResponse: { _, _ in },
        readStreamEvent: { _, event, _, call in
            if let error = event["error"], let described = ProviderError.describe(error) {
                call.receive(.error(described))
            }
        },
        bodyUse: .shown)

    /// Pages found and pages fetched, for the application's own tools.
    ///
    /// Source: https://docs.ollama.com/capabilities/web-search
    static let web = ProviderParser.shown(
        "retrieve",
        matches: { line in
            isServer(line)
                && (line.isPost(toPathEndingIn: "/api/web_search") || line.isPost(toPathEndingIn: "/api/web_fetch"))
        },
        readRequest: { body, reading in reading.takeContent(body["query"] ?? body["url"], role: "user") })

    private enum Slot {
        static let thinking = PartAddress(choice: 0, slot: 0)
        static let text = PartAddress(choice: 0, slot: 1)
        static let last: Int64 = 1
    }

    private static let counts: [StaticString] = [
        "total_duration", "load_duration", "prompt_eval_count", "prompt_eval_duration", "eval_count", "eval_duration",
    ]

    private static let envelopeNames: [StaticString] = [
        "model", "message", "response", "thinking", "image", "images", "role", "content", "tool_calls", "done",
        "done_reason", "error", "embedding", "embeddings", "logprobs",
    ]

    private static func read(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        var memory = StreamMemory()
        readMessage(body, &memory, &call)
        body["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: Slot.text)) }
        readEnvelope(body, origin: origin, &call)
    }

    private static func readLine(_ line: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        readMessage(line, &memory, &call)
        line["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: Slot.text)) }
        if line["done"]?.bool == true || line["error"] != nil {
            readEnvelope(line, origin: "final_line", &call)
            if line["error"] == nil { call.receive(.terminated) }
        } else if let model = line["model"]?.text {
            call.receive(.responseModel(model))
        }
    }

    private static func readEnvelope(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let model = body["model"]?.text { call.receive(.responseModel(model)) }
        if let reason = body["done_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let error = body["error"], let described = ProviderError.describe(error) { call.receive(.error(described)) }
        call.receiveCounts(counts, of: body, origin: origin)
        call.receiveOthers(of: body, except: counts + envelopeNames, in: .response)
    }

    /// The members of a message; those of `generate` stand in the body itself, its text as `response`.
    private static func readMessage(_ body: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        let message = body["message"]
        let isMessage = message?.isObject == true
        (message ?? body).forEachMember { name, value in
            if name.isEqual(to: "content") || name.isEqual(to: "response") {
                if let text = value.text { call.receive(.text(text, .text, at: Slot.text)) }
            } else if name.isEqual(to: "thinking") {
                if let text = value.text, !text.isEmpty { call.receive(.text(text, .reasoning, at: Slot.thinking)) }
            } else if name.isEqual(to: "role") {
                if let role = value.text { call.receive(.role(role, choice: 0)) }
            } else if name.isEqual(to: "tool_calls") {
                value.forEachElement { readToolCall($0, &memory, &call) }
            } else if name.isEqual(to: "images") {
                value.forEachElement { readImage($0, &memory, &call) }
            } else if name.isEqual(to: "image") {
                readImage(value, &memory, &call)
            } else if isMessage {
                call.receive(.other(name, value, in: .choice(0)))
            }
        }
    }

    /// Images and calls come whole, and follow one another.
    private static func next(_ memory: inout StreamMemory) -> PartAddress {
        memory.lastSlot = max(memory.lastSlot, Slot.last) &+ 1
        return PartAddress(choice: 0, slot: memory.lastSlot)
    }

    private static func readImage(_ image: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        guard let data = image.text, !data.isEmpty else { return }
        call.receive(.media(type: nil, data: data, at: next(&memory)))
    }

    private static func readToolCall(_ element: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler) {
        let address = next(&memory)
        let function = element["function"]
        call.receive(.part(.toolCall, at: address))
        call.receive(.identity(id: element["id"]?.text, name: function?["name"]?.text, at: address))
        call.receiveOthers(of: element, except: ["id", "type", "function"], in: .part(address))
        if let function {
            call.receiveOthers(of: function, except: ["name", "arguments", "index"], in: .part(address))
        }
        guard let arguments = function?["arguments"], !arguments.isNull else { return }
        if let text = arguments.text {
            call.receive(.text(text, .toolCall, at: address))
        } else {
            call.receive(.raw(arguments, at: address))
        }
    }
}
