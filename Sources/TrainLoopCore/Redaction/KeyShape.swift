// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Strings that look like the keys of known services, whoever's they are.
///
/// Each shape is found by one byte inside its prefix that is rare in text, then checked around it.
struct KeyShape {
    let prefix: StaticString
    /// Where in the prefix the byte stands that the shape is looked for by.
    let triggerOffset: Int
    let rule: StaticString
    /// The fewest bytes after the prefix.
    let least: Int
    let alphabet: Alphabet
    /// Without a digit or capital it is a word with hyphens.
    var needsDigitOrCapital = false

    enum Alphabet {
        /// Letters, digits, `-`, `_`.
        case token
        /// Letters and digits.
        case alphanumeric
        /// Capitals and digits, exactly as many as `least`.
        case capitalsExactly
        /// Three runs of token bytes with dots between them.
        case jsonWebToken
    }

    /// The longer prefix of two comes first.
    static let all: [KeyShape] = [
        KeyShape(prefix: "sk-ant-", triggerOffset: 2, rule: "anthropic-key", least: 16, alphabet: .token),
        KeyShape(prefix: "sk-proj-", triggerOffset: 2, rule: "openai-key", least: 16, alphabet: .token),
        KeyShape(prefix: "sk-svcacct-", triggerOffset: 2, rule: "openai-key", least: 16, alphabet: .token),
        KeyShape(prefix: "sk-admin-", triggerOffset: 2, rule: "openai-key", least: 16, alphabet: .token),
        KeyShape(prefix: "sk-or-", triggerOffset: 2, rule: "openrouter-key", least: 16, alphabet: .token),
        KeyShape(
            prefix: "sk-", triggerOffset: 2, rule: "openai-key", least: 20, alphabet: .token, needsDigitOrCapital: true),
        KeyShape(prefix: "csk-", triggerOffset: 3, rule: "cerebras-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "xai-", triggerOffset: 3, rule: "xai-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "pplx-", triggerOffset: 4, rule: "perplexity-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "nvapi-", triggerOffset: 5, rule: "nvidia-key", least: 20, alphabet: .token),
        KeyShape(prefix: "xoxa-", triggerOffset: 4, rule: "slack-token", least: 10, alphabet: .token),
        KeyShape(prefix: "xoxb-", triggerOffset: 4, rule: "slack-token", least: 10, alphabet: .token),
        KeyShape(prefix: "xoxp-", triggerOffset: 4, rule: "slack-token", least: 10, alphabet: .token),
        KeyShape(prefix: "xoxr-", triggerOffset: 4, rule: "slack-token", least: 10, alphabet: .token),
        KeyShape(prefix: "xoxs-", triggerOffset: 4, rule: "slack-token", least: 10, alphabet: .token),
        KeyShape(prefix: "gsk_", triggerOffset: 3, rule: "groq-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "ek_", triggerOffset: 2, rule: "openai-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "sk_", triggerOffset: 2, rule: "elevenlabs-key", least: 32, alphabet: .alphanumeric),
        KeyShape(prefix: "fw_", triggerOffset: 2, rule: "fireworks-key", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "hf_", triggerOffset: 2, rule: "huggingface-token", least: 20, alphabet: .alphanumeric),
        KeyShape(prefix: "r8_", triggerOffset: 2, rule: "replicate-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "github_pat_", triggerOffset: 6, rule: "github-token", least: 20, alphabet: .token),
        KeyShape(prefix: "ghp_", triggerOffset: 3, rule: "github-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "gho_", triggerOffset: 3, rule: "github-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "ghu_", triggerOffset: 3, rule: "github-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "ghs_", triggerOffset: 3, rule: "github-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "ghr_", triggerOffset: 3, rule: "github-token", least: 30, alphabet: .alphanumeric),
        KeyShape(prefix: "auth_tokens/", triggerOffset: 4, rule: "google-token", least: 20, alphabet: .token),
        KeyShape(prefix: "AIza", triggerOffset: 1, rule: "google-key", least: 30, alphabet: .token),
        KeyShape(prefix: "AKIA", triggerOffset: 2, rule: "aws-key", least: 16, alphabet: .capitalsExactly),
        KeyShape(prefix: "ASIA", triggerOffset: 2, rule: "aws-key", least: 16, alphabet: .capitalsExactly),
        KeyShape(prefix: "eyJ", triggerOffset: 2, rule: "jwt", least: 10, alphabet: .jsonWebToken),
    ]

    var trigger: UInt8 { prefix.utf8Start[triggerOffset] }
    /// The byte of the prefix directly before the trigger.
    var beforeTrigger: UInt8 { prefix.utf8Start[triggerOffset &- 1] }

    /// The end of a key whose prefix begins at `start`, or nil when this is none.
    func end(_ line: UnsafePointer<UInt8>, _ start: Int, _ count: Int) -> Int? {
        let length = prefix.utf8CodeUnitCount
        guard start >= 0, start &+ length &+ least <= count else { return nil }
        for index in 0..<length where line[start &+ index] != prefix.utf8Start[index] { return nil }
        guard Self.isBoundary(line, start), !LineEscape.isInEscape(line, start) else { return nil }
        let from = start &+ length
        switch alphabet {
        case .token, .alphanumeric: return runEnd(line, from, count)
        case .capitalsExactly: return capitalsEnd(line, from, count)
        case .jsonWebToken: return jsonWebTokenEnd(line, from, count)
        }
    }

    private func runEnd(_ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int? {
        var index = from
        var isMixed = false
        while index < count {
            let byte = line[index]
            guard byte.isAlphanumericASCII || (alphabet == .token && Self.isHyphen(byte)) else { break }
            if byte &- 0x30 < 10 || byte &- 0x41 < 26 { isMixed = true }
            index &+= 1
        }
        return index &- from >= least && (isMixed || !needsDigitOrCapital) ? index : nil
    }

    private func capitalsEnd(_ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int? {
        let end = from &+ least
        for index in from..<end where !(line[index] &- 0x30 < 10 || line[index] &- 0x41 < 26) { return nil }
        return end < count && line[end].isAlphanumericASCII ? nil : end
    }

    private func jsonWebTokenEnd(_ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int? {
        var index = from
        for run in 0..<3 {
            let runStart = index
            while index < count, line[index].isAlphanumericASCII || Self.isHyphen(line[index]) { index &+= 1 }
            guard index &- runStart >= least else { return nil }
            guard run < 2 else { break }
            guard index < count, line[index] == UInt8(ascii: ".") else { return nil }
            index &+= 1
        }
        return index
    }

    @inline(__always)
    private static func isHyphen(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// True when no key goes on before `start`: another kind of byte stands there, or the last letter of an escape, be it
    /// one of a JSON text inside this one.
    private static func isBoundary(_ line: UnsafePointer<UInt8>, _ start: Int) -> Bool {
        guard start > 0 else { return true }
        let before = line[start &- 1]
        guard before.isAlphanumericASCII || isHyphen(before) else { return true }
        let isUnicode = start >= 6 && line[start &- 6] == UInt8(ascii: "\\") && line[start &- 5] == UInt8(ascii: "u")
        return isUnicode || start >= 2 && line[start &- 2] == UInt8(ascii: "\\")
    }
}

/// Where escapes stand in a line of JSON.
enum LineEscape {
    /// True when the byte at `index` belongs to an escape, and is not its backslash.
    static func isInEscape(_ line: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        var offset = 1
        while offset <= 5, offset <= index {
            let at = index &- offset
            if line[at] == UInt8(ascii: "\\"), isEscapeStart(line, at) {
                return offset == 1 || line[at &+ 1] == UInt8(ascii: "u")
            }
            offset &+= 1
        }
        return false
    }

    /// True when the backslash at `index` begins an escape: an even number of backslashes stands before it.
    private static func isEscapeStart(_ line: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        var before = 0
        while before < index, before < runLimit, line[index &- before &- 1] == UInt8(ascii: "\\") { before &+= 1 }
        return before & 1 == 0
    }

    /// More backslashes in a row than this are not counted, so that a line of nothing else costs no square of its length.
    private static let runLimit = 256
}
