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
        matches: {
            // Voyage and Perplexity have words of their own for pictures and for pieces of a document.
            $0.isPost(toPathEndingIn: "/embeddings") || $0.isPost(toPathEndingIn: "/multimodalembeddings")
                || $0.isPost(toPathEndingIn: "/contextualizedembeddings") || $0.isPost(toPathEndingIn: "/embedding")
        },
        readRequest: readRequest,
        readResponse: readResponse,
        readStreamEvent: { _, body, _, call in readResponse(body, into: &call) })

    @Sendable private static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        let body = JSONObject(body)
        reading.takeModel(body["model"])
        reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        // llama.cpp's own has `content`.
        reading.takePrompts(body["input"] ?? body["content"])
        reading.takeContents(body["inputs"], role: "user")
    }

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        if body.isArray { return readList(body, into: &call) }
        OpenAIEnvelope.read(
            body, except: ["data", "embedding"], usage: .embeddings, usageOrigin: "response", into: &call)
        var embeddings = Embeddings()
        guard let data = body["data"], data.isArray else {
            guard let vector = body["embedding"], vector.isArray else { return }
            embeddings.add(vector)
            return call.receive(.embeddings(embeddings))
        }
        data.forEachElement { element in
            if let vector = element["embedding"] { embeddings.add(vector) }
            element["data"]?.forEachElement { if let vector = $0["embedding"] { embeddings.add(vector) } }
        }
        call.receive(.embeddings(embeddings))
    }

    /// A list of them alone, each with a vector, or one for each token (llama.cpp where no version is in the path), or of
    /// the vectors themselves.
    private static func readList(_ list: JSONView, into call: inout CallAssembler) {
        var embeddings = Embeddings()
        list.forEachElement { element in
            guard let vector = element["embedding"] ?? (element.isArray ? element : nil) else { return }
            var first: JSONView?
            vector.forEachElement { if first == nil { first = $0 } }
            if first?.isArray == true { embeddings.addAll(vector) } else { embeddings.add(vector) }
        }
        if embeddings.count > 0 { call.receive(.embeddings(embeddings)) }
    }
}
