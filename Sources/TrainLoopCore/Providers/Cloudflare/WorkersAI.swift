// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Workers AI of Cloudflare where each model has an address of its own: `{"result", "success", "errors", "messages"}`.
///
/// The result is what the model's kind of task gives: a reply, a text, vectors, a picture, sound, or labels. Newer models
/// answer in the formats of chat completions and responses. Their common address, `/ai/v1`, is read as OpenAI's.
///
/// Source: https://developers.cloudflare.com/workers-ai/models/
enum WorkersAI {
    static let parser = ProviderParser(
        api: "inference",
        matches: { $0.isPost(toPathWith: "/ai/run/") || $0.isPost(toPathWith: "/workers-ai/@") },
        readRequest: { body, reading in
            Responses.parser.readRequest(body, &reading)
            reading.takeMessages(body["messages"])
            reading.takeContent(body["prompt"] ?? body["input_text"], role: "user")
            reading.takePrompts(body["text"])
        },
        readResponse: { body, call in
            guard let result = body["result"] else { return readResult(body, into: &call) }
            call.receiveOthers(of: body, except: ["result"], in: .response)
            if body["success"]?.bool == false, let error = ProviderError.read(body) {
                call.receive(.error(error))
            } else {
                readResult(result, into: &call)
            }
        },
        readStreamEvent: { name, event, memory, call in
            if event["choices"] != nil {
                ChatCompletionsStream.read(name, event, &memory, &call)
            } else if event["type"]?.text?.hasPrefix("response.") == true {
                ResponsesStream.read(name, event, &memory, &call)
            } else {
                readMembers(of: event, usageOrigin: "final_chunk", &memory, &call)
            }
        },
        bodyUse: .sound)

    private static func readResult(_ result: JSONView, into call: inout CallAssembler) {
        call.receive(.acknowledged)
        if result["choices"] != nil { return ChatCompletionsResponse.read(result, into: &call) }
        if result["output"]?.isArray == true { return ResponsesResponse.read(result, into: &call) }
        guard result.isObject else { return readAnswer(result, into: &call) }
        var memory = StreamMemory()
        readMembers(of: result, usageOrigin: "response", &memory, &call)
    }

    /// The names under which the kinds of tasks give their text.
    private static let answers: [StaticString] = ["response", "text", "translated_text", "summary", "description"]

    private static func readMembers(
        of result: JSONView, usageOrigin: StaticString, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        result.forEachMember { name, value in
            for word in answers where name.isEqual(to: word) { return readAnswer(value, into: &call) }
            if name.isEqual(to: "tool_calls") {
                ChatCompletionsStream.readToolCalls(value, choice: 0, &memory, &call)
            } else if name.isEqual(to: "finish_reason"), let reason = value.text {
                call.receive(.finishReason(reason, choice: 0))
            } else if name.isEqual(to: "data"), let embeddings = vectors(value) {
                call.receive(.embeddings(embeddings))
            } else if name.isEqual(to: "image") || name.isEqual(to: "audio"), let data = value.text {
                let isImage = name.isEqual(to: "image")
                let address = PartAddress(choice: 0, slot: ChatCompletions.Slot.audio)
                call.receive(.part(isImage ? .image : .audio, at: address))
                call.receive(.data(data, at: address))
            } else if !ChatCompletionsMessage.readShared(name, value, choice: 0, into: &call) {
                ChatCompletionsResponse.readEnvelope(name, value, usageOrigin: usageOrigin, into: &call)
            }
        }
    }

    /// Reads the text of an answer, in a stream a number too where that is all of the piece; else keeps what it is.
    private static func readAnswer(_ value: JSONView, into call: inout CallAssembler) {
        let address = PartAddress(choice: 0, slot: ChatCompletions.Slot.text)
        if let text = value.text {
            call.receive(.text(text, .text, at: address))
        } else if value.kind == .number {
            call.receive(.text(JSONText(start: value.start, count: value.count), .text, at: address))
        } else if !OtherMembers.isNothing(value) {
            call.receive(.part(.generic, at: address))
            call.receive(.raw(value, at: address))
        }
    }

    /// - Returns: nil where the elements are no lists.
    private static func vectors(_ list: JSONView) -> Embeddings? {
        var embeddings = Embeddings()
        list.forEachElement { if $0.isArray { embeddings.add($0) } }
        return embeddings.count > 0 ? embeddings : nil
    }
}
