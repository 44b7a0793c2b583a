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
        VertexPartners.documents,
        VertexPartners.others,
        Converse.parser,
        BedrockInvoke.parser,
        BedrockInvoke.countTokens,
        BedrockInvoke.guardrail,
        BedrockAgents.agent,
        BedrockAgents.flow,
        BedrockKnowledge.retrieve,
        BedrockKnowledge.generate,
        BedrockKnowledge.agentic,
        BedrockKnowledge.optimize,
        Watsonx.chat,
        Watsonx.generation,
        Watsonx.embeddings,
        Watsonx.tokenization,
        Writer.parser,
        LMStudio.parser,
        CohereChat.parser,
        CohereChat.generate,
        CohereChatV2.parser,
        CohereEmbed.parser,
        CohereEmbed.rerank,
        Ollama.chat,
        Ollama.generate,
        Ollama.embeddings,
        Ollama.models,
        Ollama.web,
        Mistral.fillIn,
        Mistral.agents,
        Mistral.ocr,
        MistralConversations.parser,
        Replicate.parser,
        ReplicateStream.parser,
        DashScope.parser,
        DashScope.embeddings,
        WorkersAI.parser,
        SnowflakeCortex.parser,
        SnowflakeAgents.parser,
        GeminiInteractions.parser,
        LlamaServer.parser,
        TextGeneration.parser,
        SGLang.parser,
        TextGeneration.embeddings,
        ChatCompletions.parser,
        Responses.parser,
        OpenAIEmbeddings.parser,
        AnthropicMessages.parser,
        AnthropicCompletions.parser,
        TokenCounting.anthropic,
        TokenCounting.openAI,
        TokenCounting.tokenize,
        TokenCounting.detokenize,
        Completions.parser,
        OpenAIImages.parser,
        OpenAISpeech.parser,
        OpenAITranscription.transcription,
        OpenAITranscription.translation,
        TextGeneration.task,
    ]

    /// The parser for a request whose path is none of a known API: chat, when it holds messages with roles; where each
    /// model has a path or a server of its own, text generation from inputs, completions of a prompt, responses to a list
    /// of items, and embeddings of other input.
    static func guess(for request: RequestContent, of bytes: [UInt8], at line: RequestLine) -> ProviderParser? {
        let holdsMessages = holds(request, of: bytes) { body in
            var hasRole = false
            body["messages"]?.forEachElement { message in
                if message["role"]?.text != nil { hasRole = true }
            }
            return hasRole
        }
        if holdsMessages { return ChatCompletions.parser }
        let isInvocation = line.isPost(toPathEndingIn: "/invocations")
        guard isInvocation || ASCII.isEqual(line.path, "/") else { return nil }
        if holds(request, of: bytes, { $0["inputs"] != nil }) { return TextGeneration.parser }
        guard isInvocation else { return nil }
        if holds(request, of: bytes, { $0["prompt"] != nil }) { return Completions.parser }
        let holdsItems = holds(request, of: bytes) { body in
            var hasItem = false
            body["input"]?.forEachElement { if $0.isObject { hasItem = true } }
            return hasItem
        }
        if holdsItems { return Responses.parser }
        return holds(request, of: bytes) { $0["input"] != nil } ? OpenAIEmbeddings.parser : nil
    }

    /// True when a request holds what a parser takes for messages.
    static func isRequest(_ request: RequestContent, of bytes: [UInt8], for parser: ProviderParser) -> Bool {
        holds(request, of: bytes) { body in
            var reading = RequestReading()
            parser.readRequest(body, &reading)
            return !reading.messages.isEmpty
        }
    }

    private static func holds(_ request: RequestContent, of bytes: [UInt8], _ found: (JSONView) -> Bool) -> Bool {
        request.withObject(in: bytes, found) ?? false
    }

    /// The next parser for a request after one whose path it has, but not its format.
    static func parser(for line: RequestLine, after known: ProviderParser) -> ProviderParser? {
        guard let index = parsers.firstIndex(where: { $0 === known }) else { return nil }
        for parser in parsers[(index &+ 1)...] where parser.matches(line) { return parser }
        return nil
    }

    /// The parser for a request, or nil for an API that is not understood.
    static func parser(for line: RequestLine) -> ProviderParser? {
        for parser in parsers where parser.matches(line) { return parser }
        for parser in Replicate.resources where parser.matches(line) { return parser }
        for parser in DashScope.services where parser.matches(line) { return parser }
        for parser in GoogleResources.parsers where parser.matches(line) { return parser }
        return Resources.parser(for: line)
    }
}
