// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The own format of Alibaba's Model Studio: `{"model", "input", "parameters"}` in, `{"output", "usage", "request_id"}` out.
///
/// Source: https://www.alibabacloud.com/help/en/model-studio/qwen-api-via-dashscope
enum DashScope {
    /// Text and multimodal generation, and the applications that are built of them.
    static let parser = ProviderParser(
        api: "chat",
        matches: { line in
            line.isPost(toPathEndingIn: "/aigc/text-generation/generation")
                || line.isPost(toPathEndingIn: "/aigc/multimodal-generation/generation")
                || line.isPost(toPathEndingIn: "/completion") && line.isPost(toPathWith: "/api/v1/apps/")
        },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            guard let input = body["input"] else { return }
            reading.open(input)
            reading.takeMessages(input["messages"] ?? input["history"])
            reading.takeContent(input["prompt"], role: "user")
            reading.noteSession(previousResponseID: input["session_id"]?.text, user: nil)
        },
        readResponse: { body, call in
            // What stands here stands here once.
            var memory = StreamMemory()
            memory.retold.isOff = true
            read(body, origin: "response", &memory, &call)
        },
        readStreamEvent: { _, event, memory, call in read(event, origin: "final_event", &memory, &call) },
        prepare: { request, memory in
            if request["parameters"]?["incremental_output"]?.bool == true { memory.retold.isOff = true }
        })

    static let embeddings = ProviderParser(
        api: "embeddings",
        matches: { $0.isPost(toPathWith: "/api/v1/services/embeddings/") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            guard let input = body["input"] else { return }
            reading.open(input)
            reading.takeContents(input["texts"] ?? input["contents"], role: "user")
        },
        readResponse: { body, call in
            readEnvelope(body, origin: "response", &call)
            guard let output = body["output"], let list = output["embeddings"] else { return }
            var embeddings = Embeddings()
            list.forEachElement { embeddings.add($0["embedding"] ?? $0) }
            call.receive(.embeddings(embeddings))
            call.receiveWithoutVectors(output, ["embeddings"])
        },
        readStreamEvent: { _, _, _, _ in })

    /// The other services, whose answer is shown as it is; many are asked for by the number of a task.
    static let services: [ProviderParser] = [
        ("rerank", "/api/v1/services/rerank/"), ("audio", "/api/v1/services/audio/"),
        ("images", "/image-synthesis"), ("images", "/image-generation/"), ("videos", "/video-synthesis"),
        ("videos", "/video-generation/"), ("operations", "/api/v1/tasks/"), ("inference", "/api/v1/services/"),
    ].map { api, path in
        ProviderParser(
            api: api,
            matches: { line in
                ASCII.firstRange(of: path, in: line.path) != nil
                    && (ASCII.hasSuffix(line.host, "aliyuncs.com")
                        || ASCII.firstRange(of: "/api/v1/services/", in: line.path) != nil)
            },
            readRequest: { body, reading in
                reading.takeModel(body["model"])
                guard let input = body["input"] else { return }
                reading.open(input)
                reading.takeContent(input["prompt"] ?? input["query"], role: "user")
            },
            readResponse: { body, call in readEnvelope(body, origin: "response", &call) },
            readStreamEvent: { _, event, _, call in readEnvelope(event, origin: "final_event", &call) },
            bodyUse: .shown)
    }

    private typealias Slot = ChatCompletions.Slot

    private static func readEnvelope(_ body: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        if let id = body["request_id"]?.text { call.receive(.responseID(id)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .dashScope, origin: origin)) }
        if let error = ProviderError.readBare(body) { call.receive(.error(error)) }
    }

    private static func read(
        _ body: JSONView, origin: StaticString, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        readEnvelope(body, origin: origin, &call)
        call.receiveOthers(
            of: body, except: ["request_id", "usage", "output", "code", "message", "status_code"], in: .response)
        guard let output = body["output"], output.isObject else { return }
        let text = PartAddress(choice: 0, slot: Slot.text)
        if let told = output["text"]?.text { memory.retold.take(told, .text, at: text, &call) }
        if let reason = output["finish_reason"] { readReason(reason, choice: 0, &call) }
        if let audio = output["audio"], audio.isObject { readAudio(audio, choice: 0, &call) }
        call.receiveOthers(of: output, except: ["text", "finish_reason", "choices", "audio"], in: .response)
        var position: Int64 = 0
        output["choices"]?.forEachElement { choice in
            readChoice(choice, choice["index"]?.integer ?? position, &memory, &call)
            position &+= 1
        }
    }

    /// A stream says `null` in a string until it knows.
    private static func readReason(_ reason: JSONView, choice: Int64, _ call: inout CallAssembler) {
        guard let word = reason.text, !word.isEmpty, !word.isEqual(to: "null") else { return }
        call.receive(.finishReason(word, choice: choice))
    }

    private static func readAudio(_ audio: JSONView, choice: Int64, _ call: inout CallAssembler) {
        let address = PartAddress(choice: choice, slot: Slot.audio)
        call.receive(.part(.audio, at: address))
        if let id = audio["id"]?.text { call.receive(.identity(id: id, name: nil, at: address)) }
        if let data = audio["data"]?.text { call.receive(.data(data, at: address)) }
        if let uri = audio["url"]?.text, call.part(at: address)?.uri.isEmpty == true {
            call.receive(.uri(uri, at: address))
        }
        call.receiveOthers(of: audio, except: ["id", "data", "url"], in: .part(address))
    }

    private static func readChoice(
        _ view: JSONView, _ choice: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        if let reason = view["finish_reason"] { readReason(reason, choice: choice, &call) }
        if let logprobs = view["logprobs"] {
            ChatCompletionsResponse.readLogprobs(logprobs, choice: choice, into: &call)
        }
        call.receiveOthers(of: view, except: ["finish_reason", "index", "message", "logprobs"], in: .choice(choice))
        view["message"]?.forEachMember { name, value in
            if name.isEqual(to: "content") {
                readContent(value, choice, &memory, &call)
            } else if name.isEqual(to: "reasoning_content") {
                guard let text = value.text, !text.isEmpty else { return }
                memory.retold.take(text, .reasoning, at: PartAddress(choice: choice, slot: Slot.reasoning), &call)
            } else if name.isEqual(to: "role") {
                if let role = value.text, !role.isEmpty { call.receive(.role(role, choice: choice)) }
            } else if name.isEqual(to: "tool_calls") {
                var position: Int64 = 0
                value.forEachElement { element in
                    readToolCall(element, choice, element["index"]?.integer ?? position, &memory, &call)
                    position &+= 1
                }
            } else {
                call.receive(.other(name, value, in: .choice(choice)))
            }
        }
    }

    /// A text, or a list of `{"text"}`, `{"image"}` and the like.
    private static func readContent(
        _ content: JSONView, _ choice: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        let place = PartAddress(choice: choice, slot: Slot.text)
        if let text = content.text { return memory.retold.take(text, .text, at: place, &call) }
        content.forEachElement { piece in
            if let text = piece["text"]?.text {
                memory.retold.take(text, .text, at: place, &call)
            } else if let audio = piece["audio"], audio.isObject {
                readAudio(audio, choice: choice, &call)
            } else {
                let last = call.lastPart(ofChoice: choice)?.slot ?? Slot.text
                let next = PartAddress(choice: choice, slot: max(last, 1 << 20) &+ 1)
                if let uri = piece["image"]?.text {
                    call.receive(.uri(uri, at: next))
                    call.receiveOthers(of: piece, except: ["image"], in: .part(next))
                } else {
                    call.receive(.part(.generic, at: next))
                    call.receive(.raw(piece, at: next))
                }
            }
        }
    }

    private static func readToolCall(
        _ element: JSONView, _ choice: Int64, _ index: Int64, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        let address = PartAddress(choice: choice, slot: Slot.firstToolCall &+ min(max(index, 0), 1 << 16))
        let function = element["function"]
        call.receive(.part(.toolCall, at: address))
        call.receive(.identity(id: element["id"]?.text, name: function?["name"]?.text, at: address))
        if let arguments = function?["arguments"]?.text { memory.retold.take(arguments, .toolCall, at: address, &call) }
        call.receiveOthers(of: element, except: ["id", "index", "type", "function"], in: .part(address))
    }
}
