// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One top-level section of a YAML file that holds scalars and lists of scalars, a key a line.
///
/// This is not YAML whole, and need not be: what else the file holds is passed over, and what the section itself holds
/// beyond scalars and lists of them is refused with its line, never read as something else. Every front reads its
/// configuration by this reader, also those that cannot carry a YAML library, so that a file means the same everywhere
/// (docs/adr/0008).
struct YAMLSection {
    enum Value {
        case scalar(String)
        case list([(text: String, line: Int)])
        /// A mapping below the key: only allowed under keys that nobody asks for.
        case other
    }

    struct Entry {
        var key: [UInt8]
        var value: Value
        /// Counted from 1.
        var line: Int
    }

    struct Failure: Error {
        var line: Int
        var message: String
    }

    private var entries: [Entry] = []
    /// Whether the file has the section, be it empty.
    private(set) var isPresent = false

    /// The keys as they stand, with their lines.
    var keys: [(text: String, line: Int)] { entries.map { (String(decoding: $0.key, as: UTF8.self), $0.line) } }

    /// - Parameter name: the section's key at the left margin. A file without it gives no entries.
    init(_ name: StaticString, in content: [UInt8]) throws(Failure) {
        var lines = YAMLLines(content)
        // Whether the last key at the margin was the section's.
        var isBelowName = false
        while let line = lines.next() {
            guard line.indentation == 0 else { continue }
            guard !line.isTabbed else {
                // One that was meant for us would be passed over; any other may belong to another key's value.
                let key = try? Self.key(line)
                let isNamed = key.map { Self.isEqual($0.0, name) } ?? false
                if isBelowName || isNamed { try line.requireBlanks() }
                continue
            }
            // What cannot be read behind the section is nothing to us.
            let entry = isPresent ? try? Self.key(line) : try Self.key(line)
            guard let (key, rest) = entry else { continue }
            isBelowName = Self.isEqual(key, name)
            guard isBelowName else { continue }
            guard !isPresent else {
                throw Failure(line: line.number, message: "\(name): stands here a second time; join the two.")
            }
            isPresent = true
            try readSection(rest, of: line, &lines, name)
        }
        for (index, entry) in entries.enumerated() where entries[..<index].contains(where: { $0.key == entry.key }) {
            throw Failure(
                line: entry.line, message: "\(String(decoding: entry.key, as: UTF8.self)) stands here a second time.")
        }
    }

    subscript(key: StaticString) -> Entry? {
        entries.first { Self.isEqual($0.key, key) }
    }

    // MARK: - The section

    /// - Parameter rest: what follows the section's key on its line.
    private mutating func readSection(
        _ rest: ArraySlice<UInt8>, of line: YAMLLine, _ lines: inout YAMLLines, _ name: StaticString
    ) throws(Failure) {
        if rest.first == UInt8(ascii: "{") {
            var flow = YAMLFlow(rest, line.number, lines)
            entries = try flow.mapping()
            lines = flow.lines
            return
        }
        switch try Self.scalar(rest, line.number) {
        case .some(let text) where text.isEqual("null") || text.isEqual("~") || text.isEmpty: return
        case .some: throw Failure(line: line.number, message: Self.mappingExpected(name))
        case nil: try readEntries(&lines, name)
        }
    }

    private mutating func readEntries(_ lines: inout YAMLLines, _ name: StaticString) throws(Failure) {
        guard let first = lines.peek(), first.indentation > 0 else { return }
        while let line = lines.peek(), line.indentation > 0 {
            lines.skip()
            try line.requireBlanks()
            guard line.indentation == first.indentation, let (key, rest) = try Self.key(line) else {
                throw Failure(line: line.number, message: Self.mappingExpected(name))
            }
            if rest.first == UInt8(ascii: "[") {
                var flow = YAMLFlow(rest, line.number, lines)
                entries.append(Entry(key: key, value: .list(try flow.list()), line: line.number))
                try flow.end()
                lines = flow.lines
            } else if let text = try Self.scalar(rest, line.number) {
                if let next = lines.peek(), next.indentation > line.indentation {
                    throw Failure(
                        line: next.number, message: "a value stands on the line of its key, in quotes if need be.")
                }
                entries.append(Entry(key: key, value: .scalar(text), line: line.number))
            } else {
                entries.append(Entry(key: key, value: try Self.block(&lines, below: line), line: line.number))
            }
        }
    }

