// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Predictions of Replicate: an input whose shape is the model's own; the output is a text, its pieces, or anything else, and
/// as a rule is asked for until it is there.
///
/// Source: https://replicate.com/docs/reference/http
enum Replicate {
    static let parser = ProviderParser(
        api: "predictions",
        matches: { line in
            ASCII.firstRange(of: "/predictions", in: line.path) != nil
                && (ASCII.hasSuffix(line.host, "api.replicate.com") || isRouted(line))
        },
        readRequest: { body, reading in
            reading.takeModel(body["model"] ?? body["version"])
            reading.takeContent(body["input"], role: "user")
        },
        readResponse: { body, call in
            if let id = body["id"]?.text { call.receive(.responseID(id)) }
            if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            if let output = body["output"] { readOutput(output, into: &call) }
            if let metrics = body["metrics"], metrics.isObject {
                call.receiveCounts(["input_token_count", "output_token_count"], of: metrics, origin: "response")
            }
            if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
                call.receive(.error(described))
            }
        },
        readStreamEvent: { _, _, _, _ in },
        bodyUse: .shown)

    /// Hugging Face's router passes predictions on.
    @Sendable private static func isRouted(_ line: RequestLine) -> Bool {
        ASCII.hasSuffix(line.host, "huggingface.co") && ASCII.hasPrefix(line.path, "/replicate/")
    }

    /// What lies beside the predictions: models, trainings, the account.
    static let resources: [ProviderParser] = [
        ("fine_tuning", "/trainings"), ("models", "/v1/models"), ("models", "/v1/collections"),
        ("models", "/v1/hardware"), ("models", "/v1/search"), ("organization", "/v1/account"),
        ("organization", "/v1/webhooks"),
    ].map { api, path in
        ProviderParser.shown(
            api,
            matches: { line in
                ASCII.hasSuffix(line.host, "api.replicate.com") && ASCII.firstRange(of: path, in: line.path) != nil
            },
            readRequest: { _, _ in })
    }

    /// A language model's text, as a rule in pieces; what other models make lies at an address.
    private static func readOutput(_ output: JSONView, into call: inout CallAssembler) {
        let address = PartAddress(choice: 0, slot: 0)
        if let text = output.text, !text.hasPrefix("http") { call.receive(.text(text, .text, at: address)) }
        var isText = true
        output.forEachElement { if $0.text?.hasPrefix("http") != false { isText = false } }
        guard isText else { return }
        output.forEachElement { if let text = $0.text { call.receive(.text(text, .text, at: address)) } }
    }
}
