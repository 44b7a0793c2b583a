// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The server's own format of llama.cpp: a prompt in, `{"content", "stop", "tokens_predicted"}` out; the events of a stream
/// have a piece of the content each.
///
/// Source: https://github.com/ggml-org/llama.cpp/tree/master/tools/server
enum LlamaServer {
    static let parser = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/completion") || $0.isPost(toPathEndingIn: "/infill") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takePrompts(body["prompt"] ?? body["input_prefix"])
        },
        readResponse: { body, call in
            guard body.isArray else { return read(body, origin: "response", &call) }
            body.forEachElement { read($0, origin: "response", &call) }
        },
        readStreamEvent: { _, event, _, call in read(event, origin: "final_event", &call) },
        isCertain: { _ in false })

    private static func read(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let error = body["error"], let described = ProviderError.describe(error) { call.receive(.error(described)) }
        guard let isLast = body["stop"]?.bool else { return }
        let choice = body["index"]?.integer ?? 0
        let address = PartAddress(choice: choice, slot: 0)
        if let text = body["content"]?.text { call.receive(.text(text, .text, at: address)) }
        body["completion_probabilities"]?.forEachElement { call.receive(.logprobs($0, .text, at: address)) }
        guard isLast else { return }
        if let model = body["model"]?.text { call.receive(.responseModel(model)) }
        if let reason = body["stop_type"]?.text { call.receive(.finishReason(reason, choice: choice)) }
        if let word = body["stopping_word"]?.text, !word.isEmpty { call.receive(.stopSequence(word, choice: choice)) }
        call.receiveCounts(counts, of: body, origin: origin)
        // The settings and the prompt are the request's.
        call.receiveOthers(of: body, except: names + counts, in: .choice(choice))
        call.receive(.terminated)
    }

    private static let counts: [StaticString] = ["tokens_evaluated", "tokens_predicted", "tokens_cached"]
    private static let names: [StaticString] = [
        "content", "stop", "index", "model", "stop_type", "stopping_word", "completion_probabilities", "prompt",
        "generation_settings",
    ]
}
