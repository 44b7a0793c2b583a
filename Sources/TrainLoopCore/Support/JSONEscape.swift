// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// From plain characters to the inside of a JSON string, and back.
enum JSONEscape {
    /// The characters of a checked string; a lone surrogate becomes U+FFFD.
    static func unescaped(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var plain: [UInt8] = []
        guard let base = bytes.baseAddress else { return plain }
        let count = bytes.count
        plain.reserveCapacity(count)
        var index = 0
        while index < count {
            var runEnd = index
            while runEnd < count, base[runEnd] != UInt8(ascii: "\\") { runEnd &+= 1 }
            plain.append(contentsOf: UnsafeBufferPointer(start: base + index, count: runEnd &- index))
            guard runEnd &+ 1 < count else { break }
            index = appendEscape(base, runEnd, count, to: &plain)
        }
        return plain
    }

    /// Appends what the escape at `from` stands for, and returns the position after it.
    private static func appendEscape(
        _ base: UnsafePointer<UInt8>, _ from: Int, _ count: Int, to plain: inout [UInt8]
    ) -> Int {
        switch base[from &+ 1] {
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "u"):
            guard let unit = codeUnit(base, from, count) else { return count }
            if unit & 0xFC00 == 0xD800, let low = codeUnit(base, from &+ 6, count), low & 0xFC00 == 0xDC00 {
                UTF8Scan.append(0x10000 &+ ((unit & 0x3FF) << 10) &+ (low & 0x3FF), to: &plain)
                return from &+ 12
            }
            UTF8Scan.append(unit, to: &plain)
            return from &+ 6
        case let byte: plain.append(byte)
        }
        return from &+ 2
    }

    /// The UTF-16 code unit of the escape `\uXXXX` at `from`, or nil when there is none.
    static func codeUnit(_ base: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> UInt32? {
        guard from &+ 6 <= count, base[from] == UInt8(ascii: "\\"), base[from &+ 1] == UInt8(ascii: "u") else {
            return nil
        }
        var unit: UInt32 = 0
        for offset in 2..<6 {
            let digit = JSONScan.hexadecimal(base[from &+ offset])
            guard digit < 16 else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Appends plain bytes as the inside of a JSON string; a byte that belongs to no UTF-8 sequence becomes U+FFFD.
    ///
    /// - Returns: false when such a byte was met.
    @discardableResult
    static func append(_ plain: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) -> Bool {
        guard let base = plain.baseAddress else { return true }
        let count = plain.count
        var isValid = true
        var index = 0
        var runStart = 0
        text.makeRoom(for: count &+ 2)
        while true {
            index = JSONScan.plainEnd(base, index, count)
            guard index < count else { break }
            let byte = base[index]
            if byte >= 0x80 {
                let length = UTF8Scan.sequenceLength(base, index, count)
                if length > 0 {
                    index &+= length
                    continue
                }
                isValid = false
            }
            text.append(contentsOf: UnsafeBufferPointer(start: base + runStart, count: index &- runStart))
            appendEscaped(byte, to: &text)
            index &+= 1
            runStart = index
        }
        text.append(contentsOf: UnsafeBufferPointer(start: base + runStart, count: count &- runStart))
        return isValid
    }

    private static func appendEscaped(_ byte: UInt8, to text: inout [UInt8]) {
        if byte >= 0x80 {
            text.append(0xEF)
            text.append(0xBF)
            text.append(0xBD)
            return
        }
        text.append(UInt8(ascii: "\\"))
        switch byte {
        case 0x0A: text.append(UInt8(ascii: "n"))
        case 0x0D: text.append(UInt8(ascii: "r"))
        case 0x09: text.append(UInt8(ascii: "t"))
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): text.append(byte)
        default:
            text.append(UInt8(ascii: "u"))
            text.append(UInt8(ascii: "0"))
            text.append(UInt8(ascii: "0"))
            text.append(hexadecimalDigit(byte >> 4))
            text.append(hexadecimalDigit(byte & 15))
        }
    }

    static func hexadecimalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 &+ value : 0x57 &+ value
    }
}
