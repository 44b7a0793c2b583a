// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The one list of wire formats that are understood.
///
/// To add one: a folder with its parser, and a line here.
enum ProviderCatalog {
    static let parsers: [ProviderParser] = [
        ChatCompletions.parser,
        Responses.parser,
        OpenAIEmbeddings.parser,
        AnthropicMessages.parser,
        AnthropicCompletions.parser,
        TokenCounting.anthropic,
        TokenCounting.openAI,
        Completions.parser,
        OpenAIImages.parser,
        OpenAISpeech.parser,
        OpenAITranscription.transcription,
        OpenAITranscription.translation,
    ]

    /// The parser for a request whose path is none of a known API: chat, when it holds messages with roles.
    static func guess(for request: RequestContent, of bytes: [UInt8]) -> ProviderParser? {
        guard case .json(let range, isObject: true) = request.form else { return nil }
        let holdsMessages = bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, range.upperBound <= buffer.count else { return false }
            var hasRole = false
            JSONView(checked: base + range.lowerBound, count: range.count)["messages"]?.forEachElement { message in
                if message["role"]?.text != nil { hasRole = true }
            }
            return hasRole
        }
        return holdsMessages ? ChatCompletions.parser : nil
    }

    /// The parser for a request, or nil for an API that is not understood.
    static func parser(for line: RequestLine) -> ProviderParser? {
        for parser in parsers where parser.matches(line) { return parser }
        return Resources.parser(for: line)
    }
}
