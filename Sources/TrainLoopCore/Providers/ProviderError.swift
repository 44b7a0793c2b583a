// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shapes in which providers, and the servers before them, say that a call failed.
enum ProviderError {
    /// Reads `{"error": {...}}`, `{"error": "..."}`, a bare `{"type", "code", "message"}`, `{"detail": ...}`,
    /// `{"errors": [{...}]}` and a list whose first element is one of these.
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
        if let message = body["message"]?.text {
            var error = CallError(source: .provider)
            error.message = message.copy
            if let type = body["type"]?.text ?? body["__type"]?.text, !type.isEqual(to: "error") {
                error.type = type.copy
            }
            error.code = code(body["code"])
            return error
        }
        guard let detail = body["detail"], !detail.isNull else { return nil }
        return describe(detail)
    }

    /// Reads the object or string that is the error itself.
    static func describe(_ view: JSONView) -> CallError? {
        var error = CallError(source: .provider)
        if let text = view.text {
            error.message = text.copy
            return error
        }
        if view.isObject {
            error.message = view["message"]?.text?.copy ?? view["msg"]?.text?.copy ?? []
            error.type = view["type"]?.text?.copy ?? view["status"]?.text?.copy ?? []
            error.code = code(view["code"])
            if error.message.isEmpty, error.type.isEmpty, error.code.isEmpty {
                error.message = asText(view)
            } else if saysMore(view), view.count <= rawByteLimit {
                error.raw = Array(view.bytes)
            }
            return error
        }
        guard view.isArray else { return nil }
        error.message = asText(view)
        return error
    }

    /// An error object that lacks its type or code may have them beside it.
    private static func withBackup(_ error: CallError, from body: JSONView) -> CallError {
        var error = error
        if error.message.isEmpty { error.message = body["message"]?.text?.copy ?? [] }
        if error.type.isEmpty, let type = body["error_type"]?.text { error.type = type.copy }
        return error
    }

    /// An error object of more bytes is not kept beside its words.
    private static let rawByteLimit = 1 << 16

    /// True for a member that has no key of its own in the record.
    private static func saysMore(_ view: JSONView) -> Bool {
        let known: [StaticString] = ["message", "msg", "type", "status", "code"]
        var saysMore = false
        view.forEachMember { name, value in
            for word in known where name.isEqual(to: word) { return }
            if !OtherMembers.isNothing(value) { saysMore = true }
        }
        return saysMore
    }

    private static func code(_ view: JSONView?) -> [UInt8] {
        guard let view, view.kind == .string || view.integer != nil else { return [] }
        return Array(view.bytes)
    }

    /// The JSON itself as words, at most 4 KiB of it.
    private static func asText(_ view: JSONView) -> [UInt8] {
        var text: [UInt8] = []
        let shown = UnsafeBufferPointer(start: view.start, count: min(view.count, 4096))
        JSONEscape.append(shown, to: &text)
        return text
    }
}
