// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The embeddings format of OpenAI and those who speak as it does.
///
/// The vectors themselves are not recorded.
///
/// Source: https://platform.openai.com/docs/api-reference/embeddings
enum OpenAIEmbeddings {
    static let parser = ProviderParser(
        api: "embeddings",
        matches: { $0.isPost(toPathEndingIn: "/embeddings") },
        readRequest: readRequest,
        readResponse: readResponse,
        readStreamEvent: { _, body, _, call in readResponse(body, into: &call) })

    /// `input` is a text, a list of texts, a list of token numbers, or a list of such lists.
    @Sendable private static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        reading.takeModel(body["model"])
        reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        guard let input = body["input"] else { return }
        var isListOfNumbers = true
        input.forEachElement { if $0.kind != .number { isListOfNumbers = false } }
        if input.isArray, !isListOfNumbers {
            reading.takeContents(input, role: "user")
        } else {
            reading.takeContent(input, role: "user")
        }
    }

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        if let id = body["id"]?.text { call.receive(.responseID(id)) }
        if let model = body["model"]?.text { call.receive(.responseModel(model)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .embeddings, origin: "response")) }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        guard let data = body["data"], data.isArray else { return }
        var embeddings = Embeddings()
        data.forEachElement { element in
            if let vector = element["embedding"] { embeddings.add(vector) }
        }
        call.receive(.embeddings(embeddings))
    }
}
