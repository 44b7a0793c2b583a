// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// watsonx.ai of IBM: chat completions, text generation and embeddings, each with a `model_id`.
///
/// Source: https://cloud.ibm.com/apidocs/watsonx-ai
enum Watsonx {
    static let chat = ProviderParser(
        api: "chat",
        matches: { isText($0, "/text/chat") || isText($0, "/text/chat_stream") },
        readRequest: { body, reading in
            reading.takeModel(body["model_id"])
            reading.takeMessages(body["messages"])
        },
        readResponse: ChatCompletions.parser.readResponse,
        readStreamEvent: ChatCompletions.parser.readStreamEvent)

    static let generation = ProviderParser(
        api: "completions",
        matches: { isText($0, "/text/generation") || isText($0, "/text/generation_stream") },
        readRequest: { body, reading in
            reading.takeModel(body["model_id"])
            reading.takeContent(body["input"], role: "user")
        },
        readResponse: { body, call in read(body, origin: "response", &call) },
        readStreamEvent: { _, event, _, call in read(event, origin: "chunk", &call) })

    static let embeddings = ProviderParser(
        api: "embeddings",
        matches: { isText($0, "/text/embeddings") },
        readRequest: { body, reading in
            reading.takeModel(body["model_id"])
            reading.takeContents(body["inputs"], role: "user")
        },
        readResponse: { body, call in
            readEnvelope(body, &call)
            var embeddings = Embeddings()
            body["results"]?.forEachElement { if let vector = $0["embedding"] { embeddings.add(vector) } }
            call.receive(.embeddings(embeddings))
            call.receiveCounts(["input_token_count"], of: body, origin: "response")
        },
        readStreamEvent: { _, _, _, _ in })

    static let tokenization = ProviderParser.shown("tokenize", matches: { isText($0, "/text/tokenization") }) {
        $1.takeModel($0["model_id"])
        $1.takeContent($0["input"], role: "user")
    }

    private static func isText(_ line: RequestLine, _ path: StaticString) -> Bool {
        line.isPost(toPathEndingIn: path) && ASCII.firstRange(of: "/ml/v1", in: line.path) != nil
    }

    private static func readEnvelope(_ body: JSONView, _ call: inout CallAssembler) {
        if let model = body["model_id"]?.text { call.receive(.responseModel(model)) }
        if let error = ProviderError.read(body) { call.receive(.error(error)) }
        call.receiveOthers(
            of: body, except: ["model_id", "results", "errors", "input_token_count"], in: .response)
    }

    /// `{"results": [{"generated_text", "generated_token_count", "input_token_count", "stop_reason"}]}`.
    ///
    /// The events of a stream have a piece of the text each, and the counts so far.
    private static func read(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        readEnvelope(body, &call)
        var choice: Int64 = 0
        body["results"]?.forEachElement { result in
            let address = PartAddress(choice: choice, slot: 0)
            if let text = result["generated_text"]?.text { call.receive(.text(text, .text, at: address)) }
            if let reason = result["stop_reason"]?.text, !reason.isEqual(to: "not_finished") {
                call.receive(.finishReason(reason, choice: choice))
            }
            // Later events of a stream tell an input of zero.
            var counts: [StaticString] = ["generated_token_count"]
            if result["input_token_count"]?.tokenCount != 0 { counts.append("input_token_count") }
            call.receiveCounts(counts, of: result, origin: origin)
            call.receiveOthers(
                of: result,
                except: ["generated_text", "stop_reason", "generated_token_count", "input_token_count"],
                in: .choice(choice))
            choice &+= 1
        }
    }
}
