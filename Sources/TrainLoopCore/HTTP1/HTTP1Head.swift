// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The head of an HTTP/1.1 message as it was on the wire, with its lines kept apart so that one can be changed alone.
///
/// Strict where leniency would let two readers disagree on where a message ends (RFC 9112, 11.2), lenient elsewhere.
package struct HTTP1Head: Sendable {
    /// A field line, whole with its line end; a folded one with its continuation lines.
    package struct Line: Sendable {
        package var range: Range<Int>
        package var field: HeaderField
    }

    /// The whole head with its empty line.
    package let bytes: [UInt8]
    /// The three parts of the start line.
    package let start: (first: [UInt8], second: [UInt8], third: [UInt8])
    /// Where the start line ends, behind its line feed.
    package let startLineEnd: Int
    package private(set) var lines: [Line] = []

    package var fields: [HeaderField] { lines.map { $0.field } }

    /// - Parameter bytes: a head up to and with its empty line.
    /// - Returns: nil when it is none.
    package init?(_ bytes: [UInt8]) {
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
    package func values(_ name: StaticString) -> [[UInt8]] {
        lines.filter { $0.field.isNamed(name) }.map { $0.field.value }
    }

    /// Whether a list-valued field holds a token, ignoring case.
    package func list(_ name: StaticString, contains token: StaticString) -> Bool {
        for value in values(name) {
            for member in value.split(separator: 0x2c) {
                let word = Self.trimmed(member).prefix { $0 != 0x20 && $0 != 0x09 && $0 != 0x3b }
                if ASCII.isEqualIgnoringCase(Array(word), token) { return true }
            }
        }
        return false
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
    package func isNamed(_ name: StaticString) -> Bool { ASCII.isEqualIgnoringCase(self.name, name) }
}
