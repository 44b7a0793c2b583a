// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The answers of the houses on Bedrock, told apart by their members; whole, or as one event of a stream.
enum BedrockInvokeBody {
    static func read(_ body: JSONView, isStream: Bool, _ memory: inout StreamMemory, into call: inout CallAssembler) {
        let noName = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
        if body["type"] != nil && body["completion"] == nil || body["content"]?.isArray == true {
            if isStream {
                AnthropicMessagesStream.read(noName, body, &memory, &call)
            } else {
                AnthropicMessagesResponse.read(body, into: &call)
            }
        } else if body["choices"] != nil {
            if isStream {
                ChatCompletionsStream.read(noName, body, &memory, &call)
            } else {
                ChatCompletionsResponse.read(body, into: &call)
            }
        } else if body["output"]?.isObject == true {
            ConverseResponse.read(body, into: &call)
        } else if body["event_type"] != nil {
            CohereChat.readStreamEvent(body, into: &call)
        } else if body["generation_id"] != nil {
            CohereChat.readResponse(body, usageOrigin: "response", into: &call)
        } else {
            readTexts(body, isStream: isStream, into: &call)
        }
        readMetrics(body, into: &call)
    }

    private static let metricsName: StaticString = "amazon-bedrock-invocationMetrics"

    /// What Bedrock measured itself; the model's own counts come first.
    private static func readMetrics(_ body: JSONView, into call: inout CallAssembler) {
        guard let metrics = body[metricsName], metrics.isObject else { return }
        call.noteDependence()
        if call.call.usage?.input == nil || call.call.usage?.output == nil {
            call.receive(.usage(metrics, .converse, origin: "invocation_metrics"))
        } else {
            body.forEachMember { name, value in
                if name.isEqual(to: metricsName) { call.receive(.other(name, value, in: .response)) }
            }
        }
        call.receive(.terminated)
    }

    /// Nova's events, which carry their name as a member, and the formats that are one text and its counts.
    private static func readTexts(_ body: JSONView, isStream: Bool, into call: inout CallAssembler) {
        let address = PartAddress(choice: 0, slot: 0)
        body.forEachMember { name, value in
            if name.isEqual(to: "completion") || name.isEqual(to: "outputText") || name.isEqual(to: "generation")
                || name.isEqual(to: "text") || name.isEqual(to: "message") && value.text != nil
            {
                // Anthropic's older format, Titan, Llama, Cohere, Pegasus.
                if let text = value.text { call.receive(.text(text, .text, at: address)) }
            } else if name.isEqual(to: "stop_reason") || name.isEqual(to: "completionReason")
                || name.isEqual(to: "finish_reason") || name.isEqual(to: "finishReason")
            {
                if let reason = value.text { call.receive(.finishReason(reason, choice: 0)) }
            } else if name.isEqual(to: "stop") {
                if let sequence = value.text { call.receive(.stopSequence(sequence, choice: 0)) }
            } else if name.isEqual(to: "usage") {
                if value.isObject { call.receive(.usage(value, .anthropicMessages, origin: "response")) }
            } else if name.isEqual(to: "results") || name.isEqual(to: "outputs") || name.isEqual(to: "generations")
                || name.isEqual(to: "completions")
            {
                readList(value, into: &call)
            } else if name.isEqual(to: "images") || name.isEqual(to: "artifacts") {
                readPictures(value, into: &call)
            } else if name.isEqual(to: "finish_reasons") {
                readPictureReasons(value, into: &call)
            } else if value.isObject, isStream,
                name.hasPrefix("message") || name.hasPrefix("contentBlock")
                    || name.isEqual(to: "metadata") || name.hasSuffix("Exception")
            {
                ConverseStream.read(name, value, into: &call)
            } else if !isCount(name), !name.isEqual(to: metricsName) {
                call.receive(.other(name, value, in: .response))
            }
        }
        readIntervention(body, into: &call)
        call.receiveCounts(counts, of: body, origin: isStream ? "chunk" : "response")
    }

    private static let counts: [StaticString] = [
        "prompt_token_count", "generation_token_count", "inputTextTokenCount", "totalOutputTextTokenCount",
    ]

    private static func isCount(_ name: JSONText) -> Bool {
        for count in counts where name.isEqual(to: count) { return true }
        return false
    }

    private static func readPictures(_ list: JSONView, into call: inout CallAssembler) {
        var choice: Int64 = 0
        list.forEachElement { picture in
            guard let data = (picture["base64"] ?? picture).text else { return }
            call.receive(.media(type: nil, data: data, at: PartAddress(choice: choice, slot: 0)))
            if let reason = picture["finishReason"]?.text { call.receive(.finishReason(reason, choice: choice)) }
            call.receiveOthers(of: picture, except: ["base64", "finishReason"], in: .choice(choice))
            choice &+= 1
        }
    }

    /// Why pictures are not there: a reason for each, null for one that is.
    private static func readPictureReasons(_ list: JSONView, into call: inout CallAssembler) {
        var choice: Int64 = 0
        list.forEachElement { reason in
            if let reason = reason.text { call.receive(.finishReason(reason, choice: choice)) }
            choice &+= 1
        }
    }

    /// A guardrail that stepped in ends the reply where the model gives no reason of its own.
    private static func readIntervention(_ body: JSONView, into call: inout CallAssembler) {
        guard let action = body["amazon-bedrock-guardrailAction"]?.text, action.isEqual(to: "INTERVENED"),
            call.call.choices.first?.finishReason.isEmpty != false
        else { return }
        call.receive(.finishReason(action, choice: 0))
    }

    private static let elementNames: [StaticString] = [
        "data", "text", "outputText", "tokenCount", "stop_reason", "completionReason", "finish_reason", "finishReason",
    ]

    /// Several answers: Titan's `results`, Mistral's `outputs`, Cohere's `generations`, AI21's `completions`.
    private static func readList(_ list: JSONView, into call: inout CallAssembler) {
        var choice: Int64 = 0
        list.forEachElement { element in
            let address = PartAddress(choice: choice, slot: 0)
            let holder = element["data"] ?? element
            if let text = (holder["text"] ?? holder["outputText"])?.text {
                call.receive(.text(text, .text, at: address))
            }
            let reason =
                element["stop_reason"] ?? element["completionReason"] ?? element["finish_reason"]
                ?? element["finishReason"]?["reason"]
            if let reason = reason?.text { call.receive(.finishReason(reason, choice: choice)) }
            call.receiveCounts(["tokenCount"], of: element, origin: "response")
            call.receiveOthers(of: element, except: elementNames, in: .choice(choice))
            if element["data"] != nil {
                // A text may be told twice.
                call.noteDependence()
                call.receiveOthers(of: holder, except: ["text"], in: .choice(choice))
            }
            choice &+= 1
        }
    }
}
