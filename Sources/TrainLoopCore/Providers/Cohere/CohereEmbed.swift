// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Embeddings and rerank of Cohere; others rerank in the same shape.
///
/// Source: https://docs.cohere.com/reference/embed
enum CohereEmbed {
    static let parser = ProviderParser(
        api: "embeddings",
        matches: { $0.isPost(toPathEndingIn: "/v1/embed") || $0.isPost(toPathEndingIn: "/v2/embed") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContents(body["texts"], role: "user")
            reading.takeContents(body["images"], role: "user")
            reading.takeEach(body["inputs"], member: "content", role: "user")
        },
        readResponse: { body, call in
            if let id = body["id"]?.text { call.receive(.responseID(id)) }
            if let meta = body["meta"], meta.isObject { call.receive(.usage(meta, .cohere, origin: "response")) }
            // The texts come back as they were sent.
            call.receiveOthers(
                of: body, except: ["id", "meta", "embeddings", "texts", "response_type"], in: .response)
            guard let list = body["embeddings"] else { return }
            var embeddings = Embeddings()
            count(list, into: &embeddings)
            call.receive(.embeddings(embeddings))
        },
        readStreamEvent: { _, _, _, _ in })

    static let rerank = ProviderParser(
        api: "rerank",
        matches: { $0.isPost(toPathEndingIn: "/rerank") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["query"], role: "user")
        },
        readResponse: { body, call in
            if let id = body["id"]?.text { call.receive(.responseID(id)) }
            if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            if let meta = body["meta"], meta.isObject { call.receive(.usage(meta, .cohere, origin: "response")) }
            if let usage = body["usage"], usage.isObject {
                call.receive(.usage(usage, .embeddings, origin: "response"))
            }
        },
        readStreamEvent: { _, _, _, _ in },
        bodyUse: .shown)

    /// A list of vectors, or one such list for each type: `{"float": [...], "int8": [...]}`.
    static func count(_ list: JSONView, into embeddings: inout Embeddings) {
        if list.isArray {
            list.forEachElement { embeddings.add($0["embedding"] ?? $0) }
            return
        }
        var isFirst = true
        list.forEachMember { name, vectors in
            guard vectors.isArray else { return }
            if isFirst {
                embeddings.addAll(vectors)
                isFirst = false
            } else {
                embeddings.omittedByteCount &+= vectors.count
            }
        }
    }
}
