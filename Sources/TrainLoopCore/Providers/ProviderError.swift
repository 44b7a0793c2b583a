// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shapes in which providers, and the servers before them, say that a call failed.
enum ProviderError {
    /// Reads `{"error": {...}}`, `{"error": "..."}`, a bare `{"type", "code", "message"}`, `{"detail": ...}`,
    /// `{"errors": [{...}]}` and a list whose first element is one of these; a bare message has many spellings.
    ///
    /// - Returns: nil when nothing in the body is an error.
    static func read(_ body: JSONView) -> CallError? {
        if body.isArray {
            var first: JSONView?
            body.forEachElement { if first == nil { first = $0 } }
            return first.flatMap { $0.isObject ? read($0) : nil }
        }
        if let inner = body["error"], !inner.isNull {
            if let error = describe(inner) {
                return withBackup(error, from: body)
            }
        }
        if let list = body["errors"], list.isArray {
            var found: CallError?
            list.forEachElement { if found == nil { found = describe($0) } }
            if let found { return found }
        }
        if let message = message(of: body) {
            var error = CallError(source: .provider)
            error.message = message
            let type = body["type"] ?? body["__type"] ?? body["error_type"] ?? body["errorType"]
            if let type = type?.text, !type.isEqual(to: "error") { error.type = type.copy }
            error.code = code(body["code"] ?? body["error_code"])
            return withRaw(error, body)
        }
        if let detail = body["detail"], !detail.isNull { return describe(detail).map { withRaw($0, body) } }
        // A problem without details has a title (RFC 9457).
        if let title = body["title"]?.text, body["status"]?.integer != nil {
            var error = CallError(source: .provider)
            error.message = title.copy
            return withRaw(error, body)
        }
        // Apigee's, which stands before some.
        return body["fault"].flatMap { describe($0) }
    }

    /// Reads an error that stands where an answer should: one that says that it is one, not only a message.
    static func readBare(_ body: JSONView) -> CallError? {
        guard body.isObject, body["error"] == nil else { return nil }
        // How MiniMax answers, whatever came of it.
        if let base = body["base_resp"], let code = base["status_code"]?.integer, code != 0 {
            var error = CallError(source: .provider)
            error.code = Self.code(base["status_code"])
            error.message = base["status_msg"]?.text?.copy ?? []
            return error
        }
        let kind = body["object"]?.text
        if let kind, !kind.isEqual(to: "error") { return nil }
        let type = body["type"]?.text
        let isError =
            kind != nil || type?.hasSuffix("error") == true || type?.hasSuffix("Error") == true
            || body["detail"] != nil || hasFailureCode(body)
        return isError ? read(body) : nil
    }

    /// Some send a code with every answer, which then says that all is well.
    private static func hasFailureCode(_ body: JSONView) -> Bool {
        guard let code = body["code"] ?? body["error_code"], !OtherMembers.isNothing(code) else { return false }
        return code.text != nil || code.integer != 0 && code.integer != 200
    }

    private static let messageNames: [StaticString] = [
        "message", "Message", "msg", "error_msg", "error_message", "errorMessage",
    ]

    /// A text, or the list or object that stands for one in an error of Mistral's.
    private static func message(of body: JSONView) -> [UInt8]? {
        for name in messageNames { if let text = body[name]?.text { return text.copy } }
        guard body["object"]?.text?.isEqual(to: "error") == true else { return nil }
        return words(body["message"])
    }

    /// Reads the object or string that is the error itself.
    static func describe(_ view: JSONView) -> CallError? {
        var error = CallError(source: .provider)
        if let text = view.text {
            error.message = text.copy
            return error
        }
        if view.isObject {
            if let inner = nested(in: view) { return inner }
            error.message = words(view["message"]) ?? words(view["msg"]) ?? view["faultstring"]?.text?.copy ?? []
            error.type = view["type"]?.text?.copy ?? view["status"]?.text?.copy ?? []
            error.code = code(view["code"])
            if error.message.isEmpty, error.type.isEmpty, error.code.isEmpty {
                error.message = asText(view)
            } else if saysMore(view, than: []), view.count <= rawByteLimit {
                error.raw = Array(view.bytes)
            }
            return error
        }
        guard view.isArray else { return nil }
        error.message = asText(view)
        return error
    }

    /// The error inside an error that has no words of its own.
    private static func nested(in view: JSONView) -> CallError? {
        guard view["message"] == nil, view["msg"] == nil, let inner = view["error"], inner["message"]?.text != nil,
            var error = describe(inner)
        else { return nil }
        if error.type.isEmpty, let type = view["type"]?.text { error.type = type.copy }
        if error.code.isEmpty { error.code = code(view["code"]) }
        return withRaw(error, view)
    }

    /// An error that lacks its type or code may have them beside it; one word for it may have a message beside it.
    private static func withBackup(_ error: CallError, from body: JSONView) -> CallError {
        var error = error
        let isWord = body["error"]?.text != nil
        if error.type.isEmpty, let type = body["error_type"]?.text { error.type = type.copy }
        if error.message.isEmpty || isWord, let message = body["message"]?.text {
            if isWord, error.type.isEmpty { error.type = error.message }
            error.message = message.copy
        }
        // xAI's code is a sentence.
        if isWord, let code = body["code"], !OtherMembers.isNothing(code), body.count <= rawByteLimit {
            error.raw = Array(body.bytes)
        }
        return isWord ? withRaw(error, body) : error
    }

    /// Keeps the body where it says more than the error.
    private static func withRaw(_ error: CallError, _ body: JSONView) -> CallError {
        var error = error
        guard error.raw.isEmpty, body.count <= rawByteLimit else { return error }
        if saysMore(body, than: messageNames + bodyNames) { error.raw = Array(body.bytes) }
        return error
    }

    /// An error object of more bytes is not kept beside its words.
    private static let rawByteLimit = 1 << 16

    private static let bodyNames: [StaticString] = [
        "error", "detail", "object", "__type", "error_type", "errorType", "error_code", "sequence_number",
    ]

    /// True for a member that has no key of its own in the record.
    private static func saysMore(_ view: JSONView, than more: [StaticString]) -> Bool {
        let known: [StaticString] = ["message", "msg", "type", "status", "code"]
        var saysMore = false
        view.forEachMember { name, value in
            for word in known + more where name.isEqual(to: word) { return }
            if !OtherMembers.isNothing(value), value.bool == nil { saysMore = true }
        }
        return saysMore
    }

    private static func code(_ view: JSONView?) -> [UInt8] {
        guard let view, view.kind == .string || view.integer != nil else { return [] }
        return Array(view.bytes)
    }

    /// What a message says, be it a list or an object; nil where it says nothing.
    private static func words(_ message: JSONView?) -> [UInt8]? {
        guard let message, !message.isNull else { return nil }
        return message.text?.copy ?? asText(message)
    }

    /// The JSON itself as words, at most 4 KiB of it.
    private static func asText(_ view: JSONView) -> [UInt8] {
        var text: [UInt8] = []
        let shown = UnsafeBufferPointer(start: view.start, count: min(view.count, 4096))
        JSONEscape.append(shown, to: &text)
        return text
    }
}
