// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What lies beside the calls of a model: files, batches, moderations, stored objects.
///
/// Each exchange is a record of its own kind that shows the answer as it is. A batch is not its calls: their results come
/// later, as the content of a file or as JSON lines.
enum Resources {
    /// A word of the path after its version, what must follow it, and the `api` of the record.
    private struct Kind {
        let word: StaticString
        var next: StaticString?
        let api: StaticString
        /// A POST below it is no request of this API.
        var isReadOnly = false

        init(_ word: StaticString, then next: StaticString? = nil, _ api: StaticString, isReadOnly: Bool = false) {
            self.word = word
            self.next = next
            self.api = api
            self.isReadOnly = isReadOnly
        }
    }

    private static let kinds: [Kind] = [
        Kind("moderations", "moderations"), Kind("files", "files"), Kind("uploads", "files"),
        Kind("batches", "batch"), Kind("batch", "batch"), Kind("messages", then: "batches", "batch"),
        Kind("responses", "responses"), Kind("chat", then: "completions", "chat"),
        // xAI's, whose answer is fetched later.
        Kind("chat", then: "deferred-completion", "chat"),
        // A POST to a model calls it, in some provider's own way.
        Kind("models", "models", isReadOnly: true), Kind("foundation_model_specs", "models", isReadOnly: true),
        Kind("conversations", "conversations"), Kind("assistants", "assistants"), Kind("threads", "threads"),
        Kind("vector_stores", "vector_stores"), Kind("containers", "containers"), Kind("skills", "skills"),
        Kind("fine_tuning", "fine_tuning"), Kind("fine-tunes", "fine_tuning"), Kind("evals", "evals"),
        Kind("videos", "videos"), Kind("realtime", "realtime"), Kind("audio", "audio"), Kind("rerank", "rerank"),
        Kind("ocr", "ocr"), Kind("organization", "organization"), Kind("traces", "traces"),
        // Azure, xAI, Heroku and Bedrock list their models under names of their own.
        Kind("deployments", "models", isReadOnly: true), Kind("language-models", "models", isReadOnly: true),
        Kind("embedding-models", "models", isReadOnly: true), Kind("available-models", "models", isReadOnly: true),
        Kind("image-generation-models", "models", isReadOnly: true),
        Kind("foundation-models", "models", isReadOnly: true),
        // xAI's tokens of a text; Mistral's agents, documents and classifiers; Cohere's data; Perplexity's later answers.
        Kind("tokenize-text", "tokenize"), Kind("agents", "agents"), Kind("libraries", "files"),
        Kind("chat", then: "moderations", "moderations"), Kind("chat", then: "classifications", "classifications"),
        Kind("classifications", "classifications"), Kind("classify", "classifications"),
        Kind("embed-jobs", "batch"), Kind("datasets", "files"), Kind("async", then: "chat", "chat"),
        // What OpenRouter tells of a call that was made, and of the account.
        Kind("generation", "operations"), Kind("credits", "organization"), Kind("key", "organization"),
        Kind("keys", "organization"), Kind("projects", "organization"), Kind("chatkit", "threads"), Kind("providers", "models", isReadOnly: true),
        // What lies beside the calls of Bedrock.
        Kind("async-invoke", "operations"), Kind("model-invocation-job", "batch"),
        Kind("model-invocation-jobs", "batch"), Kind("guardrail-checks", "guardrail"), Kind("sessions", "conversations"),
        Kind("generateQuery", "retrieve"), Kind("flows", "operations"),
    ]

    /// The parser for `/v1/<word>`, `/openai/v1/<word>`, `/anything/v1/<word>`, `/<word>`, and what is below them.
    static func parser(for line: RequestLine) -> ProviderParser? {
        let words = line.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)[...]
        if let found = parser(of: words, line) { return found }
        for index in words.indices where isRoot(words[index]) {
            if let found = parser(of: words[(index &+ 1)...], line) { return found }
        }
        return nil
    }

    private static func parser(of path: ArraySlice<ArraySlice<UInt8>>, _ line: RequestLine) -> ProviderParser? {
        guard let first = path.first else { return nil }
        for kind in kinds where ASCII.isEqual(first, kind.word) {
            if kind.isReadOnly, line.isPost { return nil }
            if let next = kind.next {
                guard path.count > 1, ASCII.isEqual(path[path.startIndex &+ 1], next) else { continue }
            }
            return parser(kind.api)
        }
        return nil
    }

    private static func parser(_ api: StaticString) -> ProviderParser {
        ProviderParser(
            api: api, matches: { _ in true },
            readRequest: { body, reading in
                reading.takeModel(body["model"])
                if ASCII.isSame(api, "moderations") { reading.takePrompts(body["input"]) }
            },
            readResponse: { body, call in
                if let id = body["id"]?.text { call.receive(.responseID(id)) }
                if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            },
            readStreamEvent: { name, event, memory, call in
                // A response that was begun in the background may be asked for as a stream.
                if ASCII.isSame(api, "responses") { ResponsesStream.read(name, event, &memory, &call) }
            },
            bodyUse: .shown)
    }

    /// `openai`, or a version such as `v1` and `v1-beta`.
    private static func isRoot(_ word: ArraySlice<UInt8>) -> Bool {
        ASCII.isEqual(word, "openai") || ASCII.hasPrefix(word, "v1")
    }
}
