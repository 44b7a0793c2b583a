// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Looks into the header fields of a message.
package struct HTTPFields {
    package let fields: [HeaderField]

    /// The first value under that name, which is lower case, without white space around it; nil for none or an empty one.
    subscript(name: StaticString) -> [UInt8]? {
        for index in fields.indices where ASCII.isEqualIgnoringCase(fields[index].name, name) {
            let value = ASCII.trimmed(fields[index].value)
            return value.isEmpty ? nil : value
        }
        return nil
    }

    /// The value as a whole number that is not negative.
    func integer(_ name: StaticString) -> Int64? {
        guard let value = self[name], value.first != UInt8(ascii: "-") else { return nil }
        return value.withUnsafeBufferPointer { JSONNumber.integer($0) }
    }

    package init(fields: [HeaderField]) {
        self.fields = fields
    }

    /// The content codings in the order in which they were applied, lower case, without `identity`.
    package var contentCodings: [[UInt8]] {
        var codings: [[UInt8]] = []
        for field in fields where field.isNamed("content-encoding") {
            for coding in field.value.split(separator: UInt8(ascii: ",")) {
                let name = ASCII.trimmed(Array(coding)).map { $0.lowercasedASCII }
                if !name.isEmpty, !ASCII.isEqual(name, "identity") { codings.append(name) }
            }
        }
        return codings
    }

    /// How long the server asks to wait: `retry-after-ms`, or `retry-after` as seconds or as a date.
    ///
    /// - Parameter instant: when the answer came, for a date.
    package func retryAfterMilliseconds(at instant: Timestamp) -> Int64? {
        if let milliseconds = number("retry-after-ms") { return Self.clamped(milliseconds) }
        if let seconds = number("retry-after") { return Self.clamped(seconds * 1000) }
        guard let value = self["retry-after"], let date = HTTPDate.secondsSinceEpoch(value) else { return nil }
        return max(0, date &* 1000 &- instant.millisecondsSinceEpoch)
    }

    private func number(_ name: StaticString) -> Double? {
        guard let value = self[name], value.count < 32 else { return nil }
        return value.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress, JSONScan.isDigit(base[0]) else { return nil }
            var from = 0
            while from &+ 1 < buffer.count, base[from] == 0x30, JSONScan.isDigit(base[from &+ 1]) { from &+= 1 }
            guard JSONScan.numberEnd(base, from, buffer.count) == buffer.count else { return nil }
            return JSONNumber.double(buffer)
        }
    }

    private static func clamped(_ milliseconds: Double) -> Int64? {
        guard milliseconds >= 0, milliseconds < 1e12 else { return nil }
        return Int64(milliseconds.rounded())
    }
}
