// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The embeddings of Titan, Nova, Cohere and Marengo on Bedrock.
enum BedrockEmbeddings {
    /// - Returns: false when the body holds none.
    static func read(_ body: JSONView, into call: inout CallAssembler) -> Bool {
        var embeddings = Embeddings()
        if let vector = body["embedding"] {
            embeddings.add(vector)
            if let byType = body["embeddingsByType"] { embeddings.omittedByteCount &+= byType.count }
        } else if let list = body["embeddings"] {
            CohereEmbed.count(list, into: &embeddings)
        } else if let list = body["data"], list.isArray {
            CohereEmbed.count(list, into: &embeddings)
        } else {
            return false
        }
        call.receive(.embeddings(embeddings))
        call.receiveCounts(["inputTextTokenCount"], of: body, origin: "response")
        return true
    }
}
