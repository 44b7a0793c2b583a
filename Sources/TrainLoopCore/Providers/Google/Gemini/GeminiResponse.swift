// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// An answer, or a piece of a streamed one: `{"candidates": [{"content": {"parts"}, "finishReason"}], "usageMetadata"}`.
enum GeminiResponse {
    static func read(_ body: JSONView, isStream: Bool, into call: inout CallAssembler) {
        var partialCalls: [GeminiPartialCall] = []
        read(body, isStream: isStream, &partialCalls, into: &call)
    }

    /// - Parameters:
    ///   - isWrapped: the body stood in another object.
    ///   - partialCalls: function calls of the stream whose arguments are still coming.
    static func read(
        _ body: JSONView, isStream: Bool, isWrapped: Bool = false, _ partialCalls: inout [GeminiPartialCall],
        into call: inout CallAssembler
    ) {
        var position: Int64 = 0
        body.forEachMember { name, value in
            if name.isEqual(to: "candidates") {
                value.forEachElement { candidate in
                    readCandidate(candidate, position, isStream, &partialCalls, &call)
                    position &+= 1
                }
            } else if name.isEqual(to: "usageMetadata") {
                readUsage(value, origin: isStream ? "final_chunk" : "response", &call)
            } else if name.isEqual(to: "promptFeedback") {
                readFeedback(name, value, &call)
            } else if name.isEqual(to: "modelVersion") {
                if let text = value.text { call.receive(.responseModel(text)) }
            } else if name.isEqual(to: "responseId") {
                if let text = value.text { call.receive(.responseID(text)) }
            } else if name.isEqual(to: "response"), !isWrapped, value.isObject {
                // Code Assist, which Gemini's command line speaks to, wraps the answer.
                read(value, isStream: isStream, isWrapped: true, &partialCalls, into: &call)
            } else if name.isEqual(to: "error"), let error = ProviderError.describe(value) {
                call.receive(.error(error))
            } else {
                call.receive(.other(name, value, in: .response))
            }
        }
    }

    /// The first chunks of a stream may only tell how the traffic is paid for.
    private static func readUsage(_ usage: JSONView, origin: StaticString, _ call: inout CallAssembler) {
        guard usage["promptTokenCount"] != nil || usage["totalTokenCount"] != nil || call.call.usage == nil else {
            return
        }
        call.receive(.usage(usage, .gemini, origin: origin))
    }

    /// A prompt that was blocked has no candidate: the reason stands for one.
    private static func readFeedback(_ name: JSONText, _ feedback: JSONView, _ call: inout CallAssembler) {
        guard let reason = feedback["blockReason"], let word = word(reason) else {
            return call.receive(.other(name, feedback, in: .response))
        }
        call.receive(.finishReason(word, choice: 0))
        // Of a stream that is blocked in the midst the reason stands beside what came.
        guard call.lastPart(ofChoice: 0) == nil else { return call.receive(.other(name, feedback, in: .choice(0))) }
        let address = PartAddress(choice: 0, slot: 0)
        call.receive(.part(.generic, at: address))
        call.receive(.raw(feedback, at: address))
    }

    private static func readCandidate(
        _ candidate: JSONView, _ position: Int64, _ isStream: Bool, _ partialCalls: inout [GeminiPartialCall],
        _ call: inout CallAssembler
    ) {
        var choice = position
        var content: JSONView?
        var reason: JSONView?
        candidate.forEachMember { name, value in
            if name.isEqual(to: "index") {
                choice = value.integer ?? position
            } else if name.isEqual(to: "content") {
                content = value
            } else if name.isEqual(to: "finishReason") {
                reason = value
            }
        }
        if let content {
            if let role = content["role"]?.text, !role.isEqual(to: "model") {
                call.receive(.role(role, choice: choice))
            }
            content["parts"]?.forEachElement { part in
                GeminiPart.read(part, choice: choice, isStream: isStream, &partialCalls, into: &call)
            }
        }
        readRest(candidate, choice, &call)
        if let reason, let word = word(reason) { call.receive(.finishReason(word, choice: choice)) }
    }

    /// Where the text was taken from, and how probable it was, stands with the last part, as the provider says it.
    private static func readRest(_ candidate: JSONView, _ choice: Int64, _ call: inout CallAssembler) {
        candidate.forEachMember { name, value in
            let isSource =
                name.isEqual(to: "groundingMetadata") || name.isEqual(to: "citationMetadata")
                || name.isEqual(to: "urlContextMetadata")
            let isProbability = name.isEqual(to: "logprobsResult")
            if name.isEqual(to: "index") || name.isEqual(to: "content") || name.isEqual(to: "finishReason") { return }
            guard isSource || isProbability else { return call.receive(.other(name, value, in: .choice(choice))) }
            guard value.hasMembers else { return }
            let address = PartAddress(choice: choice, slot: call.lastPart(ofChoice: choice)?.slot ?? 0)
            if isProbability {
                call.receive(.logprobs(value, .text, at: address))
            } else {
                call.receive(.annotation(value, at: address))
            }
        }
    }

    /// A word of an enumeration, or the number that some clients' servers send for it.
    private static func word(_ value: JSONView) -> JSONText? {
        if let text = value.text { return text.isEmpty ? nil : text }
        guard let number = value.integer, number != 0 else { return nil }
        return JSONText(start: value.start, count: value.count)
    }
}
