// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoopCore

/// One event of a test: the line of JSON that would have gone to the data folder.
public struct RecordedEvent: Sendable, CustomStringConvertible {
    /// The event as JSON, without the line feed.
    public let json: String
    private let value: JSONValue?

    init(_ line: [UInt8]) {
        let bytes = line.last == UInt8(ascii: "\n") ? Array(line.dropLast()) : line
        json = String(decoding: bytes, as: UTF8.self)
        value = JSONValue(parsing: bytes)
    }

    /// The model asked for.
    public var model: String { self["model"] ?? "" }
    /// The tag of the call.
    public var tag: String { self["tag"] ?? "" }
    /// `ok`, `error` or `incomplete`.
    public var status: String { self["status"] ?? "" }
    /// The visible text of the reply.
    public var content: String { self["output", "content"] ?? "" }

    /// A string, number or boolean of the event, as text.
    ///
    /// - Parameter path: the keys that lead there, such as `"usage", "inputTokens"`; the index of an element of an array is a key.
    /// - Returns: nil where there is none.
    public subscript(path: String...) -> String? {
        guard let found = path.reduce(value, Self.member) else { return nil }
        return found.string ?? String(decoding: found.bytes, as: UTF8.self)
    }

    /// The event as a type of the test's own.
    ///
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json.utf8))
    }

    /// The event as JSON.
    public var description: String { json }

    private static func member(of value: JSONValue?, _ key: String) -> JSONValue? {
        guard let value else { return nil }
        var found: JSONValue?
        if let index = Int(key) {
            var position = 0
            value.forEachElement { element in
                if position == index { found = element }
                position += 1
            }
        } else {
            value.forEachMember { name, member in
                if name.elementsEqual(key.utf8) { found = member }
            }
        }
        return found
    }
}