    /// What stands below a key without a value: a list, nothing, or something that is passed over.
    private static func block(_ lines: inout YAMLLines, below key: YAMLLine) throws(Failure) -> Value {
        guard let first = lines.peek(), first.indentation >= key.indentation else { return .scalar("") }
        guard first.isListItem else {
            guard first.indentation > key.indentation else { return .scalar("") }
            while let line = lines.peek(), line.indentation > key.indentation { lines.skip() }
            return .other
        }
        var items: [(text: String, line: Int)] = []
        while let line = lines.peek(), line.indentation == first.indentation, line.isListItem {
            lines.skip()
            try line.requireBlanks()
            let content = YAMLLine.trimmed(line.content.dropFirst())
            guard let text = try scalar(content, line.number), !holdsKey(content) else {
                throw Failure(
                    line: line.number, message: "an item of this list is a single value, in quotes if need be.")
            }
            items.append((text, line.number))
        }
        if let line = lines.peek(), line.indentation > key.indentation {
            throw Failure(line: line.number, message: "an item of this list begins with '- ', below the one before it.")
        }
        return .list(items)
    }

    // MARK: - Keys and values

    /// The key of a line and what follows its colon; nil for a list item, at the margin also for anything else.
    private static func key(_ line: YAMLLine) throws(Failure) -> ([UInt8], ArraySlice<UInt8>)? {
        guard !line.isListItem else { return nil }
        let content = line.content
        if let first = content.first, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
            guard let (text, rest) = try quoted(content, line.number), let colon = rest.first,
                colon == UInt8(ascii: ":")
            else { return nil }
            return (Array(text.utf8), YAMLLine.trimmed(rest.dropFirst()))
        }
        guard let colon = keyEnd(content) else { return nil }
        return (Array(YAMLLine.trimmed(content[..<colon])), YAMLLine.trimmed(content[(colon + 1)...]))
    }

    /// The colon behind a plain key: the first that a blank or the end of the line follows.
    static func keyEnd(_ content: ArraySlice<UInt8>) -> Int? {
        for index in content.indices where content[index] == UInt8(ascii: ":") {
            let next = index + 1 < content.endIndex ? content[index + 1] : 0x20
            if next == 0x20 || next == 0x09 { return index }
        }
        return nil
    }

    static func holdsKey(_ content: ArraySlice<UInt8>) -> Bool {
        content.first != UInt8(ascii: "\"") && content.first != UInt8(ascii: "'")
            && keyEnd(withoutComment(content)) != nil
    }

    /// A value on one line, or nil when there is none.
    static func scalar(_ content: ArraySlice<UInt8>, _ number: Int) throws(Failure) -> String? {
        guard let first = content.first, first != UInt8(ascii: "#") else { return nil }
        if let (text, rest) = try quoted(content, number) {
            let after = YAMLLine.trimmed(rest)
            guard after.isEmpty || after.first == UInt8(ascii: "#") && after.startIndex > rest.startIndex else {
                throw Failure(line: number, message: "nothing but a comment may follow a value in quotes.")
            }
            return text
        }
        for sign in "|>&*!{}[]%@`,".utf8 where first == sign {
            throw Failure(
                line: number, message: "a value that begins with \(Character(Unicode.Scalar(sign))) needs quotes.")
        }
        return String(decoding: YAMLLine.trimmed(withoutComment(content)), as: UTF8.self)
    }

    private static func withoutComment(_ content: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        for index in content.indices.dropFirst() where content[index] == UInt8(ascii: "#") {
            if content[index - 1] == 0x20 || content[index - 1] == 0x09 { return content[..<index] }
        }
        return content
    }

    /// A value in quotes and what follows it, or nil when it begins with none.
    static func quoted(
        _ content: ArraySlice<UInt8>, _ number: Int
    ) throws(Failure) -> (String, ArraySlice<UInt8>)? {
        guard let mark = content.first, mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "'") else { return nil }
        var text: [UInt8] = []
        var rest = content.dropFirst()
        while let byte = rest.popFirst() {
            if byte == mark {
                guard mark == UInt8(ascii: "'"), rest.first == mark else {
                    return (String(decoding: text, as: UTF8.self), rest)
                }
                rest = rest.dropFirst()
                text.append(mark)
            } else if byte == UInt8(ascii: "\\"), mark == UInt8(ascii: "\"") {
                switch rest.popFirst() {
                case UInt8(ascii: "n"): text.append(0x0a)
                case UInt8(ascii: "t"): text.append(0x09)
                case .some(let escaped)
                where escaped == mark || escaped == UInt8(ascii: "\\") || escaped == UInt8(ascii: "/"):
                    text.append(escaped)
                default:
                    throw Failure(
                        line: number, message: "of escapes, \\n, \\t, \\\\, \\/ and \\\" are known; use '...' instead.")
                }
            } else {
                text.append(byte)
            }
        }
        throw Failure(line: number, message: "the value has no quote at its end.")
    }

    private static func mappingExpected(_ name: StaticString) -> String {
        "\(name): must hold keys such as data_folder, one a line, with the same indentation."
    }

    private static func isEqual(_ bytes: [UInt8], _ word: StaticString) -> Bool {
        bytes.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}

