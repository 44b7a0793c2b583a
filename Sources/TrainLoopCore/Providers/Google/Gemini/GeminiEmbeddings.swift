// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Embeddings of Google: `embedContent`, `batchEmbedContents`, and Vertex AI's `predict` of an embedding model.
///
/// Source: https://ai.google.dev/api/embeddings
enum GeminiEmbeddings {
    static let parser = ProviderParser(
        api: "embeddings",
        matches: { line in
            line.isPost(toPathEndingIn: ":embedContent") || line.isPost(toPathEndingIn: ":batchEmbedContents")
                || line.isPost(toPathEndingIn: ":predict") && ASCII.firstRange(of: "embedding", in: line.path) != nil
        },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["content"], role: "user")
            reading.takeEach(body["requests"] ?? body["instances"], member: "content", role: "user")
        },
        readResponse: read,
        readStreamEvent: { _, body, _, call in read(body, into: &call) })

    @Sendable private static func read(_ body: JSONView, into call: inout CallAssembler) {
        if let usage = body["usageMetadata"], usage.isObject {
            call.receive(.usage(usage, .gemini, origin: "response"))
        }
        call.receiveOthers(
            of: body, except: ["usageMetadata", "embedding", "embeddings", "predictions"], in: .response)
        var embeddings = Embeddings()
        if let values = body["embedding"]?["values"] { embeddings.add(values) }
        body["embeddings"]?.forEachElement { if let values = $0["values"] { embeddings.add(values) } }
        body["predictions"]?.forEachElement { prediction in
            if let values = prediction["embeddings"]?["values"] { embeddings.add(values) }
            if let values = prediction["textEmbedding"] { embeddings.add(values) }
            if let values = prediction["imageEmbedding"] { embeddings.add(values) }
            prediction["videoEmbeddings"]?.forEachElement { if let values = $0["embedding"] { embeddings.add(values) } }
        }
        call.receiveWithoutVectors(body, ["embedding", "embeddings", "predictions"])
        if embeddings.count > 0 { call.receive(.embeddings(embeddings)) }
    }
}
