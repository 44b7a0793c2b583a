// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The output of a prediction as it comes, at the address that its `urls.stream` tells: `output` events of plain text, then
/// `done`, or `error`.
///
/// Source: https://replicate.com/docs/topics/predictions/streaming
enum ReplicateStream {
    static let parser = ProviderParser(
        api: "predictions",
        matches: {
            ASCII.hasPrefix($0.host, "stream")
                && (ASCII.hasSuffix($0.host, ".replicate.com") || ASCII.hasSuffix($0.host, ".replicate.net"))
        },
        readRequest: { _, _ in },
        readResponse: { body, call in
            if let error = ProviderError.read(body) { call.receive(.error(error)) }
        },
        readStreamEvent: { name, event, _, call in
            guard let text = event.text else { return }
            if ASCII.isEqual(name, "output") {
                call.receive(.text(text, .text, at: PartAddress(choice: 0, slot: 0)))
            } else if ASCII.isEqual(name, "done") {
                readObject(in: text) { end in
                    if let reason = end["reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
                }
                call.receive(.terminated)
            } else if ASCII.isEqual(name, "error") {
                var error = CallError(source: .provider)
                error.message = text.copy
                readObject(in: text) { error = ProviderError.read($0) ?? error }
                call.receive(.error(error))
            } else if !ASCII.isEqual(name, "logs") {
                call.receive(.diagnostic(.streamUnknownEvent))
            }
        },
        hasPlainEvents: true)

    /// The JSON object that some events have for their text.
    private static func readObject(in text: JSONText, _ body: (JSONView) -> Void) {
        let plain = JSONEscape.unescaped(text.bytes)
        plain.withUnsafeBufferPointer { buffer in
            if let view = JSONView(parsing: buffer), view.isObject { body(view) }
        }
    }
}
