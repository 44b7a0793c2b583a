// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Writes JSON text, members and elements in the order of the calls; commas are its own business.
struct JSONWriter {
    /// What was written so far.
    var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    // MARK: - Structure

    mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
    }

    mutating func endObject() { bytes.append(UInt8(ascii: "}")) }

    mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
    }

    mutating func endArray() { bytes.append(UInt8(ascii: "]")) }

    /// Writes a member's name; its value comes next.
    mutating func key(_ name: StaticString) {
        appendQuoted(UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount), isKey: true)
    }

    /// Writes a member's name that is escaped already.
    mutating func key(escaped name: JSONText) {
        appendQuoted(name.bytes, isKey: true)
    }

    /// Writes a member's name from plain characters.
    mutating func key(plain name: [UInt8]) {
        string(plain: name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes a member's name that needs no escape, with A to Z as a to z.
    mutating func key(lowercasing name: [UInt8]) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        for byte in name { bytes.append(byte.lowercasedASCII) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes what needs no escape between quotes; behind a key a colon.
    private mutating func appendQuoted(_ text: UnsafeBufferPointer<UInt8>, isKey: Bool = false) {
        separate()
        let quotedCount = text.count &+ 2
        bytes.makeRoom(for: quotedCount &+ 1)
        bytes.append(addingCapacity: quotedCount &+ 1) { span in
            span.withUnsafeMutableBufferPointer { buffer, count in
                guard let target = buffer.baseAddress else { return }
                target[0] = UInt8(ascii: "\"")
                if let source = text.baseAddress {
                    UnsafeMutableRawPointer(target + 1).copyMemory(from: source, byteCount: text.count)
                }
                target[text.count &+ 1] = UInt8(ascii: "\"")
                target[quotedCount] = UInt8(ascii: ":")
                count = isKey ? quotedCount &+ 1 : quotedCount
            }
        }
    }

    /// A comma where one value stands directly before this one.
    @inline(__always)
    private mutating func separate() {
        guard let last = bytes.last else { return }
        if last != UInt8(ascii: "{"), last != UInt8(ascii: "["), last != UInt8(ascii: ":") {
            bytes.append(UInt8(ascii: ","))
        }
    }

    // MARK: - Values

    /// Writes a JSON value as it is.
    mutating func raw(_ value: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    mutating func raw(_ value: [UInt8]) {
        separate()
        bytes.append(contentsOf: value)
    }

    /// Writes a string whose characters are escaped already.
    mutating func string(escaped text: [UInt8]) {
        text.withUnsafeBufferPointer { appendQuoted($0) }
    }

    mutating func string(escaped text: JSONText) {
        appendQuoted(text.bytes)
    }

    /// Writes a string that needs no escape.
    mutating func string(_ word: StaticString) {
        appendQuoted(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Writes plain characters as a string.
    ///
    /// - Returns: false when a byte was no UTF-8 and stands as U+FFFD.
    @discardableResult
    mutating func string(plain characters: [UInt8]) -> Bool {
        separate()
        bytes.append(UInt8(ascii: "\""))
        let isValid = characters.withUnsafeBufferPointer { JSONEscape.append($0, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
        return isValid
    }

    mutating func string(_ text: String) {
        string(plain: Array(text.utf8))
    }

    mutating func integer(_ value: Int64) {
        separate()
        appendDigits(value)
    }

    mutating func integer(_ value: Int) { integer(Int64(value)) }

    mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    /// Writes nanoseconds as milliseconds with at most one decimal.
    mutating func milliseconds(nanoseconds: Int64) {
        separate()
        let tenths = max(0, nanoseconds / 100_000)
        appendDigits(tenths / 10)
        guard tenths % 10 != 0 else { return }
        bytes.append(UInt8(ascii: "."))
        bytes.append(0x30 &+ UInt8(truncatingIfNeeded: tenths % 10))
    }

    // MARK: - Members

    mutating func member(_ name: StaticString, _ word: StaticString) {
        key(name)
        string(word)
    }

    mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    mutating func member(_ name: StaticString, plain characters: [UInt8]) {
        key(name)
        string(plain: characters)
    }

    mutating func member(_ name: StaticString, escaped text: [UInt8]) {
        key(name)
        string(escaped: text)
    }

    /// Writes the member unless the text is empty.
    mutating func member(_ name: StaticString, unlessEmpty text: [UInt8]) {
        guard !text.isEmpty else { return }
        member(name, escaped: text)
    }

    mutating func member(_ name: StaticString, _ value: Int64) {
        key(name)
        integer(value)
    }

    mutating func member(_ name: StaticString, _ value: Int) { member(name, Int64(value)) }

    mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        bool(value)
    }

    private mutating func append(_ word: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    private mutating func appendDigits(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var divisor: UInt64 = 1
        while value.magnitude / divisor > 9 { divisor &*= 10 }
        bytes.append(addingCapacity: 19) { span in
            while divisor > 0 {
                span.append(0x30 &+ UInt8(truncatingIfNeeded: value.magnitude / divisor % 10))
                divisor /= 10
            }
        }
    }

    /// Gives the bytes away.
    consuming func take() -> [UInt8] { bytes }
}
