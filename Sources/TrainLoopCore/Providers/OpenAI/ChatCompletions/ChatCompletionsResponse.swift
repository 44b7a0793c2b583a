// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A whole answer: `{"id", "model", "choices": [{"index", "message", "finish_reason"}], "usage"}`.
enum ChatCompletionsResponse {
    static func read(_ body: JSONView, into call: inout CallAssembler) {
        var position: Int64 = 0
        body.forEachMember { name, value in
            if name.isEqual(to: "choices") {
                value.forEachElement { choice in
                    readChoice(choice, position: position, into: &call)
                    position &+= 1
                }
            } else {
                readEnvelope(name, value, usageOrigin: "response", into: &call)
            }
        }
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
        } else if name.isEqual(to: "citations") {
            if value.isArray { call.receive(.citations(value)) }
        } else if name.isEqual(to: "error") {
            if !value.isNull, let error = ProviderError.describe(value) { call.receive(.error(error)) }
        }
    }

    private static func readChoice(_ view: JSONView, position: Int64, into call: inout CallAssembler) {
        // One walk for all three: each walk reads over the whole content.
        var choice = position
        var message: JSONView?
        var reason: JSONText?
        view.forEachMember { name, value in
            if name.isEqual(to: "index") {
                choice = value.integer ?? position
            } else if name.isEqual(to: "message") {
                message = value
            } else if name.isEqual(to: "finish_reason") {
                reason = value.text
            }
        }
        if let message { ChatCompletionsMessage.read(message, choice: choice, into: &call) }
        if let reason, !reason.isEmpty { call.receive(.finishReason(reason, choice: choice)) }
    }
}
