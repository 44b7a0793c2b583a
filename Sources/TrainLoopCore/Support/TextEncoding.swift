// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A text's bytes as UTF-8, whatever they came in: RFC 8259 wants no mark and no other encoding, and some servers send both.
package enum TextEncoding {
    /// - Parameter contentType: the field of that name, for its `charset`; nil when there is none.
    /// - Returns: the text as UTF-8 without a byte order mark; nil when the bytes are that already, or nothing tells what
    ///   they are. What has no place in Unicode becomes U+FFFD.
    package static func utf8(_ bytes: [UInt8], contentType: [UInt8]?) -> [UInt8]? {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(bytes[3...]) }
        if bytes.starts(with: [0xFF, 0xFE]) { return utf16(bytes[2...], isBigEndian: false) }
        if bytes.starts(with: [0xFE, 0xFF]) { return utf16(bytes[2...], isBigEndian: true) }
        guard let charset = contentType.flatMap(charset) else { return nil }
        if ASCII.isEqual(charset, "utf-16") || ASCII.isEqual(charset, "utf-16le") {
            return utf16(bytes[...], isBigEndian: false)
        }
        if ASCII.isEqual(charset, "utf-16be") { return utf16(bytes[...], isBigEndian: true) }
        for name in latin where ASCII.isEqual(charset, name) {
            // It is said more often than done.
            return bytes.withUnsafeBufferPointer({ UTF8Scan.isValid($0) }) ? nil : windows1252(bytes)
        }
        return nil
    }

    /// All are windows-1252 today (WHATWG Encoding Standard, 4.2).
    private static let latin: [StaticString] = ["iso-8859-1", "latin1", "windows-1252", "us-ascii"]

    /// The parameter in lower case.
    private static func charset(_ contentType: [UInt8]) -> [UInt8]? {
        let lowercased = contentType.map { $0.lowercasedASCII }
        guard let range = ASCII.firstRange(of: "charset=", in: lowercased) else { return nil }
        let value = lowercased[range.upperBound...].prefix { $0 != UInt8(ascii: ";") }
        return ASCII.trimmed(value.filter { $0 != UInt8(ascii: "\"") })
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, isBigEndian: Bool) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count)
        func unit(_ index: Int) -> UInt32 {
            let (first, second) = (UInt32(bytes[index]), UInt32(bytes[index &+ 1]))
            return isBigEndian ? first << 8 | second : second << 8 | first
        }
        var index = bytes.startIndex
        while index &+ 1 < bytes.endIndex {
            var scalar = unit(index)
            index &+= 2
            if scalar & 0xFC00 == 0xD800, index &+ 1 < bytes.endIndex, unit(index) & 0xFC00 == 0xDC00 {
                scalar = 0x10000 &+ ((scalar & 0x3FF) << 10) &+ (unit(index) & 0x3FF)
                index &+= 2
            }
            UTF8Scan.append(scalar, to: &text)
        }
        if index < bytes.endIndex { UTF8Scan.append(0xFFFD, to: &text) }
        return text
    }

    private static func windows1252(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count &+ bytes.count / 8)
        for byte in bytes {
            UTF8Scan.append(0x80..<0xA0 ~= byte ? high[Int(byte &- 0x80)] : UInt32(byte), to: &text)
        }
        return text
    }

    /// What windows-1252 has where Latin-1 has controls, from 0x80 on.
    private static let high: [UInt32] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D,
        0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
        0x9D,
        0x017E, 0x0178,
    ]
}
