// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The last walk over a finished line: takes out secrets, and what would break the line.
///
/// It sees the whole line, so a key that came in several pieces is one key here. One pass: blocks and then a table tell the
/// few bytes at which something could be found, the rest is copied in runs.
package struct Redactor {
    /// How often a rule was applied.
    package struct Hit {
        package let rule: StaticString
        package var count: Int
    }

    package private(set) var hits: [Hit] = []

    private let credentials: [Credentials.Pattern]
    /// A place in the line, and whether a string is open there.
    private var stringCursor = (index: 0, isInside: false)
    private var isJSON = true
    /// The bytes that credentials are looked for by, each once.
    private var credentialTriggers: [UInt8] = []
    /// What may be found at a byte: bits of the constants below.
    private var table: [UInt8]

    /// The bits of the shapes whose trigger may stand directly behind a byte.
    private let follows: [UInt8]

    private static let credentialBit: UInt8 = 1
    private static let lineBreakBit: UInt8 = 2
    private static let separatorBit: UInt8 = 4
    /// Each trigger of a shape has one of these, so that most bytes are seen to be none by the byte before.
    private static let shapeBits: UInt8 = 0xF0

    /// A shape and what it is looked for by.
    private struct Candidate {
        let before: UInt8
        let trigger: UInt8
        let shape: KeyShape
    }

    private static let candidates = KeyShape.all.map {
        Candidate(before: $0.beforeTrigger, trigger: $0.trigger, shape: $0)
    }

    /// Both tables as they are for every line.
    private static let common: (table: [UInt8], follows: [UInt8]) = {
        var table = [UInt8](repeating: 0, count: 256)
        var follows = table
        var bit: UInt8 = 0x10
        for shape in KeyShape.all {
            if table[Int(shape.trigger)] == 0 {
                table[Int(shape.trigger)] = bit
                bit = bit == 0x80 ? 0x10 : bit << 1
            }
            follows[Int(shape.beforeTrigger)] |= table[Int(shape.trigger)]
        }
        table[0x0A] = lineBreakBit
        table[0x0D] = lineBreakBit
        table[0xC2] = separatorBit
        table[0xE2] = separatorBit
        return (table, follows)
    }()

    package init(credentials: Credentials) {
        self.credentials = credentials.patterns
        (table, follows) = Self.common
        for pattern in credentials.patterns where table[Int(pattern.trigger)] & Self.credentialBit == 0 {
            table[Int(pattern.trigger)] |= Self.credentialBit
            credentialTriggers.append(pattern.trigger)
        }
    }

    /// Takes secrets out of a line, and CR and LF (which stand only between tokens), and puts escapes in the place of
    /// U+0085, U+2028 and U+2029.
    ///
    /// - Parameter isJSON: false for a text of its own.
    package mutating func redact(_ line: inout [UInt8], isJSON: Bool = true) {
        self.isJSON = isJSON
        if let copy = line.withUnsafeBufferPointer({ walk($0) }) { line = copy }
    }

    /// A copy with everything found replaced; nil when there is nothing to replace, as in most lines.
    private mutating func walk(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let line = bytes.baseAddress else { return nil }
        let count = bytes.count
        var copy: [UInt8]?
        var index = 0
        var runStart = 0
        stringCursor = (0, false)
        while true {
            index = nextTrigger(line, index, count, table)
            guard index < count else { break }
            guard let found = find(line, index, from: runStart, count),
                !found.isStructural || isInString(line, index)
            else {
                index &+= 1
                continue
            }
            if copy == nil {
                copy = []
                copy?.reserveCapacity(count &+ 256)
            }
            copy?.append(contentsOf: UnsafeBufferPointer(start: line + runStart, count: found.start &- runStart))
            append(found.replacement, to: &copy)
            runStart = found.end
            index = found.end
        }
        copy?.append(contentsOf: UnsafeBufferPointer(start: line + runStart, count: count &- runStart))
        return copy
    }

    /// True where a string of JSON is open, and for text that is no JSON; asked of places that lie behind one another.
    private mutating func isInString(_ line: UnsafePointer<UInt8>, _ index: Int) -> Bool {
        guard isJSON else { return true }
        while stringCursor.index < index {
            let byte = line[stringCursor.index]
            if byte == UInt8(ascii: "\"") { stringCursor.isInside.toggle() }
            stringCursor.index &+= byte == UInt8(ascii: "\\") ? 2 : 1
        }
        return stringCursor.isInside
    }

    /// What `secret` looks for.
    package enum Search {
        /// The exchange's own; in base64 text a shape of a few letters comes about by chance.
        case credentials
        case credentialsAndShapes
    }

    /// The rule of the first secret in `bytes`, which may be of any kind; nil when there is none.
    package func secret(in bytes: UnsafeBufferPointer<UInt8>, _ search: Search) -> StaticString? {
        guard let start = bytes.baseAddress else { return nil }
        let wanted = search == .credentials ? Self.credentialBit : Self.credentialBit | Self.shapeBits
        let table = table.map { $0 & wanted }
        var index = 0
        while true {
            index = nextTrigger(start, index, bytes.count, table)
            guard index < bytes.count else { return nil }
            if table[Int(start[index])] & Self.credentialBit != 0, credential(start, index, 0, bytes.count) != nil {
                return "credential"
            }
            if wanted & Self.shapeBits != 0, let found = shape(start, index, 0, bytes.count),
                case .mark(let rule) = found.replacement
            {
                return rule
            }
            index &+= 1
        }
    }

    /// The first position at or after `from` at which something could be found.
    private func nextTrigger(_ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int, _ table: [UInt8]) -> Int {
        table.withUnsafeBufferPointer { table in
            var index = from
            while index &+ ByteBlock.count <= count {
                let (low, high) = ByteBlock.halves(matches(in: ByteBlock(line + index)))
                if let found = firstTrigger(line, index, low, table) { return found }
                if let found = firstTrigger(line, index &+ 8, high, table) { return found }
                index &+= ByteBlock.count
            }
            while index < count, !isTrigger(line, index, table) { index &+= 1 }
            return index
        }
    }

    /// The bytes of a block that `table` may have bits for, and few others.
    @inline(__always)
    private func matches(in block: ByteBlock) -> ByteBlock.Matches {
        var found = block.below(0x20) .| block.equal(to: 0xC2, under: 0xDF)
        found = found .| block.equal(to: UInt8(ascii: "-")) .| block.equal(to: UInt8(ascii: "_"))
        found = found .| block.equal(to: UInt8(ascii: "I")) .| block.equal(to: UInt8(ascii: "J"))
        for trigger in credentialTriggers { found = found .| block.equal(to: trigger) }
        return found
    }

    /// The first trigger among the matches in eight bytes, each a byte of ones, from `start` on.
    @inline(__always)
    private func firstTrigger(
        _ line: UnsafePointer<UInt8>, _ start: Int, _ matches: UInt64, _ table: UnsafeBufferPointer<UInt8>
    ) -> Int? {
        var rest = matches
        while rest != 0 {
            let bit = rest.trailingZeroBitCount
            if isTrigger(line, start &+ bit >> 3, table) { return start &+ bit >> 3 }
            rest &= ~(0xFF &<< UInt64(truncatingIfNeeded: bit))
        }
        return nil
    }

    @inline(__always)
    private func isTrigger(_ line: UnsafePointer<UInt8>, _ index: Int, _ table: UnsafeBufferPointer<UInt8>) -> Bool {
        // A shape's byte alone is frequent; behind the right one it is rare.
        let before = index > 0 ? follows[Int(line[index &- 1])] : 0
        return table[Int(line[index])] & (before | ~Self.shapeBits) != 0
    }

    private enum Replacement {
        case nothing
        case escape(StaticString)
        case mark(StaticString)
    }

    private struct Found {
        let start: Int
        let end: Int
        let replacement: Replacement
        var isStructural = false
    }

    private func find(_ line: UnsafePointer<UInt8>, _ index: Int, from: Int, _ count: Int) -> Found? {
        let bits = table[Int(line[index])]
        if bits & Self.lineBreakBit != 0 { return Found(start: index, end: index &+ 1, replacement: .nothing) }
        if bits & Self.separatorBit != 0, let found = separator(line, index, count) { return found }
        if bits & Self.credentialBit != 0, let found = credential(line, index, from, count) { return found }
        return shape(line, index, from, count)
    }

    private func separator(_ line: UnsafePointer<UInt8>, _ index: Int, _ count: Int) -> Found? {
        if line[index] == 0xC2 {
            guard index &+ 1 < count, line[index &+ 1] == 0x85 else { return nil }
            return Found(start: index, end: index &+ 2, replacement: .escape("\\u0085"))
        }
        guard index &+ 2 < count, line[index &+ 1] == 0x80 else { return nil }
        switch line[index &+ 2] {
        case 0xA8: return Found(start: index, end: index &+ 3, replacement: .escape("\\u2028"))
        case 0xA9: return Found(start: index, end: index &+ 3, replacement: .escape("\\u2029"))
        default: return nil
        }
    }

    private func credential(_ line: UnsafePointer<UInt8>, _ index: Int, _ from: Int, _ count: Int) -> Found? {
        for pattern in credentials where pattern.trigger == line[index] {
            if let found = credential(pattern, line, index &- pattern.triggerOffset, from, count) {
                return longest(found, line, from, count)
            }
        }
        return nil
    }

    /// What is found, or what begins at the same place and goes further.
    private func longest(_ found: Found, _ line: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Found {
        var longest = found
        for pattern in credentials {
            if let other = credential(pattern, line, found.start, from, count),
                other.end > longest.end
            {
                longest = other
            }
        }
        return longest
    }

    /// The credential of a pattern that begins at `start`, or nil.
    private func credential(
        _ pattern: Credentials.Pattern, _ line: UnsafePointer<UInt8>, _ start: Int, _ from: Int, _ count: Int
    ) -> Found? {
        let length = pattern.bytes.count
        guard start >= from, start &+ length <= count else { return nil }
        guard isEqual(line + start, pattern.bytes), !LineEscape.isInEscape(line, start) else { return nil }
        var end = start &+ length
        if length >= Credentials.longest &- 6 {
            while end < count, line[end].isAlphanumericASCII || isTokenSign(line[end]) { end &+= 1 }
        }
        return Found(
            start: start, end: end, replacement: .mark("credential"), isStructural: pattern.isStructural)
    }

    private func isTokenSign(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "+"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    private func isEqual(_ line: UnsafePointer<UInt8>, _ bytes: [UInt8]) -> Bool {
        for index in bytes.indices where line[index] != bytes[index] { return false }
        return true
    }

    private func shape(_ line: UnsafePointer<UInt8>, _ index: Int, _ from: Int, _ count: Int) -> Found? {
        guard index > 0 else { return nil }
        let (before, trigger) = (line[index &- 1], line[index])
        guard follows[Int(before)] & table[Int(trigger)] & Self.shapeBits != 0 else { return nil }
        let candidates = Self.candidates
        for number in candidates.indices {
            guard candidates[number].trigger == trigger, candidates[number].before == before else { continue }
            let shape = candidates[number].shape
            let start = index &- shape.triggerOffset
            guard start >= from, let end = shape.end(line, start, count) else { continue }
            // A credential of the exchange may go on where the shape ends, and is one where both end.
            let found = longest(Found(start: start, end: end &- 1, replacement: .nothing), line, from, count)
            if case .mark = found.replacement { return found }
            return Found(start: start, end: end, replacement: .mark(shape.rule))
        }
        return nil
    }

    private mutating func append(_ replacement: Replacement, to copy: inout [UInt8]?) {
        switch replacement {
        case .nothing: break
        case .escape(let escape): append(escape, &copy)
        case .mark(let rule):
            append("[REDACTED:", &copy)
            append(rule, &copy)
            append("]", &copy)
            note(rule)
        }
    }

    private func append(_ word: StaticString, _ copy: inout [UInt8]?) {
        copy?.append(contentsOf: UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }

    /// Counts a rule; names of rules are few, so a list is searched.
    mutating func note(_ rule: StaticString, count: Int = 1) {
        guard count > 0 else { return }
        for index in hits.indices where isSame(hits[index].rule, rule) {
            hits[index].count &+= count
            return
        }
        hits.append(Hit(rule: rule, count: count))
    }

    private func isSame(_ left: StaticString, _ right: StaticString) -> Bool {
        guard left.utf8CodeUnitCount == right.utf8CodeUnitCount else { return false }
        for index in 0..<left.utf8CodeUnitCount where left.utf8Start[index] != right.utf8Start[index] { return false }
        return true
    }
}
