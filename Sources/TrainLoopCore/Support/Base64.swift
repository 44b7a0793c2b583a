// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Base64 (RFC 4648, 4 and 5): encoded for `Basic` credentials, decoded for events inside events and for media.
package enum Base64 {
    /// How a text was written, as far as the bytes that it stands for do not tell.
    package struct Form: Sendable, Equatable {
        /// `-` and `_` in the place of `+` and `/`.
        package var isURLSafe = false
        /// Without the `=` that its length asks for.
        package var isUnpadded = false

        package init(isURLSafe: Bool = false, isUnpadded: Bool = false) {
            self.isURLSafe = isURLSafe
            self.isUnpadded = isUnpadded
        }
    }

    private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let padding = UInt8(ascii: "=")

    package static func encode(_ bytes: [UInt8]) -> String { String(decoding: text(of: bytes), as: UTF8.self) }

    package static func text(of bytes: [UInt8], form: Form = Form()) -> [UInt8] {
        var alphabet = alphabet
        if form.isURLSafe {
            alphabet[62] = UInt8(ascii: "-")
            alphabet[63] = UInt8(ascii: "_")
        }
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count &+ 2) / 3 &* 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (start &+ offset < bytes.count ? UInt32(bytes[start &+ offset]) : 0)
            }
            for index in 0..<4 {
                if start &+ index <= bytes.count {
                    text.append(alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)])
                } else if !form.isUnpadded {
                    text.append(padding)
                }
            }
        }
        return text
    }

    /// The bytes that a text stands for, padded or not.
    ///
    /// JSON's escaped slash is a slash; any other character gives nil.
    static func decode(_ text: JSONText) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 &* 3 &+ 3)
        var bits: UInt32 = 0
        var bitCount = 0
        var hasEnded = false
        for byte in text.bytes where byte != UInt8(ascii: "\\") {
            if byte == padding {
                hasEnded = true
                continue
            }
            let digit = digit(byte)
            guard digit < 64, !hasEnded else { return nil }
            bits = bits << 6 | UInt32(digit)
            bitCount &+= 6
            if bitCount >= 8 {
                bitCount &-= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
            }
        }
        return bytes
    }

    /// The bytes of a text that can be had back from them exactly; nil for any other text.
    ///
    /// The alphabet is either of the two and not a mixture, the padding whole or absent, and the bits that no byte takes
    /// are zero.
    package static func exactBytes(of text: UnsafeBufferPointer<UInt8>) -> (bytes: [UInt8], form: Form)? {
        var digitCount = text.count
        while digitCount > 0, text.count &- digitCount < 2, text[digitCount &- 1] == padding { digitCount &-= 1 }
        let paddingCount = text.count &- digitCount
        let tail = digitCount % 4
        guard tail != 1, paddingCount == 0 || tail &+ paddingCount == 4 else { return nil }
        var bytes = [UInt8](repeating: 0, count: digitCount / 4 &* 3 &+ max(0, tail &- 1))
        let table = digitTable()
        var found: UInt16 = 0
        var spare: UInt16 = 0
        bytes.withUnsafeMutableBufferPointer { bytes in
            table.withUnsafeBufferPointer { table in
                var target = 0
                var index = 0
                while index &+ 4 <= digitCount {
                    let (a, b) = (table[Int(text[index])], table[Int(text[index &+ 1])])
                    let (c, d) = (table[Int(text[index &+ 2])], table[Int(text[index &+ 3])])
                    found |= a | b | c | d
                    bytes[target] = UInt8(truncatingIfNeeded: a << 2 | (b & 63) >> 4)
                    bytes[target &+ 1] = UInt8(truncatingIfNeeded: b << 4 | (c & 63) >> 2)
                    bytes[target &+ 2] = UInt8(truncatingIfNeeded: c << 6 | d & 63)
                    index &+= 4
                    target &+= 3
                }
                guard tail > 1 else { return }
                let (a, b) = (table[Int(text[index])], table[Int(text[index &+ 1])])
                let c = tail == 3 ? table[Int(text[index &+ 2])] : 0
                found |= a | b | c
                bytes[target] = UInt8(truncatingIfNeeded: a << 2 | (b & 63) >> 4)
                if tail == 3 { bytes[target &+ 1] = UInt8(truncatingIfNeeded: b << 4 | (c & 63) >> 2) }
                spare = tail == 3 ? c & 3 : b & 15
            }
        }
        let isMixed = found & plainBit != 0 && found & urlSafeBit != 0
        guard found & otherBit == 0, !isMixed, spare == 0 else { return nil }
        return (bytes, Form(isURLSafe: found & urlSafeBit != 0, isUnpadded: tail != 0 && paddingCount == 0))
    }

    private static let plainBit: UInt16 = 0x100
    private static let urlSafeBit: UInt16 = 0x200
    private static let otherBit: UInt16 = 0x400

    /// The values of digits, with bits for those that only one alphabet has and for what is no digit.
    private static func digitTable() -> [UInt16] {
        var digits = [UInt16](repeating: otherBit, count: 256)
        for byte in UInt8.min...UInt8.max where digit(byte) < 64 { digits[Int(byte)] = UInt16(digit(byte)) }
        digits[Int(UInt8(ascii: "+"))] |= plainBit
        digits[Int(UInt8(ascii: "/"))] |= plainBit
        digits[Int(UInt8(ascii: "-"))] = 62 | urlSafeBit
        digits[Int(UInt8(ascii: "_"))] = 63 | urlSafeBit
        return digits
    }

    /// True for a byte of either alphabet.
    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool {
        byte.isAlphanumericASCII || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    /// The value of a digit, or 255.
    private static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte &- UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): byte &- UInt8(ascii: "a") &+ 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte &- UInt8(ascii: "0") &+ 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: 255
        }
    }
}
