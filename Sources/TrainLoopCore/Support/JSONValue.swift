// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One value of a JSON text, as a view of validated bytes (RFC 8259); nothing is converted until asked for.
///
/// Numbers keep their digits, objects their order and their duplicate keys, strings their escapes, since the bytes
/// themselves are the value.
package struct JSONValue: Sendable {
    package enum Kind: Sendable {
        case object, array, string, number, bool, null
    }

    /// Exactly the value's bytes, without surrounding white space.
    package let bytes: ArraySlice<UInt8>
    package let kind: Kind

    /// Validates a whole text: grammar, UTF-8, as deep as a record may be.
    ///
    /// - Returns: nil when it is not JSON. Lone surrogate escapes, duplicate keys and numbers of any size are JSON.
    package init?(parsing bytes: ArraySlice<UInt8>) {
        let found: (offset: Int, count: Int, kind: Kind)? = bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let view = JSONView(parsing: buffer, depthLimit: JSONScan.recordDepthLimit)
            else { return nil }
            return (view.start - base, view.count, view.kind)
        }
        guard let found else { return nil }
        self.bytes = bytes[(bytes.startIndex &+ found.offset)..<(bytes.startIndex &+ found.offset &+ found.count)]
        self.kind = found.kind
    }

    package init?(parsing bytes: [UInt8]) {
        self.init(parsing: bytes[...])
    }

    private init(checked bytes: ArraySlice<UInt8>, kind: Kind) {
        self.bytes = bytes
        self.kind = kind
    }

    /// The last member of that name (compared after unescaping), or nil; nil too when this is no object.
    package subscript(key: StaticString) -> JSONValue? {
        withView { view, base in
            view[key].map { value(of: $0, base) }
        } ?? nil
    }

    /// Calls `body` for each member in order; the name is given as written between its quotes, still escaped.
    package func forEachMember(_ body: (_ escapedName: ArraySlice<UInt8>, _ value: JSONValue) -> Void) {
        withView { view, base in
            view.forEachMember { name, member in
                body(slice(name.start - base, name.count), value(of: member, base))
            }
        }
    }

    /// Calls `body` for each element in order.
    package func forEachElement(_ body: (JSONValue) -> Void) {
        withView { view, base in
            view.forEachElement { body(value(of: $0, base)) }
        }
    }

    /// The string's characters, unescaped (a lone surrogate becomes U+FFFD), or nil when this is no string.
    package var string: String? {
        escapedString?.withUnsafeBufferPointer { String(decoding: JSONEscape.unescaped($0), as: UTF8.self) }
    }

    /// What stands between the quotes, still escaped, or nil when this is no string.
    package var escapedString: ArraySlice<UInt8>? {
        guard kind == .string, bytes.count >= 2 else { return nil }
        return bytes[(bytes.startIndex &+ 1)..<(bytes.endIndex &- 1)]
    }

    /// The number when it is an integer that fits, or nil.
    package var integer: Int64? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { JSONNumber.integer($0) }
    }

    /// The number as a double, or nil.
    package var double: Double? {
        guard kind == .number else { return nil }
        return bytes.withUnsafeBufferPointer { JSONNumber.double($0) }
    }

    package var bool: Bool? {
        guard kind == .bool else { return nil }
        return bytes.first == UInt8(ascii: "t")
    }

    @discardableResult
    private func withView<Result>(_ body: (JSONView, UnsafePointer<UInt8>) -> Result) -> Result? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, !buffer.isEmpty else { return nil }
            return body(JSONView(checked: base, count: buffer.count), base)
        }
    }

    private func slice(_ offset: Int, _ count: Int) -> ArraySlice<UInt8> {
        let start = bytes.startIndex &+ offset
        return bytes[start..<(start &+ count)]
    }

    private func value(of view: JSONView, _ base: UnsafePointer<UInt8>) -> JSONValue {
        JSONValue(checked: slice(view.start - base, view.count), kind: view.kind)
    }
}
