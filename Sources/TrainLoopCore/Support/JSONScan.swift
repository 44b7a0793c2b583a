// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The grammar of JSON (RFC 8259) over bytes: finds where a value ends, and whether it is one.
///
/// Every function takes a pointer, a position and the count behind the pointer, and reads below the count only. Strings
/// are walked sixteen bytes at a time. A result below zero is a failure: `invalid` for bytes that no continuation could
/// make JSON, `cut` for bytes that end too early.
enum JSONScan {
    typealias Bytes = UnsafePointer<UInt8>

    /// The bytes break the grammar.
    static let invalid = -1
    /// The bytes end inside the value.
    static let cut = -2
    /// A container deeper than this is refused: deeper than any provider's reply, shallow enough for any thread's stack.
    static let depthLimit = 200
    /// A record holds such containers a few levels further inside.
    static let recordDepthLimit = depthLimit &+ 32

    @inline(__always)
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10
    }

    @inline(__always)
    static func skipSpace(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index < count, isSpace(bytes[index]) { index &+= 1 }
        return index
    }

    /// The end of a value that begins at `from`, after checking all of it.
    ///
    /// - Parameter index: notes where the larger values end.
    static func valueEnd(
        _ bytes: Bytes, _ from: Int, _ count: Int, depthLimit: Int = depthLimit,
        noting index: UnsafeMutablePointer<JSONIndex>? = nil
    ) -> Int {
        valueEnd(bytes, from, count, in: from, depth: Self.depthLimit &- depthLimit, index)
    }

    /// - Parameter container: where the container around it begins; its own beginning for a value that is in none.
    private static func valueEnd(
        _ bytes: Bytes, _ from: Int, _ count: Int, in container: Int, depth: Int,
        _ index: UnsafeMutablePointer<JSONIndex>?
    ) -> Int {
        guard from < count else { return cut }
        switch bytes[from] {
        case UInt8(ascii: "\""):
            let end = stringEnd(bytes, from &+ 1, count)
            index?.pointee.noteString(at: from &- container, byteCount: end &- from)
            return end
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < depthLimit else { return invalid }
            let place = index?.pointee.beginContainer(at: from &- container)
            let end =
                bytes[from] == UInt8(ascii: "{")
                ? objectEnd(bytes, from, count, depth: depth &+ 1, index)
                : arrayEnd(bytes, from, count, depth: depth &+ 1, index)
            index?.pointee.endContainer(place, byteCount: end &- from)
            return end
        case UInt8(ascii: "t"): return literalEnd(bytes, from, count, "true")
        case UInt8(ascii: "f"): return literalEnd(bytes, from, count, "false")
        case UInt8(ascii: "n"): return literalEnd(bytes, from, count, "null")
        default: return numberEnd(bytes, from, count)
        }
    }

    private static func objectEnd(
        _ bytes: Bytes, _ from: Int, _ count: Int, depth: Int, _ index: UnsafeMutablePointer<JSONIndex>?
    ) -> Int {
        var position = skipSpace(bytes, from &+ 1, count)
        guard position < count else { return cut }
        if bytes[position] == UInt8(ascii: "}") { return position &+ 1 }
        while true {
            guard position < count else { return cut }
            guard bytes[position] == UInt8(ascii: "\"") else { return invalid }
            position = stringEnd(bytes, position &+ 1, count)
            guard position >= 0 else { return position }
            position = skipSpace(bytes, position, count)
            guard position < count else { return cut }
            guard bytes[position] == UInt8(ascii: ":") else { return invalid }
            position = skipSpace(bytes, position &+ 1, count)
            position = valueEnd(bytes, position, count, in: from, depth: depth, index)
            guard position >= 0 else { return position }
            position = skipSpace(bytes, position, count)
            guard position < count else { return cut }
            if bytes[position] == UInt8(ascii: "}") { return position &+ 1 }
            guard bytes[position] == UInt8(ascii: ",") else { return invalid }
            position = skipSpace(bytes, position &+ 1, count)
        }
    }

    private static func arrayEnd(
        _ bytes: Bytes, _ from: Int, _ count: Int, depth: Int, _ index: UnsafeMutablePointer<JSONIndex>?
    ) -> Int {
        var position = skipSpace(bytes, from &+ 1, count)
        guard position < count else { return cut }
        if bytes[position] == UInt8(ascii: "]") { return position &+ 1 }
        while true {
            position = valueEnd(bytes, position, count, in: from, depth: depth, index)
            guard position >= 0 else { return position }
            position = skipSpace(bytes, position, count)
            guard position < count else { return cut }
            if bytes[position] == UInt8(ascii: "]") { return position &+ 1 }
            guard bytes[position] == UInt8(ascii: ",") else { return invalid }
            position = skipSpace(bytes, position &+ 1, count)
        }
    }

    private static func literalEnd(_ bytes: Bytes, _ from: Int, _ count: Int, _ literal: StaticString) -> Int {
        let length = literal.utf8CodeUnitCount
        let shown = min(length, count &- from)
        for offset in 0..<shown where bytes[from &+ offset] != literal.utf8Start[offset] { return invalid }
        return shown == length ? from &+ length : cut
    }

    /// The end of a number; one that reaches the end of the bytes counts as whole.
    static func numberEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        if index < count, bytes[index] == UInt8(ascii: "-") { index &+= 1 }
        guard index < count else { return cut }
        guard isDigit(bytes[index]) else { return invalid }
        if bytes[index] == UInt8(ascii: "0") {
            index &+= 1
        } else {
            index = digitsEnd(bytes, index, count)
        }
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index &+= 1
            guard index < count else { return cut }
            guard isDigit(bytes[index]) else { return invalid }
            index = digitsEnd(bytes, index, count)
        }
        guard index < count, bytes[index] | 0x20 == UInt8(ascii: "e") else { return index }
        index &+= 1
        if index < count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") { index &+= 1 }
        guard index < count else { return cut }
        guard isDigit(bytes[index]) else { return invalid }
        return digitsEnd(bytes, index, count)
    }

    @inline(__always)
    private static func digitsEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index < count, isDigit(bytes[index]) { index &+= 1 }
        return index
    }

    /// The position after the closing quote of a string whose characters begin at `from`; checks escapes and UTF-8.
    static func stringEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while true {
            index = plainEnd(bytes, index, count)
            guard index < count else { return cut }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { return index &+ 1 }
            if byte == UInt8(ascii: "\\") {
                let length = escapeLength(bytes, index, count)
                guard length > 0 else { return length }
                index &+= length
            } else {
                guard byte >= 0x80 else { return invalid }
                let length = UTF8Scan.sequenceLength(bytes, index, count)
                guard length > 0 else { return length }
                index &+= length
            }
        }
    }

    /// The first position at or after `from` that holds a quote, a backslash, a control or a byte above ASCII.
    @inline(__always)
    static func plainEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index &+ ByteBlock.count <= count {
            let block = ByteBlock(bytes + index)
            let quotes = block.equal(to: UInt8(ascii: "\"")) .| block.equal(to: UInt8(ascii: "\\"))
            let others = block.below(0x20) .| block.equal(to: 0x80, under: 0x80)
            if let offset = ByteBlock.first(quotes .| others) { return index &+ offset }
            index &+= ByteBlock.count
        }
        while index < count {
            let byte = bytes[index]
            if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index &+= 1
        }
        return index
    }

    /// The length of the escape at `from`, where a backslash stands, or a failure.
    static func escapeLength(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        guard from &+ 1 < count else { return cut }
        switch bytes[from &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            if from &+ 6 <= count, areHexadecimal(bytes + from + 2) { return 6 }
            for offset in 2..<6 {
                guard from &+ offset < count else { return cut }
                guard hexadecimal(bytes[from &+ offset]) < 16 else { return invalid }
            }
            return 6
        default: return invalid
        }
    }

    /// True when four hexadecimal digits stand at `start`; each is looked at in its own byte of a word.
    @inline(__always)
    private static func areHexadecimal(_ start: Bytes) -> Bool {
        let word = UnsafeRawPointer(start).loadUnaligned(as: UInt32.self)
        let low = word & 0x7F7F_7F7F
        // A byte's highest bit: not 0 to 9; a or more; more than f.
        let noDigit = (low ^ 0x3030_3030) &+ 0x7676_7676
        let letter = (low | 0x2020_2020) &+ 0x1F1F_1F1F
        let beyond = (low | 0x2020_2020) &+ 0x1919_1919
        return (noDigit & (~letter | beyond) | word) & 0x8080_8080 == 0
    }

    /// The value of a hexadecimal digit, or 255.
    @inline(__always)
    static func hexadecimal(_ byte: UInt8) -> UInt8 {
        if isDigit(byte) { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : 255
    }

    // MARK: - Over bytes that were checked before

    /// The position after the closing quote, in a text known to be JSON.
    ///
    /// Looks for quotes only: one behind an odd number of backslashes is a character. The run before each quote is its own,
    /// so the whole stays linear.
    static func checkedStringEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index < count {
            if index &+ ByteBlock.count <= count {
                let quotes = ByteBlock(bytes + index).equal(to: UInt8(ascii: "\""))
                guard let offset = ByteBlock.first(quotes) else {
                    index &+= ByteBlock.count
                    continue
                }
                index &+= offset
            } else if bytes[index] != UInt8(ascii: "\"") {
                index &+= 1
                continue
            }
            var run = index
            while run > from, bytes[run &- 1] == UInt8(ascii: "\\") { run &-= 1 }
            index &+= 1
            if (index &- run) & 1 == 1 { return index }
        }
        return count
    }

    /// The first quote or bracket at or after `from`, where no string is open, in a text known to be JSON; else `count`.
    @inline(__always)
    private static func checkedStructure(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        while index &+ ByteBlock.count <= count {
            let block = ByteBlock(bytes + index)
            // Without these bits all four brackets are one byte, and nothing else is that stands outside a string.
            let brackets = block.equal(to: 0x59, under: 0xD9)
            if let offset = ByteBlock.first(brackets .| block.equal(to: UInt8(ascii: "\""))) { return index &+ offset }
            index &+= ByteBlock.count
        }
        while index < count, bytes[index] != UInt8(ascii: "\""), bytes[index] | 0x26 != 0x7F { index &+= 1 }
        return index
    }

    /// The end of the value at `from`, in a text known to be JSON.
    static func checkedValueEnd(_ bytes: Bytes, _ from: Int, _ count: Int) -> Int {
        var index = from
        guard index < count else { return count }
        var depth = 0
        switch bytes[index] {
        case UInt8(ascii: "\""): return checkedStringEnd(bytes, index &+ 1, count)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            repeat {
                let byte = bytes[index]
                index &+= 1
                if byte == UInt8(ascii: "\"") {
                    index = checkedStringEnd(bytes, index, count)
                } else if byte | 0x20 == UInt8(ascii: "{") {
                    depth &+= 1
                } else if byte | 0x20 == UInt8(ascii: "}") {
                    depth &-= 1
                } else if byte != UInt8(ascii: ","), byte != UInt8(ascii: ":") {
                    index = checkedStructure(bytes, index, count)
                }
            } while depth > 0 && index < count
            return index
        default:
            while index < count {
                let byte = bytes[index]
                if byte == UInt8(ascii: ",") || byte | 0x20 == UInt8(ascii: "}") || isSpace(byte) { break }
                index &+= 1
            }
            return index
        }
    }
}
