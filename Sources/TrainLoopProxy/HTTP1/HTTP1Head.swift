// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// The head of an HTTP/1.1 message as it was on the wire, with its lines kept apart so that one can be changed alone.
///
/// Strict where leniency would let two readers disagree on where a message ends (RFC 9112, 11.2), lenient elsewhere.
struct HTTP1Head {
    /// A field line, whole with its line end; a folded one with its continuation lines.
    struct Line {
        var range: Range<Int>
        var field: HeaderField
    }

    /// The whole head with its empty line.
    let bytes: [UInt8]
    /// The three parts of the start line.
    let start: (first: [UInt8], second: [UInt8], third: [UInt8])
    /// Where the start line ends, behind its line feed.
    let startLineEnd: Int
    private(set) var lines: [Line] = []

    var fields: [HeaderField] { lines.map(\.field) }

    /// - Parameter bytes: a head up to and with its empty line.
    /// - Returns: nil when it is none.
    init?(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard let lineFeed = bytes.firstIndex(of: 0x0a) else { return nil }
        startLineEnd = lineFeed + 1
        let parts = Self.withoutLineEnd(bytes[..<lineFeed]).split(
            separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count >= 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        start = (Array(parts[0]), Array(parts[1]), parts.count > 2 ? Array(parts[2]) : [])
        guard readFields() else { return nil }
    }

    private mutating func readFields() -> Bool {
        var position = startLineEnd
        while let lineFeed = bytes[position...].firstIndex(of: 0x0a) {
            let line = Self.withoutLineEnd(bytes[position..<lineFeed])
            let range = position..<lineFeed + 1
            position = lineFeed + 1
            if line.isEmpty { return true }
            if line[line.startIndex] == 0x20 || line[line.startIndex] == 0x09 {
                // A folded line belongs to the field before it (RFC 9112, 5.2).
                guard var last = lines.popLast() else { return false }
                last.range = last.range.lowerBound..<range.upperBound
                last.field.value += [0x20] + Self.trimmed(line)
                lines.append(last)
                continue
            }
            guard let colon = line.firstIndex(of: 0x3a), colon > line.startIndex else { return false }
            let name = line[..<colon]
            // White space before the colon is how requests are smuggled (RFC 9112, 5.1).
            guard name.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
            let field = HeaderField(name: Array(name), value: Array(Self.trimmed(line[(colon + 1)...])))
            lines.append(Line(range: range, field: field))
        }
        return false
    }

    /// The values of every field of that name, in order.
    ///
    /// - Parameter name: lower case.
    func values(_ name: StaticString) -> [[UInt8]] {
        lines.filter { $0.field.isNamed(name) }.map(\.field.value)
    }

    /// Whether a list-valued field holds a token, ignoring case.
    func list(_ name: StaticString, contains token: String) -> Bool {
        values(name).contains { value in
            String(decoding: value, as: UTF8.self).lowercased().split(separator: ",").contains {
                $0.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" && $0 != ";" } == token
            }
        }
    }

    private static func withoutLineEnd(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        line.last == 0x0d ? line.dropLast() : line
    }

    private static func trimmed(_ value: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var value = value
        while let first = value.first, first == 0x20 || first == 0x09 { value.removeFirst() }
        while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
        return value
    }
}

extension HeaderField {
    /// Whether this is the field of that name; ASCII case does not count.
    ///
    /// - Parameter name: lower case.
    func isNamed(_ name: StaticString) -> Bool {
        guard self.name.count == name.utf8CodeUnitCount else { return false }
        return self.name.indices.allSatisfy { index in
            let byte = self.name[index]
            return (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) == name.utf8Start[index]
        }
    }
}
