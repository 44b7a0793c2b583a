// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The one list of wire formats that are understood.
///
/// To add one: a folder with its parser, and a line here. The first that matches is taken, so that those of a longer path
/// come before those whose path is its end.
enum ProviderCatalog {
    static let parsers: [ProviderParser] = [
        Gemini.parser,
        Gemini.countTokens,
        GeminiEmbeddings.parser,
        GooglePictures.parser,
        VertexPartners.anthropic,
        VertexPartners.countTokens,
        VertexPartners.others,
        Converse.parser,
        BedrockInvoke.parser,
        BedrockInvoke.countTokens,
        BedrockInvoke.guardrail,
        Writer.parser,
        CohereChat.parser,
        CohereChat.generate,
        CohereChatV2.parser,
        CohereEmbed.parser,
        CohereEmbed.rerank,
        Ollama.chat,
        Ollama.generate,
        Ollama.embeddings,
        Ollama.models,
        Mistral.fillIn,
        Mistral.agents,
        Mistral.ocr,
        Replicate.parser,
        GeminiInteractions.parser,
        TextGeneration.parser,
        TextGeneration.embeddings,
        TextGeneration.task,
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

    /// The parser for a request, or nil for an API that is not understood.
    static func parser(for line: RequestLine) -> ProviderParser? {
        for parser in parsers where parser.matches(line) { return parser }
        for parser in GoogleResources.parsers where parser.matches(line) { return parser }
        for parser in Resources.parsers where parser.matches(line) { return parser }
        return nil
    }
}
