// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// OpenAI Embeddings and the list of models.
///
/// Source: https://platform.openai.com/docs/api-reference/embeddings
enum SimulatedEmbeddings {
    static func reply(_ call: SimulatedCall) -> SimulatedReply {
        var count = 0
        if let input = call.json?["input"] {
            // A text, several texts, or one text or several as token numbers: an array of numbers is one.
            input.forEachElement { if $0.kind != .number { count += 1 } }
            count = max(count, 1)
        }
        let isBase64 = call.json?["encoding_format"]?.string == "base64"
        // Three little-endian floats: 0.25, -0.5, 1.
        let vector: SimulatedJSON = isBase64 ? "AACAPgAAAL8AAIA/" : .verbatim("[0.25,-0.5,1.0]")
        let data = (0..<count).map { index -> SimulatedJSON in
            ["object": "embedding", "index": .integer(index), "embedding": vector]
        }
        return .json([
            "object": "list", "data": .array(data), "model": .string(SimulatedChat.model(call)),
            "usage": ["prompt_tokens": .integer(count * 2), "total_tokens": .integer(count * 2)],
        ])
    }

    static var models: SimulatedReply {
        .json([
            "object": "list",
            "data": [["id": "gpt-4o-mini", "object": "model", "created": SimulatedChat.created, "owned_by": "system"]],
        ])
    }
}
