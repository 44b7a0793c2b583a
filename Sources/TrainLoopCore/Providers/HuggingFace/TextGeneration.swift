// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Text generation inference of Hugging Face, and the tasks of its hosted models: `{"inputs", "parameters"}`.
///
/// Source: https://huggingface.github.io/text-generation-inference/
enum TextGeneration {
    static let parser = ProviderParser(
        api: "completions",
        matches: { line in
            line.isPost(toPathEndingIn: "/generate") || line.isPost(toPathEndingIn: "/generate_stream")
        },
        readRequest: { body, reading in reading.takeContent(body["inputs"], role: "user") },
        readResponse: read,
        readStreamEvent: readStreamEvent,
        isCertain: { isHost($0.host) })

    private static func isHost(_ host: [UInt8]) -> Bool {
        ASCII.hasSuffix(host, "huggingface.co") || ASCII.hasSuffix(host, "huggingface.cloud")
    }

    /// The older addresses name a model or a task; which task it is shows in the answer.
    static let task = ProviderParser(
        api: "inference",
        matches: { line in
            isHost(line.host) && line.isPost
                && (ASCII.firstRange(of: "/models/", in: line.path) != nil
                    || ASCII.firstRange(of: "/pipeline/", in: line.path) != nil || ASCII.isEqual(line.path, "/"))
        },
        readRequest: { body, reading in
            let inputs = body["inputs"]
            if inputs?.isArray == true {
                reading.takeContents(inputs, role: "user")
            } else {
                reading.takeContent(inputs, role: "user")
            }
        },
        readResponse: read,
        readStreamEvent: readStreamEvent,
        bodyUse: .shown)

    /// A vector, a list of them, or one for each token of each text.
    static let embeddings = ProviderParser(
        api: "embeddings",
        matches: { line in
            line.isPost(toPathWith: "/feature-extraction") || line.isPost(toPathEndingIn: "/embed")
                || line.isPost(toPathEndingIn: "/embed_all") || line.isPost(toPathEndingIn: "/embed_sparse")
        },
        readRequest: task.readRequest,
        readResponse: { body, call in
            guard body.isArray else { return }
            var embeddings = Embeddings()
            var isVector = false
            body.forEachElement { if $0.kind == .number { isVector = true } }
            if isVector { embeddings.add(body) } else { embeddings.addAll(body) }
            call.receive(.embeddings(embeddings))
        },
        readStreamEvent: { _, _, _, _ in },
        isCertain: { $0.isPost(toPathWith: "/feature-extraction") })

    /// One answer or a list of them.
    @Sendable private static func read(_ body: JSONView, into call: inout CallAssembler) {
        guard body.isArray else { return readAnswer(body, choice: 0, into: &call) }
        var choice: Int64 = 0
        body.forEachElement { element in
            readAnswer(element, choice: choice, into: &call)
            choice &+= 1
        }
    }

    private static func readAnswer(_ body: JSONView, choice: Int64, into call: inout CallAssembler) {
        if let text = (body["generated_text"] ?? body["summary_text"] ?? body["translation_text"])?.text {
            call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: 0)))
        }
        if let details = body["details"], details.isObject { readDetails(details, choice: choice, into: &call) }
        if let error = body["error"], !error.isNull, let described = ProviderError.read(body) {
            call.receive(.error(described))
        }
    }

    private static func readDetails(_ details: JSONView, choice: Int64, into call: inout CallAssembler) {
        if let reason = details["finish_reason"]?.text { call.receive(.finishReason(reason, choice: choice)) }
        call.receiveCounts(["generated_tokens", "input_length"], of: details, origin: "details")
        call.receiveOthers(
            of: details, except: ["finish_reason", "generated_tokens", "input_length"], in: .choice(choice))
    }

    /// Reads a token, of which special ones are no text.
    ///
    /// The last event tells the whole text again.
    @Sendable private static func readStreamEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        let choice = 0 as Int64
        if let token = event["token"], token["special"]?.bool != true, let text = token["text"]?.text {
            call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: 0)))
        }
        if let details = event["details"], details.isObject { readDetails(details, choice: choice, into: &call) }
        if let error = event["error"], !error.isNull, let described = ProviderError.read(event) {
            call.receive(.error(described))
        } else if event["generated_text"]?.text != nil {
            call.receive(.terminated)
        }
    }
}
