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

    @Sendable private static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        reading.takeModel(body["model"])
        reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        reading.takePrompts(body["input"])
    }

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        OpenAIEnvelope.read(body, usage: .embeddings, usageOrigin: "response", into: &call)
        guard let data = body["data"], data.isArray else { return }
        var embeddings = Embeddings()
        data.forEachElement { element in
            guard let vector = element["embedding"] else { return }
            if embeddings.count == 0 { measure(vector, &embeddings) }
            embeddings.count &+= 1
            embeddings.omittedByteCount &+= vector.count
        }
        call.receive(.embeddings(embeddings))
    }

    private static func measure(_ vector: JSONView, _ embeddings: inout Embeddings) {
        if vector.isArray {
            var count = 0
            vector.forEachElement { _ in count &+= 1 }
            embeddings.dimensions = count
        } else if let text = vector.text {
            embeddings.isBase64 = true
            var digits = 0
            for byte in text.bytes where byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\\") { digits &+= 1 }
            // Base64 of little-endian 32-bit floats.
            embeddings.dimensions = digits &* 3 / 4 / 4
        }
    }
}
