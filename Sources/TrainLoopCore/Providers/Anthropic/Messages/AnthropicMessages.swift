// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Messages format of Anthropic.
///
/// Source: https://docs.claude.com/en/api/messages
enum AnthropicMessages {
    static let parser = ProviderParser(
        api: "messages",
        matches: {
            isCertain($0)
                || $0.isPost(toPathEndingIn: "/messages") && ASCII.firstRange(of: "/threads/", in: $0.path) == nil
        },
        readRequest: { body, reading in
            let body = JSONObject(body)
            reading.takeModel(body["model"])
            reading.takeContent(body["system"], role: "system")
            reading.takeMessages(body["messages"])
            reading.noteSession(previousResponseID: nil, user: body["metadata"]?["user_id"]?.text)
        },
        readResponse: AnthropicMessagesResponse.read,
        readStreamEvent: AnthropicMessagesStream.read,
        isCertain: isCertain)

    /// Gateways leave the version out, and others have messages too.
    @Sendable private static func isCertain(_ line: RequestLine) -> Bool { line.isPost(toPathEndingIn: "/v1/messages") }

    /// A message is the one choice; the index of a content block is its slot.
    static func address(_ index: Int64) -> PartAddress { PartAddress(choice: 0, slot: index) }
}
