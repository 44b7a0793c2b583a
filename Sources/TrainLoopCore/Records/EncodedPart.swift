// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One part of an output message, in the shapes of OpenTelemetry's message parts.
struct EncodedPart {
    let part: Part

    func write(to json: inout JSONWriter, _ media: inout MediaTakeout) {
        if part.kind == .generic, hasOwnType { return part.other.write(over: part.raw, to: &json) }
        json.beginObject()
        switch part.kind {
        case .text:
            json.member("type", "text")
            json.member("id", unlessEmpty: part.id)
            json.member("content", escaped: part.text)
        case .refusal:
            json.member("type", "refusal")
            json.member("id", unlessEmpty: part.id)
            json.member("content", escaped: part.text)
        case .reasoning: writeReasoning(to: &json)
        case .toolCall: writeToolCall(to: &json)
        case .serverToolCall: writeServerToolCall(to: &json)
        case .serverToolCallResponse:
            json.member("type", "server_tool_call_response")
            json.member("id", unlessEmpty: part.id)
            writeRaw("server_tool_call_response", to: &json)
        case .audio, .image, .media: writeMedia(to: &json, &media)
        case .generic:
            json.member("type", "generic")
            writeRaw("value", to: &json)
        }
        if part.kind != .reasoning { json.member("signature", unlessEmpty: part.signature) }
        if !part.annotations.isEmpty {
            json.key("annotations")
            json.beginArray()
            json.raw(part.annotations)
            json.endArray()
        }
        if !part.logprobs.isEmpty {
            json.key("logprobs")
            json.beginArray()
            json.raw(part.logprobs)
            json.endArray()
        }
        part.other.write(to: &json)
        json.endObject()
    }

    /// The provider's own object says what it is.
    private var hasOwnType: Bool {
        part.raw.withUnsafeBufferPointer { JSONView(parsing: $0)?["type"]?.text != nil }
    }

    private func writeRaw(_ name: StaticString, to json: inout JSONWriter) {
        guard !part.raw.isEmpty else { return }
        json.key(name)
        json.raw(part.raw)
    }

    private func writeReasoning(to json: inout JSONWriter) {
        json.member("type", "reasoning")
        json.member("id", unlessEmpty: part.id)
        json.member("content", escaped: part.text)
        if part.isSummary { json.member("summary", true) }
        json.member("signature", unlessEmpty: part.signature)
        json.member("encryptedContent", unlessEmpty: part.encrypted)
    }

    /// `argumentsRaw` is the string that the provider sent; `arguments` the JSON in it, absent where it is none.
    private func writeToolCall(to json: inout JSONWriter) {
        json.member("type", "tool_call")
        json.member("id", unlessEmpty: part.id)
        json.member("name", unlessEmpty: part.name)
        if part.isFreeform {
            json.member("kind", "custom")
            json.member("arguments", escaped: part.text)
            return
        }
        if part.text.isEmpty {
            writeRaw("arguments", to: &json)
            if part.raw.isEmpty { json.member("argumentsRaw", escaped: []) }
            return
        }
        writeArguments("arguments", to: &json)
        json.member("argumentsRaw", escaped: part.text)
    }

    private func writeArguments(_ name: StaticString, to json: inout JSONWriter) {
        let plain = part.text.withUnsafeBufferPointer { JSONEscape.unescaped($0) }
        plain.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return }
            json.key(name)
            json.raw(view.bytes)
        }
    }

    private func writeServerToolCall(to json: inout JSONWriter) {
        json.member("type", "server_tool_call")
        json.member("id", unlessEmpty: part.id)
        json.member("name", unlessEmpty: part.name)
        if !part.text.isEmpty {
            writeArguments("arguments", to: &json)
            json.member("argumentsRaw", escaped: part.text)
        }
        writeRaw("server_tool_call", to: &json)
    }

    private func writeMedia(to json: inout JSONWriter, _ media: inout MediaTakeout) {
        json.member("type", part.uri.isEmpty ? "blob" : "uri")
        if let modality { json.member("modality", modality) }
        json.member("mimeType", unlessEmpty: part.name)
        json.member("id", unlessEmpty: part.id)
        json.member(part.kind == .image ? "revisedPrompt" : "transcript", unlessEmpty: part.text)
        json.member("uri", unlessEmpty: part.uri)
        json.member("content", unlessEmpty: part.bytes.isEmpty ? part.data : media.text(for: part.bytes))
        if part.omittedByteCount > 0 { json.member("omittedBytes", part.omittedByteCount) }
    }

    private var modality: StaticString? {
        switch part.kind {
        case .image: return "image"
        case .audio: return "audio"
        default:
            let known: [(StaticString, StaticString)] = [("image/", "image"), ("audio/", "audio"), ("video/", "video")]
            for (prefix, modality) in known where ASCII.hasPrefix(part.name, prefix) { return modality }
            return nil
        }
    }
}
