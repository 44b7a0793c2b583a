// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

extension UInt8 {
    /// The byte, with A to Z as a to z.
    @inline(__always)
    var lowercasedASCII: UInt8 {
        self &- 0x41 < 26 ? self | 0x20 : self
    }

    /// True for a letter or digit of ASCII.
    @inline(__always)
    var isAlphanumericASCII: Bool {
        self &- 0x30 < 10 || (self | 0x20) &- 0x61 < 26
    }
}

/// Comparisons of byte strings that need no Unicode tables.
enum ASCII {
    /// Equality without regard to ASCII case; `word` is lower case.
    static func isEqualIgnoringCase(_ bytes: [UInt8], _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<bytes.count where bytes[index].lowercasedASCII != word.utf8Start[index] { return false }
        return true
    }

    /// True when `bytes` begins with `word`, which is lower case, without regard to ASCII case.
    static func hasPrefixIgnoringCase(_ bytes: [UInt8], _ word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        for index in 0..<word.utf8CodeUnitCount where bytes[index].lowercasedASCII != word.utf8Start[index] {
            return false
        }
        return true
    }

    static func isSame(_ word: StaticString, _ other: StaticString) -> Bool {
        isEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount), other)
    }

    static func isEqual(_ bytes: some RandomAccessCollection<UInt8>, _ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && hasSuffix(bytes, word)
    }

    static func hasSuffix(_ bytes: some RandomAccessCollection<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        return isWord(word, in: bytes, at: bytes.index(bytes.endIndex, offsetBy: -word.utf8CodeUnitCount))
    }

    static func hasPrefix(_ bytes: some RandomAccessCollection<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count >= word.utf8CodeUnitCount else { return false }
        return isWord(word, in: bytes, at: bytes.startIndex)
    }

    /// Whether `word` stands at `start`, where there is room for it; no slice is made, since many words are tried.
    @inline(__always)
    private static func isWord<Bytes: RandomAccessCollection<UInt8>>(
        _ word: StaticString, in bytes: Bytes, at start: Bytes.Index
    ) -> Bool {
        var index = start
        for offset in 0..<word.utf8CodeUnitCount {
            guard bytes[index] == word.utf8Start[offset] else { return false }
            bytes.formIndex(after: &index)
        }
        return true
    }

    /// The position of the first `word` in `bytes`, or nil.
    static func firstRange(of word: StaticString, in bytes: [UInt8]) -> Range<Int>? {
        let length = word.utf8CodeUnitCount
        guard length > 0, bytes.count >= length else { return nil }
        for start in 0...(bytes.count &- length) where isWord(word, in: bytes, at: start) {
            return start..<(start &+ length)
        }
        return nil
    }

    /// `bytes` without leading and trailing spaces and tabs.
    static func trimmed(_ bytes: [UInt8]) -> [UInt8] {
        var start = 0
        var end = bytes.count
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start &+= 1 }
        while end > start, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end &-= 1 }
        return Array(bytes[start..<end])
    }
}
