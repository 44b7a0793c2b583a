// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Completions format that came before chat: a prompt goes in, texts come out.
///
/// Its answers are read as those of chat completions, whose choices hold a `message` where these hold a `text`; some
/// gateways send the one under the path of the other.
///
/// Source: https://platform.openai.com/docs/api-reference/completions
enum Completions {
    static let parser = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/completions") || $0.isPost(toPathEndingIn: "/v1/edits") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takePrompts(body["prompt"] ?? body["input"])
            reading.takeMessages(body["messages"])
            reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        },
        readResponse: { body, call in
            if isLlamaServer(body) { return LlamaServer.parser.readResponse(body, &call) }
            ChatCompletionsResponse.read(body, into: &call)
        },
        readStreamEvent: { name, event, memory, call in
            if isLlamaServer(event) { return LlamaServer.parser.readStreamEvent(name, event, &memory, &call) }
            ChatCompletionsStream.read(name, event, &memory, &call)
        })

    /// llama.cpp has its own format at this path too, where no version is before it.
    private static func isLlamaServer(_ body: JSONView) -> Bool {
        body["choices"] == nil && body["stop"]?.bool != nil
    }
}