/// A line that says something: neither empty nor only a comment.
struct YAMLLine {
    /// Counted from 1.
    var number: Int
    var indentation: Int
    /// Whether a tab follows the indentation, or stands in its place: YAML knows none there.
    var isTabbed: Bool
    /// Without indentation, line end and blanks before it.
    var content: ArraySlice<UInt8>

    var isListItem: Bool {
        content.first == UInt8(ascii: "-") && (content.count == 1 || content[content.startIndex + 1] == 0x20)
    }

    func requireBlanks() throws(YAMLSection.Failure) {
        guard !isTabbed else { throw YAMLSection.Failure(line: number, message: "indent with blanks, not tabs.") }
    }

    static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var text = text
        while let first = text.first, first == 0x20 || first == 0x09 { text = text.dropFirst() }
        while let last = text.last, last == 0x20 || last == 0x09 { text = text.dropLast() }
        return text
    }
}

/// The lines of the first document in a file.
struct YAMLLines {
    private var lines: [YAMLLine] = []
    private var index = 0

    init(_ content: [UInt8]) {
        let text = content.starts(with: [0xef, 0xbb, 0xbf]) ? content[3...] : content[...]
        var number = 0
        for line in text.split(separator: 0x0a, omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == 0x0d ? line.dropLast() : line
            let indented = line.drop { $0 == 0x20 }
            let content = YAMLLine.trimmed(indented)
            guard let first = content.first, first != UInt8(ascii: "#") else { continue }
            let isMargin = indented.startIndex == line.startIndex
            if isMargin, content.elementsEqual("---".utf8) || content.elementsEqual("...".utf8) {
                guard lines.isEmpty else { return }
                continue
            }
            lines.append(
                YAMLLine(
                    number: number, indentation: indented.startIndex - line.startIndex,
                    isTabbed: indented.first == 0x09, content: content))
        }
    }

    func peek() -> YAMLLine? { index < lines.count ? lines[index] : nil }
    mutating func skip() { index += 1 }

    mutating func next() -> YAMLLine? {
        defer { index += 1 }
        return peek()
    }
}
