// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Requests that only ask how many tokens a call would take: they use none, so the count is shown as a body.
enum TokenCounting {
    /// Of messages.
    ///
    /// Source: https://docs.claude.com/en/api/messages-count-tokens
    static let anthropic = parser("/messages/count_tokens", AnthropicMessages.parser)

    /// Of responses.
    ///
    /// Source: https://platform.openai.com/docs/api-reference/responses/input-tokens
    static let openAI = parser("/responses/input_tokens", Responses.parser)

    /// Tokens of a text, and the text of tokens, as Cohere and vLLM give them.
    ///
    /// Source: https://docs.cohere.com/reference/tokenize
    static let tokenize = ProviderParser.shown("tokenize", matches: { $0.isPost(toPathEndingIn: "/tokenize") }) {
        body, reading in
        reading.takeModel(body["model"])
        reading.takeContent(body["text"] ?? body["prompt"], role: "user")
        reading.takeMessages(body["messages"])
    }

    static let detokenize = ProviderParser.shown("detokenize", matches: { $0.isPost(toPathEndingIn: "/detokenize") }) {
        body, reading in
        reading.takeModel(body["model"])
        reading.takeContent(body["tokens"], role: "user")
    }

    private static func parser(_ path: StaticString, _ counted: ProviderParser) -> ProviderParser {
        ProviderParser.shown(
            "count_tokens", matches: { $0.isPost(toPathEndingIn: path) }, readRequest: counted.readRequest)
    }
}
