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

    private static func parser(_ path: StaticString, _ counted: ProviderParser) -> ProviderParser {
        ProviderParser(
            api: "count_tokens", matches: { $0.isPost(toPathEndingIn: path) }, readRequest: counted.readRequest,
            readResponse: { _, _ in }, readStreamEvent: { _, _, _, _ in }, bodyUse: .shown)
    }
}
