// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What stands in brackets and braces, `[a, "b"]` and `{a: 1, b: [c]}`, and may go on over several lines.
struct YAMLFlow {
    private var rest: ArraySlice<UInt8>
    private var number: Int
    private(set) var lines: YAMLLines

    /// - Parameters:
    ///   - start: begins with the bracket or brace.
    ///   - lines: those that follow.
    init(_ start: ArraySlice<UInt8>, _ number: Int, _ lines: YAMLLines) {
        rest = start
        self.number = number
        self.lines = lines
    }

    /// A list of scalars.
    mutating func list() throws(YAMLSection.Failure) -> [(text: String, line: Int)] {
        var items: [(text: String, line: Int)] = []
        rest = rest.dropFirst()
        while try next() != UInt8(ascii: "]") {
            items.append((try scalar(), number))
            try separator(before: UInt8(ascii: "]"))
        }
        rest = rest.dropFirst()
        return items
    }

    /// A mapping of scalars and of lists of them.
    mutating func mapping() throws(YAMLSection.Failure) -> [YAMLSection.Entry] {
        var entries: [YAMLSection.Entry] = []
        rest = rest.dropFirst()
        while try next() != UInt8(ascii: "}") {
            let key = try key()
            let first = try next()
            if first == UInt8(ascii: "[") {
                let line = number
                entries.append(YAMLSection.Entry(key: key, value: .list(try list()), line: line))
            } else {
                let isEmpty = first == UInt8(ascii: ",") || first == UInt8(ascii: "}")
                entries.append(
                    YAMLSection.Entry(key: key, value: .scalar(isEmpty ? "" : try scalar()), line: number))
            }
            try separator(before: UInt8(ascii: "}"))
        }
        rest = rest.dropFirst()
        try end()
        return entries
    }

    /// Nothing but a comment may follow.
    func end() throws(YAMLSection.Failure) {
        let after = YAMLLine.trimmed(rest)
        guard after.isEmpty || after.first == UInt8(ascii: "#") else {
            throw YAMLSection.Failure(line: number, message: "nothing but a comment may follow a ] or }.")
        }
    }

    /// The next byte that is neither blank nor comment, on this line or a later one.
    private mutating func next() throws(YAMLSection.Failure) -> UInt8 {
        while true {
            rest = YAMLLine.trimmed(rest)
            if let first = rest.first, first != UInt8(ascii: "#") { return first }
            guard let line = lines.next() else {
                throw YAMLSection.Failure(line: number, message: "a list has no ], or a mapping no }, at its end.")
            }
            (rest, number) = (line.content, line.number)
        }
    }

    private mutating func separator(before end: UInt8) throws(YAMLSection.Failure) {
        let first = try next()
        if first == UInt8(ascii: ",") {
            rest = rest.dropFirst()
        } else if first != end {
            throw YAMLSection.Failure(line: number, message: "what stands in brackets is separated by commas.")
        }
    }

    private mutating func key() throws(YAMLSection.Failure) -> [UInt8] {
        if let (text, after) = try YAMLSection.quoted(rest, number) {
            rest = after
            if try next() == UInt8(ascii: ":") {
                rest = rest.dropFirst()
                return Array(text.utf8)
            }
        } else if let colon = YAMLSection.keyEnd(rest) {
            defer { rest = rest[(colon + 1)...] }
            return Array(YAMLLine.trimmed(rest[..<colon]))
        }
        throw YAMLSection.Failure(line: number, message: "a key and its value are separated by a colon and a blank.")
    }

    private mutating func scalar() throws(YAMLSection.Failure) -> String {
        if let (text, after) = try YAMLSection.quoted(rest, number) {
            rest = after
            return text
        }
        let end = rest.firstIndex { byte in ",]}".utf8.contains(byte) } ?? rest.endIndex
        let content = rest[..<end]
        rest = rest[end...]
        guard let text = try YAMLSection.scalar(YAMLLine.trimmed(content), number), !YAMLSection.holdsKey(content)
        else {
            throw YAMLSection.Failure(line: number, message: "an item is a single value, in quotes if need be.")
        }
        return text
    }
}
