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

    init(_ call: SimulatedCall) {
        let prompt = call.prompt
        let quoted = String(Substring(prompt.unicodeScalars.prefix(200)))
        text = "You said: \(quoted) — Grüße aus Zürich 😀, \"quoted\" \\ and\na second line."
        if let count = call.directives.number("bytes") {
            let digits = Array("0123456789abcdef".utf8)
            text = String(decoding: (0..<count).map { digits[$0 & 15] }, as: UTF8.self)
        }
        if call.directives.has("thinking") { reasoning = "The user wants an answer; short is best. Ümlaut." }
        if call.directives.has("refusal") { refusal = "I cannot help with that." }
        // Once it has what its tools gave, a model answers: else a program that calls until there is no call never ends.
        if call.directives.has("tools") || call.mustCallTools, !call.endsInToolResult {
            text = ""
            let names = call.toolNames
            let fingerprint = call.fingerprint
            toolCalls = [
                ("call_\(fingerprint)a", names.first ?? "get_weather", #"{"city":"Zürich","days":3,"unit":"\"C\""}"#),
                (
                    "call_\(fingerprint)b", names.dropFirst().first ?? names.first ?? "get_time",
                    #"{"zone":"Europe/Zurich","offset":-1.50}"#
                ),
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
