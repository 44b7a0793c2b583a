// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Responses format of OpenAI.
///
/// Source: https://platform.openai.com/docs/api-reference/responses
enum Responses {
    static let parser = ProviderParser(
        api: "responses",
        matches: { line in
            line.isPost(toPathEndingIn: "/responses") || line.isPost(toPathEndingIn: "/responses/compact")
                || ASCII.hasSuffix(line.host, "perplexity.ai") && line.isPost(toPathEndingIn: "/v1/agent")
        },
        readRequest: { body, reading in
            let body = JSONObject(body)
            reading.takeModel(body["model"])
            reading.takeContent(body["instructions"], role: "system")
            if let input = body["input"], input.isArray {
                reading.takeMessages(input)
            } else {
                reading.takeContent(body["input"], role: "user")
            }
            reading.noteSession(previousResponseID: body["previous_response_id"]?.text, user: body["user"]?.text)
        },
        readResponse: ResponsesResponse.read,
        readStreamEvent: ResponsesStream.read)

    /// The slots of an output item: the item itself, its summaries, its content.
    enum Slot {
        static let slotsPerItem: Int64 = 1 << 20
        private static let half: Int64 = 1 << 19

        static func item(_ outputIndex: Int64) -> Int64 {
            min(max(outputIndex, 0), 1 << 40) &* slotsPerItem
        }

        static func summary(_ outputIndex: Int64, _ index: Int64) -> Int64 {
            item(outputIndex) &+ 1 &+ min(max(index, 0), half &- 2)
        }

        static func content(_ outputIndex: Int64, _ index: Int64) -> Int64 {
            item(outputIndex) &+ half &+ min(max(index, 0), half &- 1)
        }

        static func all(_ outputIndex: Int64) -> Range<Int64> {
            item(outputIndex)..<(item(outputIndex) &+ slotsPerItem)
        }
    }
}
