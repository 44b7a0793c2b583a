// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A whole response: `{"id", "model", "status", "output": [item], "usage", "error", "incomplete_details"}`.
enum ResponsesResponse {
    static func read(_ body: JSONView, into call: inout CallAssembler) {
        let body = JSONObject(body)
        // Some gateways answer in the other format.
        if body["output"] == nil, body["choices"] != nil { return ChatCompletionsResponse.read(body.view, into: &call) }
        if body["output"] == nil, let error = ProviderError.readBare(body.view) { call.receive(.error(error)) }
        readEnvelope(body, usageOrigin: "response", into: &call)
        readOutput(body, into: &call)
    }

    /// What a response says of itself beside its output.
    static func readEnvelope(_ body: JSONObject, usageOrigin: StaticString, into call: inout CallAssembler) {
        call.receive(.finalIdentity(id: body["id"]?.text, model: body["model"]?.text))
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, .responses, origin: usageOrigin)) }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        readStatus(body, into: &call)
        call.receiveOthers(of: body.view, except: envelopeNames, in: .response)
    }

    static let envelopeNames: [StaticString] = [
        "id", "object", "model", "usage", "error", "status", "incomplete_details", "output", "output_text",
    ]

    /// The reason of an incomplete response is its finish reason, else the status is: the last that is known.
    private static func readStatus(_ body: JSONObject, into call: inout CallAssembler) {
        guard let status = body["status"]?.text else { return }
        if status.isEqual(to: "incomplete"), let reason = body["incomplete_details"]?["reason"]?.text {
            call.receive(.finishReason(reason, choice: 0))
        } else {
            call.receive(.finishReason(status, choice: 0))
        }
    }

    static func readOutput(_ body: JSONObject, into call: inout CallAssembler) {
        guard let output = body["output"], output.isArray else {
            guard let text = body["output_text"]?.text else { return }
            return call.receive(
                .text(text, .text, at: PartAddress(choice: 0, slot: Responses.Slot.content(0, 0))))
        }
        call.receive(.acknowledged)
        var index: Int64 = 0
        output.forEachElement { item in
            ResponsesItem.read(item, outputIndex: index, into: &call)
            index &+= 1
        }
    }
}
