// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What lies beside the calls of a model: files, batches, moderations, stored objects.
///
/// Each exchange is a record of its own kind that shows the answer as it is. A batch is not its calls: their results come later, as the content of a file or as JSON lines.
enum Resources {
    /// The `api` of the record by the first word of the path after its version.
    private static let apis: [(StaticString, StaticString)] = [
        ("moderations", "moderations"), ("files", "files"), ("uploads", "files"), ("batches", "batch"),
        ("batch", "batch"), ("responses", "responses"), ("conversations", "conversations"),
        ("assistants", "assistants"), ("threads", "threads"),
        ("vector_stores", "vector_stores"), ("containers", "containers"), ("fine_tuning", "fine_tuning"),
        ("fine-tunes", "fine_tuning"), ("evals", "evals"), ("videos", "videos"), ("realtime", "realtime"),
        ("organization", "organization"), ("skills", "skills"), ("rerank", "rerank"), ("ocr", "ocr"),
        ("audio", "audio"), ("traces", "traces"),
    ]

    /// One parser for each kind, in the order of the list; and those whose path has two words.
    static let parsers: [ProviderParser] =
        [
            parser("batch") { isPath($0, "messages", then: "batches") },
            parser("chat") { isPath($0, "chat", then: "completions") },
            // A POST below it calls a model, in some provider's own way.
            parser("models") { !$0.isPost && isPath($0, "models", then: nil) },
        ]
        + apis.map { word, api in parser(api) { isPath($0, word, then: nil) } }

    private static func parser(
        _ api: StaticString, matches: @escaping @Sendable (RequestLine) -> Bool
    ) -> ProviderParser {
        ProviderParser(
            api: api, matches: matches,
            readRequest: { body, reading in
                reading.takeModel(body["model"])
                if ASCII.isSame(api, "moderations") { reading.takePrompts(body["input"]) }
            },
            readResponse: { body, call in
                if let id = body["id"]?.text { call.receive(.responseID(id)) }
                if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            },
            readStreamEvent: { _, _, _, _ in }, bodyUse: .shown)
    }

    /// True for `/v1/<word>`, `/openai/v1/<word>`, `/anything/v1/<word>` and `/<word>`, and what is below them.
    ///
    /// A POST to `/v1/models/<name>:<verb>` is a call of another API.
    private static func isPath(_ line: RequestLine, _ word: StaticString, then next: StaticString?) -> Bool {
        let segments = line.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)
        var index = 0
        for position in segments.indices where isRoot(segments[position]) {
            index = position &+ 1
            break
        }
        while index < segments.count, isRoot(segments[index]) { index &+= 1 }
        guard index < segments.count, ASCII.isEqual(segments[index], word) else { return false }
        if line.isPost, segments[segments.count &- 1].contains(UInt8(ascii: ":")) { return false }
        guard let next else { return true }
        return index &+ 1 < segments.count && ASCII.isEqual(segments[index &+ 1], next)
    }

    private static func isRoot(_ segment: ArraySlice<UInt8>) -> Bool {
        ASCII.isEqual(segment, "v1") || ASCII.isEqual(segment, "openai")
    }
}
