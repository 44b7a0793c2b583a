// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Models of other houses on Vertex AI: `rawPredict` and `streamRawPredict` carry the bodies of their own formats.
///
/// Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models
enum VertexPartners {
    static let anthropic = AnthropicMessages.parser.served {
        isRaw($0) && ASCII.firstRange(of: "/publishers/anthropic/", in: $0.path) != nil
            && ASCII.firstRange(of: "count-tokens", in: $0.path) == nil
    }

    static let countTokens = TokenCounting.anthropic.served {
        isRaw($0) && ASCII.firstRange(of: "/publishers/anthropic/models/count-tokens", in: $0.path) != nil
    }

    static let documents = Mistral.ocr.served {
        isRaw($0) && ASCII.firstRange(of: "/publishers/mistralai/models/mistral-ocr", in: $0.path) != nil
    }

    /// Mistral, AI21 and others speak chat completions.
    static let others = ChatCompletions.parser.served { isRaw($0) }

    private static func isRaw(_ line: RequestLine) -> Bool {
        line.isPost(toPathEndingIn: ":rawPredict") || line.isPost(toPathEndingIn: ":streamRawPredict")
    }
}
