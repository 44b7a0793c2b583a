// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Chat Completions format, spoken by OpenAI and by most others.
///
/// Source: https://platform.openai.com/docs/api-reference/chat
enum ChatCompletions {
    static let parser = ProviderParser(
        api: "chat",
        matches: {
            // MiniMax has an address of its own as well.
            $0.isPost(toPathEndingIn: "/chat/completions") || $0.isPost(toPathEndingIn: "/text/chatcompletion_v2")
        },
        readRequest: { body, reading in
            // Perplexity puts a request for a later answer into another object.
            let inner = body["messages"] == nil ? body["request"] : nil
            let body = JSONObject(inner ?? body)
            reading.takeModel(body["model"])
            reading.takeMessages(body["messages"])
            reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        },
        readResponse: ChatCompletionsResponse.read,
        readStreamEvent: ChatCompletionsStream.read)

    /// The slots of a choice's parts: reasoning before text, tool calls last, as a reader expects them.
    enum Slot {
        static let reasoning: Int64 = 0
        static let text: Int64 = 1
        static let refusal: Int64 = 2
        static let audio: Int64 = 3
        static let functionCall: Int64 = 4
        static let firstToolCall: Int64 = 16
    }
}
