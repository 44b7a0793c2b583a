// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `output`: the visible text of the first choice, then every choice with its parts.
struct EncodedOutput {
    let call: Call
    let body: ResponseBody
    let outcome: Outcome
    /// What the application sent, where it is an object.
    let request: JSONView?

    /// - Parameter byteCount: content of the response, kept or not.
    func write(byteCount: Int, to json: inout JSONWriter, _ media: inout MediaTakeout) {
        json.key("output")
        json.beginObject()
        json.member("content", escaped: visibleText)
        if !call.choices.isEmpty {
            json.key("messages")
            json.beginArray()
            for choice in call.choices { write(choice, to: &json, &media) }
            json.endArray()
        }
        if let embeddings = call.embeddings { write(embeddings, to: &json) }
        if !call.citations.isEmpty {
            json.key("citations")
            json.raw(call.citations)
        }
        call.other.write(without: request, to: &json)
        switch body {
        case .none: break
        case .json(let bytes):
            json.key("body")
            json.raw(bytes)
        case .lines(let values):
            json.key("body")
            json.beginArray()
            json.raw(values)
            json.endArray()
        case .text(let bytes):
            json.key("body")
            // What is not quite UTF-8 is shown, and stands beside it exactly.
            if !json.string(plain: bytes), bytes.count == byteCount { media.write(bytes, byteCount, to: &json) }
        case .bytes(let bytes): media.write(bytes, byteCount, to: &json)
        }
        json.endObject()
    }

    /// The text parts of the first choice, joined.
    private var visibleText: [UInt8] {
        guard let first = call.choices.first else { return [] }
        var text: [UInt8] = []
        for part in first.parts where part.kind == .text {
            if text.isEmpty { text = part.text } else { text.append(contentsOf: part.text) }
        }
        return text
    }

    private func write(_ choice: Choice, to json: inout JSONWriter, _ media: inout MediaTakeout) {
        json.beginObject()
        json.member("index", choice.index)
        if choice.role.isEmpty { json.member("role", "assistant") } else { json.member("role", escaped: choice.role) }
        writeFinishReason(of: choice, to: &json)
        json.member("stopSequence", unlessEmpty: choice.stopSequence)
        json.key("parts")
        json.beginArray()
        for part in choice.parts where !isEmpty(part) { EncodedPart(part: part).write(to: &json, &media) }
        json.endArray()
        choice.other.write(to: &json)
        json.endObject()
    }

    /// Deltas often begin with an empty text that nothing follows.
    private func isEmpty(_ part: Part) -> Bool {
        (part.kind == .text || part.kind == .refusal) && part.text.isEmpty && part.annotations.isEmpty
            && part.signature.isEmpty && part.logprobs.isEmpty && part.other.isEmpty
            && (part.id.isEmpty || part.kind == .refusal)
    }

    private func writeFinishReason(of choice: Choice, to json: inout JSONWriter) {
        guard !choice.finishReason.isEmpty else {
            // OpenTelemetry's word for a message that was never finished.
            if case .ok = outcome.status { return }
            json.member("finishReason", "error")
            return
        }
        choice.finishReason.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            let word = JSONText(start: base, count: buffer.count)
            guard let common = FinishReason.common(for: word, hasToolCall: choice.hasToolCall) else {
                return json.member("finishReason", escaped: choice.finishReason)
            }
            json.member("finishReason", common)
            if !word.isEqual(to: common) { json.member("finishReasonRaw", escaped: choice.finishReason) }
        }
    }

    private func write(_ embeddings: Embeddings, to json: inout JSONWriter) {
        json.key("embeddings")
        json.beginObject()
        json.member("count", embeddings.count)
        if let dimensions = embeddings.dimensions { json.member("dims", dimensions) }
        json.member("encoding", embeddings.isBase64 ? "base64" : "float")
        json.member("omittedBytes", embeddings.omittedByteCount)
        json.endObject()
    }
}
