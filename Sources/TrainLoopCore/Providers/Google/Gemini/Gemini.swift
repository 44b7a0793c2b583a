// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The content format of Google: `generateContent` and `streamGenerateContent`, of the Gemini API and of Vertex AI.
///
/// Source: https://ai.google.dev/api/generate-content
enum Gemini {
    static let parser = ProviderParser(
        api: "generate_content",
        matches: {
            $0.isPost(toPathEndingIn: ":generateContent") || $0.isPost(toPathEndingIn: ":streamGenerateContent")
        },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            let body = JSONObject(wrapped(body, &reading))
            let system = body["systemInstruction"] ?? body["system_instruction"]
            if system?.isObject == true {
                reading.takeParts(system, role: "system")
            } else {
                reading.takeContent(system, role: "system")
            }
            reading.takeMessages(body["contents"])
        },
        readResponse: { body, call in GeminiResponse.read(body, isStream: false, into: &call) },
        readStreamEvent: { _, event, memory, call in
            GeminiResponse.read(event, isStream: true, &memory.partialCalls, into: &call)
        },
        framing: .jsonArray)

    /// The request itself; Code Assist, which Gemini's command line speaks to, wraps it with the model.
    private static func wrapped(_ body: JSONView, _ reading: inout RequestReading) -> JSONView {
        guard body["contents"] == nil, let inner = body["request"], inner.isObject else { return body }
        reading.open(inner)
        return inner
    }

    static let countTokens = ProviderParser.shown(
        "count_tokens", matches: { $0.isPost(toPathEndingIn: ":countTokens") },
        readRequest: { body, reading in
            let inner = body["generateContentRequest"] ?? body["generate_content_request"]
            if let inner { reading.open(inner) }
            parser.readRequest(inner ?? body, &reading)
        })
}
