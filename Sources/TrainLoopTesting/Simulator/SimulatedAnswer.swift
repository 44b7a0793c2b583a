// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// What a simulated model says, and in which pieces.
struct SimulatedAnswer {
    var text: String
    /// Pieces as a model's tokens come: every few characters.
    var textPieces: [String] { Self.pieces(text, of: 7) }
    var reasoning: String?
    var refusal: String?
    var toolCalls: [(id: String, name: String, arguments: String)] = []
    var inputTokens: Int
    var outputTokens: Int

    init(_ request: SimulatedRequest, _ directives: SimulatedDirectives) {
        let prompt = request.prompt
        text = "You said: \(prompt.prefix(200)) — Grüße aus Zürich 😀, \"quoted\" \\ and\na second line."
        if let count = directives.number("bytes") {
            text = String(repeating: "0123456789abcdef", count: count / 16 + 1).prefix(count).description
        }
        if directives.has("thinking") { reasoning = "The user wants an answer; short is best. Ümlaut." }
        if directives.has("refusal") { refusal = "I cannot help with that." }
        if directives.has("tools") {
            text = ""
            let fingerprint = request.fingerprint
            toolCalls = [
                ("call_\(fingerprint)a", "get_weather", #"{"city":"Zürich","days":3,"unit":"\"C\""}"#),
                ("call_\(fingerprint)b", "get_time", #"{"zone":"Europe/Zurich","offset":-1.50}"#),
            ]
        }
        inputTokens = 5 + prompt.utf8.count / 4
        outputTokens = 3 + text.utf8.count / 4 + toolCalls.count * 12
    }

    /// Splits a text every `count` characters.
    static func pieces(_ text: String, of count: Int) -> [String] {
        guard text.utf8.count < 100_000 else { return pieces(text, of: 4096, byBytes: text.utf8.count) }
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces.append(String(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        return pieces
    }

    /// Long texts are ASCII (`[sim:bytes=N]`): cut them without walking over characters.
    private static func pieces(_ text: String, of count: Int, byBytes total: Int) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: total, by: count).map {
            String(decoding: bytes[$0..<min($0 + count, total)], as: UTF8.self)
        }
    }
}
