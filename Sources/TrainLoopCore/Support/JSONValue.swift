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

    /// Validates a whole text: grammar, UTF-8, at most 200 levels deep.
    ///
    /// - Returns: nil when it is not JSON. Lone surrogate escapes, duplicate keys and numbers of any size are JSON.
    package init?(parsing bytes: ArraySlice<UInt8>) {
        return nil
    }

    package init?(parsing bytes: [UInt8]) {
        self.init(parsing: bytes[...])
    }

    /// The last member of that name (compared after unescaping), or nil; nil too when this is no object.
    package subscript(key: StaticString) -> JSONValue? { nil }

    /// Calls `body` for each member in order; the name is given as written between its quotes, still escaped.
    package func forEachMember(_ body: (_ escapedName: ArraySlice<UInt8>, _ value: JSONValue) -> Void) {}

    /// Calls `body` for each element in order.
    package func forEachElement(_ body: (JSONValue) -> Void) {}

    /// The string's characters, unescaped (a lone surrogate becomes U+FFFD), or nil when this is no string.
    package var string: String? { nil }

    /// What stands between the quotes, still escaped, or nil when this is no string.
    package var escapedString: ArraySlice<UInt8>? { nil }

    /// The number when it is an integer that fits, or nil.
    package var integer: Int64? { nil }

    /// The number as a double, or nil.
    package var double: Double? { nil }

    package var bool: Bool? { nil }
}
