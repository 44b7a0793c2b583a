// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What most answers of OpenAI's APIs say beside their content: `id`, `model`, `usage`, `error`.
enum OpenAIEnvelope {
    /// - Parameter content: members that the caller reads; nil where the body is shown whole.
    static func read(
        _ body: JSONView, except content: [StaticString]?, usage shape: Usage.Shape, usageOrigin: StaticString,
        into call: inout CallAssembler
    ) {
        let body = JSONObject(body)
        if let id = body["id"]?.text { call.receive(.responseID(id)) }
        if let model = body["model"]?.text { call.receive(.responseModel(model)) }
        if let usage = body["usage"], usage.isObject { call.receive(.usage(usage, shape, origin: usageOrigin)) }
        if let error = body["error"], !error.isNull, let described = ProviderError.describe(error) {
            call.receive(.error(described))
        }
        guard let content else { return }
        call.receiveOthers(
            of: body.view, except: content + ["id", "model", "usage", "error", "object", "type"], in: .response)
    }
}
