// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The secrets that an exchange itself carried, in the forms in which a line of JSON could repeat them.
package struct Credentials {
    /// One form of one secret, and the byte of it by which it is looked for.
    struct Pattern {
        let bytes: [UInt8]
        let triggerOffset: Int
        /// It could stand outside the strings of JSON, and is a secret only inside one.
        let isStructural: Bool
        var trigger: UInt8 { bytes[triggerOffset] }
    }

    private(set) var patterns: [Pattern] = []

    /// Shorter values are words, not secrets.
    private static let shortest = 8
    /// A longer secret is known by its beginning; the redactor then takes the rest of it too.
    static let longest = 1 << 13
    private static let patternLimit = 128

    /// Gathers them from the fields of a request and the values taken out of its query.
    package init(fields: [HeaderField], queryValues: [[UInt8]]) {
        for field in fields where field.name.withUnsafeBufferPointer({ Self.isCredential($0) }) {
            let value = ASCII.trimmed(field.value)
            if ASCII.isEqualIgnoringCase(field.name, "cookie") {
                addCookies(value)
            } else {
                addUnlessWord(Self.withoutScheme(value))
            }
        }
        for value in queryValues { addUnlessWord(value) }
    }

    /// True for a field or member whose name says that its value is a secret.
    static func isCredential(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        // The host under HTTP/2's name for it.
        guard !isWord("authority", in: name, at: name.count &- 9) else { return false }
        for index in name.indices {
            let word: StaticString
            switch name[index] | 0x20 {
            case UInt8(ascii: "a"): word = "auth"
            case UInt8(ascii: "k"): word = "key"
            case UInt8(ascii: "t"): word = "token"
            case UInt8(ascii: "s"): word = "secret"
            case UInt8(ascii: "p"): word = "password"
            case UInt8(ascii: "c"):
                if isWord("cookie", in: name, at: index) { return true }
                word = "credential"
            default: continue
            }
            if isWord(word, in: name, at: index) { return true }
        }
        return false
    }

    private static func isWord(_ word: StaticString, in name: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard start >= 0, start &+ length <= name.count else { return false }
        for offset in 0..<length where name[start &+ offset].lowercasedASCII != word.utf8Start[offset] { return false }
        return true
    }

    /// What follows `Bearer`, `Basic` and their like.
    static func withoutScheme(_ value: [UInt8]) -> [UInt8] {
        guard let space = value.firstIndex(of: 0x20), space < 16 else { return value }
        return ASCII.trimmed(Array(value[space...]))
    }

    private mutating func addCookies(_ value: [UInt8]) {
        for pair in value.split(separator: UInt8(ascii: ";")) {
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let secret = Array(pair[(equals &+ 1)...])
            if secret.count >= 16 { add(secret) }
        }
    }

    // MARK: - Values

    /// Adds what came as a credential; of a word, such as servers without keys are given, the line may speak.
    private mutating func addUnlessWord(_ value: [UInt8]) {
        if value.count >= 24 || value.contains(where: { !Self.isWordByte($0) }) { add(value) }
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte &- 0x61 < 26 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
    }

    /// Adds what only a key would be: no words, and not a name.
    mutating func addIfTelling(_ value: [UInt8]) {
        if Self.isTelling(value) { add(value) }
    }

    static func isTelling(_ value: [UInt8]) -> Bool {
        var hasDigit = false
        var hasLetter = false
        for byte in value {
            if byte <= 0x20 { return false }
            if byte &- 0x30 < 10 { hasDigit = true }
            if byte.isAlphanumericASCII, byte > 0x39 { hasLetter = true }
        }
        return hasDigit && hasLetter
    }

    private static func escaped(_ plain: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        plain.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &escaped) }
        return escaped
    }

    /// Adds a secret as it stands inside a JSON string, with the escapes that writers choose differently.
    private mutating func add(_ secret: [UInt8]) {
        guard secret.count >= Self.shortest else { return }
        let plain = Self.escaped(secret)
        addPattern(plain)
        var hasSlash = false
        var hasPlus = false
        for byte in plain {
            if byte == UInt8(ascii: "/") { hasSlash = true }
            if byte == UInt8(ascii: "+") { hasPlus = true }
        }
        if hasSlash { addPattern(Self.replacing(UInt8(ascii: "/"), "\\/", in: plain)) }
        if hasPlus {
            addPattern(Self.replacing(UInt8(ascii: "+"), "\\u002B", in: plain))
            addPattern(Self.replacing(UInt8(ascii: "+"), "\\u002b", in: plain))
        }
    }

    private static func replacing(_ byte: UInt8, _ escape: StaticString, in text: [UInt8]) -> [UInt8] {
        var copy: [UInt8] = []
        for other in text {
            if other == byte {
                copy.append(contentsOf: UnsafeBufferPointer(start: escape.utf8Start, count: escape.utf8CodeUnitCount))
            } else {
                copy.append(other)
            }
        }
        return copy
    }

    private mutating func addPattern(_ text: [UInt8]) {
        guard patterns.count < Self.patternLimit else { return }
        let bytes = text.count > Self.longest ? Array(text[..<Self.boundary(in: text)]) : text
        guard bytes.count >= Self.shortest else { return }
        for pattern in patterns where pattern.bytes == bytes { return }
        let isStructural = !bytes.contains { !Self.isStructural($0) }
        patterns.append(
            Pattern(bytes: bytes, triggerOffset: Self.rarest(in: bytes), isStructural: isStructural))
    }

    /// The last place at or before the longest that is not in the midst of an escape or a character.
    private static func boundary(in text: [UInt8]) -> Int {
        var index = 0
        while true {
            var next = index &+ 1
            if text[index] == UInt8(ascii: "\\") { next = index &+ (text[index &+ 1] == UInt8(ascii: "u") ? 6 : 2) }
            while next < text.count, text[next] & 0xC0 == 0x80 { next &+= 1 }
            if next > longest { return index }
            index = next
        }
    }

    /// True for a byte that JSON has outside its strings: of numbers, of `true`, `false` and `null`, and between values.
    private static func isStructural(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "E"), UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: "{"), UInt8(ascii: "}"), 0x20:
            true
        case UInt8(ascii: "t"), UInt8(ascii: "r"), UInt8(ascii: "u"), UInt8(ascii: "e"), UInt8(ascii: "f"),
            UInt8(ascii: "a"), UInt8(ascii: "l"), UInt8(ascii: "s"), UInt8(ascii: "n"):
            true
        default: false
        }
    }

    private static func rarest(in bytes: [UInt8]) -> Int {
        var best = 0
        for offset in bytes.indices where commonness(bytes[offset]) < commonness(bytes[best]) { best = offset }
        return best
    }

    /// How often a byte stands in the text of a record, roughly; a rare one is looked for.
    private static func commonness(_ byte: UInt8) -> Int {
        switch byte {
        case UInt8(ascii: "Q"), UInt8(ascii: "X"), UInt8(ascii: "Z"), UInt8(ascii: "K"), UInt8(ascii: "J"): 0
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): 1
        case UInt8(ascii: "-"): 2
        case UInt8(ascii: "j"), UInt8(ascii: "q"), UInt8(ascii: "z"), UInt8(ascii: "x"), UInt8(ascii: "k"): 3
        case UInt8(ascii: "3")...UInt8(ascii: "9"): 4
        case UInt8(ascii: "0")...UInt8(ascii: "2"): 5
        case UInt8(ascii: "b"), UInt8(ascii: "v"), UInt8(ascii: "w"), UInt8(ascii: "y"), UInt8(ascii: "p"): 6
        case UInt8(ascii: "e"), UInt8(ascii: "t"), UInt8(ascii: "\""), UInt8(ascii: "\\"), 0x20: 9
        default: 8
        }
    }
}
