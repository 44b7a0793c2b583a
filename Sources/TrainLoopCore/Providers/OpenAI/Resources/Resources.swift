// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What lies beside the calls of a model: files, batches, moderations, stored objects.
///
/// Each exchange is a record of its own kind that shows the answer as it is. A batch is not its calls: their results come
/// later, as the content of a file or as JSON lines.
enum Resources {
    /// The parser for `/v1/<word>`, `/openai/v1/<word>`, `/anything/v1/<word>`, `/api/projects/NAME/<word>`,
    /// `/<word>`, and what is below them.
    static func parser(for line: RequestLine) -> ProviderParser? {
        let words = line.path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true)[...]
        if let found = parser(of: words, line) { return found }
        for index in words.indices where isRoot(words[index]) || isProject(at: index, in: words) {
            if let found = parser(of: words[(index &+ 1)...], line) { return found }
        }
        return nil
    }

    private static func parser(of path: ArraySlice<ArraySlice<UInt8>>, _ line: RequestLine) -> ProviderParser? {
        guard let first = path.first else { return nil }
        for (word, next, api) in pairs where ASCII.isEqual(first, word) {
            if path.count > 1, ASCII.isEqual(path[path.startIndex &+ 1], next) { return parser(api) }
        }
        // A POST to a model calls it, in some provider's own way.
        for word in models where ASCII.isEqual(first, word) { return line.isPost ? nil : parser("models") }
        if ASCII.isEqual(first, "projects"), path.count > 2 {
            for word in partsOfProjects where ASCII.isEqual(path[path.startIndex &+ 2], word) {
                return parser("organization")
            }
        }
        for (api, words) in words {
            for word in words where ASCII.isEqual(first, word) { return parser(api) }
        }
        return nil
    }

    private static func parser(_ api: StaticString) -> ProviderParser {
        ProviderParser(
            api: api, matches: { _ in true },
            readRequest: { body, reading in
                reading.takeModel(body["model"])
                if ASCII.isSame(api, "moderations") { reading.takePrompts(body["input"]) }
                if ASCII.isSame(api, "threads") {
                    if let thread = body["thread"] { reading.open(thread) }
                    reading.takeMessages(
                        body["thread"]?["messages"] ?? body["messages"] ?? body["additional_messages"])
                }
            },
            readResponse: { body, call in
                if readAnswer(body, of: api, &call) { return }
                if let id = body["id"]?.text { call.receive(.responseID(id)) }
                if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            },
            readStreamEvent: { name, event, memory, call in
                // A response that was begun in the background may be asked for as a stream.
                if ASCII.isSame(api, "responses") { ResponsesStream.read(name, event, &memory, &call) }
                if ASCII.isSame(api, "threads") { AssistantRun.read(name, event, &memory, &call) }
            },
            bodyUse: .shown)
    }

    /// Reads the answer of a model that was asked for earlier, in the background or to be stored; false where it is none.
    private static func readAnswer(_ body: JSONView, of api: StaticString, _ call: inout CallAssembler) -> Bool {
        call.isBodyShown = true
        if ASCII.isSame(api, "responses"), body["output"] != nil {
            ResponsesResponse.read(body, into: &call)
        } else if ASCII.isSame(api, "chat"), body["choices"] != nil {
            ChatCompletionsResponse.read(body, into: &call)
        } else if ASCII.isSame(api, "chat"), let answer = body["response"], answer["choices"] != nil {
            // Perplexity's, whose id is that of the request.
            ChatCompletionsResponse.read(answer, into: &call)
            if let id = body["id"]?.text { call.receive(.responseID(id)) }
        } else {
            return false
        }
        return true
    }

    /// `openai`, or a version such as `v1`, `v1-beta` and `v4`.
    private static func isRoot(_ word: ArraySlice<UInt8>) -> Bool {
        guard let first = word.first, word.count > 1 else { return false }
        let isVersion = first == UInt8(ascii: "v") && (0x30...0x39).contains(word[word.startIndex &+ 1])
        return isVersion || ASCII.isEqual(word, "openai")
    }

    /// The name in `/api/projects/NAME` (Azure).
    private static func isProject(at index: Int, in words: ArraySlice<ArraySlice<UInt8>>) -> Bool {
        index &- words.startIndex >= 2 && ASCII.isEqual(words[index &- 1], "projects")
            && ASCII.isEqual(words[index &- 2], "api")
    }
}
