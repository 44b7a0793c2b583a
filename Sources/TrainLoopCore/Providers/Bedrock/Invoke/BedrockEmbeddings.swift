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
        if let id = body["id"]?.text { call.receive(.responseID(id)) }
        // The texts come back as they were sent.
        call.receiveOthers(of: body, except: names, in: .response)
        call.receiveCounts(["inputTextTokenCount"], of: body, origin: "response")
        return true
    }

    private static let names: [StaticString] = [
        "embedding", "embeddings", "embeddingsByType", "data", "id", "texts", "inputTextTokenCount", "response_type",
    ]
}
