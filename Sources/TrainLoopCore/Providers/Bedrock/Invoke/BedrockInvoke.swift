// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// `InvokeModel` of Amazon Bedrock: the body is that of the model's own house, and the model stands in the path.
///
/// The path may name a profile or an import that tells no house, so the shape of a body decides, request and answer each
/// by itself.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
enum BedrockInvoke {
    static let parser = ProviderParser(
        api: "invoke",
        matches: { line in
            ASCII.firstRange(of: "/model/", in: line.path) != nil
                && (line.isPost(toPathEndingIn: "/invoke")
                    || line.isPost(toPathEndingIn: "/invoke-with-response-stream"))
        },
        readRequest: readRequest,
        readResponse: { body, call in
            var memory = StreamMemory()
            if !BedrockEmbeddings.read(body, into: &call) {
                BedrockInvokeBody.read(body, isStream: false, &memory, into: &call)
            }
        },
        readStreamEvent: { _, event, memory, call in
            // The body's own event, in base64.
            guard let text = event["bytes"]?.text else {
                return BedrockInvokeBody.read(event, isStream: true, &memory, into: &call)
            }
            guard let bytes = Base64.decode(text) else { return call.receive(.diagnostic(.streamEventNotJSON)) }
            bytes.withUnsafeBufferPointer { buffer in
                guard let inner = JSONView(parsing: buffer) else {
                    return call.receive(.diagnostic(.streamEventNotJSON))
                }
                BedrockInvokeBody.read(inner, isStream: true, &memory, into: &call)
            }
        },
        framing: .eventStream)

    /// Takes the counts that stand in the header where the body has none.
    static func readCounts(in head: ResponseHead?, _ reader: inout ResponseReader) {
        guard reader.sink.assembler.call.usage == nil, let head else { return }
        let names: [StaticString] = [
            "x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count",
            "x-amzn-bedrock-cache-read-input-token-count", "x-amzn-bedrock-cache-write-input-token-count",
        ]
        let fields = HTTPFields(fields: head.fields)
        var json = JSONWriter(capacity: 256)
        json.beginObject()
        for name in names {
            guard let count = fields.integer(name) else { continue }
            json.member(name, count)
        }
        json.endObject()
        json.take().withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer), view.hasMembers else { return }
            reader.receive(.usage(view, .converse, origin: "headers"))
        }
    }

    static let countTokens = ProviderParser.shown(
        "count_tokens", matches: { $0.isPost(toPathWith: "/model/") && $0.isPost(toPathEndingIn: "/count-tokens") },
        readRequest: { body, reading in
            guard let converse = body["input"]?["converse"] else { return }
            Converse.readRequest(converse, &reading)
        })

    static let guardrail = ProviderParser.shown(
        "guardrail", matches: { $0.isPost(toPathWith: "/guardrail/") && $0.isPost(toPathEndingIn: "/apply") },
        readRequest: { body, reading in reading.takeContent(body["content"], role: "user") })

    /// Anthropic, Nova, Mistral and AI21 send messages; Cohere a message and its history; older models one text.
    @Sendable private static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        reading.takeContent(body["system"], role: "system")
        reading.takeMessages(body["messages"])
        if body["message"] != nil { CohereChat.readRequest(body, &reading) }
        reading.takeContent(body["prompt"] ?? body["inputText"] ?? body["inputPrompt"], role: "user")
        reading.takeEach(body["text_prompts"], member: "text", role: "user")
        reading.takeContent(body["textToImageParams"]?["text"] ?? body["query"], role: "user")
        reading.takeContents(body["texts"], role: "user")
        reading.takeContent(body["singleEmbeddingParams"]?["text"]?["value"], role: "user")
    }
}
