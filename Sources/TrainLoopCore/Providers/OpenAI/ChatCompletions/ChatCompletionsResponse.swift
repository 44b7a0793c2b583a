// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A whole answer: `{"id", "model", "choices": [{"index", "message", "finish_reason"}], "usage"}`.
enum ChatCompletionsResponse {
    static func read(_ body: JSONView, into call: inout CallAssembler) {
        guard !readChoices(body, into: &call) else { return }
        if let error = ProviderError.readBare(body) {
            call.receive(.error(error))
        } else if body["id"]?.text != nil || body["request_id"]?.text != nil {
            // No choice at all, or a receipt for an answer that is fetched later (xAI, Perplexity, Z.ai).
            call.receive(.acknowledged)
        }
        // An answer inside another object, as gateways and requests for a later answer have it.
        for name in wrappers {
            if let inner = body[name], inner["choices"]?.isArray == true { _ = readChoices(inner, into: &call) }
        }
    }

    private static let wrappers: [StaticString] = ["response", "output", "result", "data"]

    /// - Returns: false where there are none.
    private static func readChoices(_ body: JSONView, into call: inout CallAssembler) -> Bool {
        // Of a member that is told twice, JSON's readers take the last.
        var choices: JSONView?
        body.forEachMember { name, value in
            if name.isEqual(to: "choices") {
                choices = value
            } else if value["choices"] == nil {
                readEnvelope(name, value, usageOrigin: "response", into: &call)
            }
        }
        var position: Int64 = 0
        choices?.forEachElement { choice in
            readChoice(choice, position: position, into: &call)
            position &+= 1
        }
        return position > 0
    }

    /// A member beside `choices`, of a whole answer or of a chunk.
    @inline(__always)
    static func readEnvelope(
        _ name: JSONText, _ value: JSONView, usageOrigin: StaticString, into call: inout CallAssembler
    ) {
        if name.isEqual(to: "id") {
            if let text = value.text { call.receive(.responseID(text)) }
        } else if name.isEqual(to: "model") {
            if let text = value.text { call.receive(.responseModel(text)) }
        } else if name.isEqual(to: "usage") {
            if value.isObject { call.receive(.usage(value, .chatCompletions, origin: usageOrigin)) }
        } else if name.isEqual(to: "x_groq") {
            if let usage = value["usage"], usage.isObject {
                call.receive(.usage(usage, .chatCompletions, origin: "x_groq"))
            }
            if let error = value["error"], let described = ProviderError.describe(error) {
                call.receive(.error(described))
            }
            // The usage is told twice.
            call.noteDependence()
            call.receive(.other(name, value, in: .response))
        } else if name.isEqual(to: "citations") {
            if value.isArray { call.receive(.citations(value)) }
        } else if name.isEqual(to: "error") {
            if !value.isNull, let error = ProviderError.describe(value) { call.receive(.error(error)) }
        } else if !name.isEqual(to: "object"), !name.isEqual(to: "obfuscation"), !name.isEqual(to: "p") {
            call.receive(.other(name, value, in: .response))
        }
    }

    /// The members of a choice that not every server sends: usage, as Moonshot tells it, and what has no key here.
    static func readRare(_ view: JSONView, choice: Int64, into call: inout CallAssembler) {
        if let usage = view["usage"], usage.isObject {
            call.receive(.usage(usage, .chatCompletions, origin: "choice"))
        }
        // A gateway's word for a provider that failed in the midst.
        if let error = view["error"], error.isObject, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        let told: [StaticString] = [
            "index", "message", "delta", "text", "logprobs", "finish_reason", "usage", "error",
        ]
        view.forEachMember { name, value in
            for word in told where name.isEqual(to: word) { return }
            // A list goes on in the next chunk, such as the numbers of the tokens.
            call.receive(.more(name, value, in: .choice(choice)))
        }
    }

    /// `{"content": [token], "refusal": [token]}`; or, of completions, one object of lists.
    static func readLogprobs(_ value: JSONView, choice: Int64, into call: inout CallAssembler) {
        let text = PartAddress(choice: choice, slot: ChatCompletions.Slot.text)
        guard value.isObject else {
            // Of Together, one number for each token.
            if !OtherMembers.isNothing(value) { call.receive(.logprobs(value, .text, at: text)) }
            return
        }
        value["content"]?.forEachElement { call.receive(.logprobs($0, .text, at: text)) }
        let refusal = PartAddress(choice: choice, slot: ChatCompletions.Slot.refusal)
        value["refusal"]?.forEachElement { call.receive(.logprobs($0, .refusal, at: refusal)) }
        if value["content"]?.isArray != true, value["refusal"]?.isArray != true, saysSomething(value) {
            call.receive(.logprobs(value, .text, at: text))
        }
    }

    private static func saysSomething(_ object: JSONView) -> Bool {
        var saysSomething = false
        object.forEachMember { _, value in if !OtherMembers.isNothing(value) { saysSomething = true } }
        return saysSomething
    }

    private static func readChoice(_ view: JSONView, position: Int64, into call: inout CallAssembler) {
        // One walk for all: each walk reads over the whole content.
        var choice = position
        var message: JSONView?
        var text: JSONText?
        var logprobs: JSONView?
        var stop: JSONText?
        var reason: JSONText?
        var hasRare = false
        view.forEachMember { name, value in
            if name.isEqual(to: "index") {
                choice = value.integer ?? position
            } else if name.isEqual(to: "message") {
                message = value
            } else if name.isEqual(to: "finish_reason") {
                reason = value.text
            } else if name.isEqual(to: "text") {
                text = value.text
            } else if name.isEqual(to: "logprobs") {
                logprobs = value
            } else if name.isEqual(to: "stop_reason"), value.text != nil {
                stop = value.text
            } else if !value.isNull {
                hasRare = true
            }
        }
        // Choices that are all numbered alike are choices all the same.
        if call.holdsChoice(choice) { choice = (call.call.choices.last?.index ?? 0) &+ 1 }
        if let message {
            ChatCompletionsMessage.read(message, choice: choice, into: &call)
        } else if let text {
            call.receive(.text(text, .text, at: PartAddress(choice: choice, slot: ChatCompletions.Slot.text)))
        }
        if let logprobs { readLogprobs(logprobs, choice: choice, into: &call) }
        // On Bedrock the reason has the other name.
        if let reason = reason ?? stop, !reason.isEmpty { call.receive(.finishReason(reason, choice: choice)) }
        // What vLLM adds: the stop text that was met.
        if let stop, reason != nil { call.receive(.stopSequence(stop, choice: choice)) }
        if hasRare { readRare(view, choice: choice, into: &call) }
    }
}
