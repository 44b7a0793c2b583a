// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Holds JSON against docs/event.schema.json: the part of JSON Schema that it uses.
struct SchemaValidator: Sendable {
    static let shared = SchemaValidator()

    private let root: JSONValue

    /// Nil when the schema cannot be read.
    init?() {
        guard let bytes = TestFiles.read(TestFiles.root + "/docs/event.schema.json"),
            let root = JSONValue(parsing: bytes)
        else { return nil }
        self.root = root
    }

    /// What is wrong with a line, empty when nothing is.
    func faults(in line: [UInt8]) -> [String] {
        guard let value = JSONValue(parsing: line) else { return ["not JSON"] }
        return faults(value, root, "$")
    }

    private func faults(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        if let reference = schema["$ref"]?.string {
            var target: JSONValue? = root
            for name in reference.split(separator: "/").dropFirst() { target = target?.member(String(name)) }
            return target.map { self.faults(value, $0, path) } ?? ["\(path): no schema \(reference)"]
        }
        var faults: [String] = []
        if let type = schema["type"], !isOfType(value, type) { faults.append("\(path): wrong type \(value.kind)") }
        if let constant = schema["const"], !isEqual(constant, value) { faults.append("\(path): not the constant") }
        if let words = schema["enum"] {
            var isKnown = false
            words.forEachElement { if isEqual($0, value) { isKnown = true } }
            if !isKnown { faults.append("\(path): \(value.text) is not in the enum") }
        }
        if let least = schema["minimum"]?.double, let number = value.double, number < least {
            faults.append("\(path): below \(least)")
        }
        if let most = schema["maximum"]?.double, let number = value.double, number > most {
            faults.append("\(path): above \(most)")
        }
        if let pattern = schema["pattern"]?.string, let text = value.string, !matches(text, pattern) {
            faults.append("\(path): \(text) does not match \(pattern)")
        }
        if let items = schema["items"] {
            var index = 0
            value.forEachElement {
                faults += self.faults($0, items, "\(path)[\(index)]")
                index += 1
            }
        }
        return faults + objectFaults(value, schema, path)
    }

    private func objectFaults(_ value: JSONValue, _ schema: JSONValue, _ path: String) -> [String] {
        guard value.kind == .object else { return [] }
        var faults: [String] = []
        schema["required"]?.forEachElement { name in
            if let name = name.string, value.member(name) == nil { faults.append("\(path): lacks \(name)") }
        }
        value.forEachMember { escaped, member in
            let name = String(decoding: escaped, as: UTF8.self)
            if let known = schema["properties"]?.member(name) {
                faults += self.faults(member, known, "\(path).\(name)")
            } else if let others = schema["additionalProperties"] {
                if others.bool == false { faults.append("\(path): unknown member \(name)") }
                if others.kind == .object { faults += self.faults(member, others, "\(path).\(name)") }
            }
        }
        return faults
    }

    private func isOfType(_ value: JSONValue, _ type: JSONValue) -> Bool {
        var names: [String] = []
        if let name = type.string { names = [name] }
        type.forEachElement { if let name = $0.string { names.append(name) } }
        return names.contains { name in
            switch name {
            case "object": value.kind == .object
            case "array": value.kind == .array
            case "string": value.kind == .string
            case "boolean": value.kind == .bool
            case "null": value.kind == .null
            case "integer": value.integer != nil
            case "number": value.kind == .number
            default: false
            }
        }
    }

    private func isEqual(_ left: JSONValue, _ right: JSONValue) -> Bool {
        left.kind == right.kind && (left.kind == .string ? left.string == right.string : left.text == right.text)
    }

    /// Anchored runs of hexadecimal digits and hyphens, which is nearly all that the schema asks for.
    private func matches(_ text: String, _ pattern: String) -> Bool {
        var rest = Substring(text)
        var body = Substring(pattern)
        guard body.first == "^", body.last == "$" else { return false }
        body = body.dropFirst().dropLast()
        // The rest of the language is seldom met, and slow.
        if body.contains("(") { return (try? Regex(pattern).wholeMatch(in: text)) != nil }
        while let next = body.first {
            if next == "[" {
                guard let close = body.firstIndex(of: "]"), let open = body.firstIndex(of: "{"),
                    let end = body.firstIndex(of: "}"), let count = Int(body[body.index(after: open)..<end])
                else { return false }
                let isAnyCase = body[..<close].contains("A")
                let run = rest.prefix(count)
                guard run.count == count,
                    run.allSatisfy({ $0.isHexDigit && (isAnyCase || !$0.isUppercase) })
                else { return false }
                rest = rest.dropFirst(count)
                body = body[body.index(after: end)...]
            } else {
                guard rest.first == next else { return false }
                rest = rest.dropFirst()
                body = body.dropFirst()
            }
        }
        return rest.isEmpty
    }
}

extension JSONValue {
    /// The last member of a name known at run time only.
    func member(_ name: String) -> JSONValue? {
        var found: JSONValue?
        forEachMember { escaped, value in
            if String(decoding: escaped, as: UTF8.self) == name { found = value }
        }
        return found
    }

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Follows names and positions, such as "output.messages.0.parts".
    func at(_ path: String) -> JSONValue? {
        var value: JSONValue? = self
        for step in path.split(separator: ".") {
            guard let index = Int(step) else {
                value = value?.member(String(step))
                continue
            }
            var position = 0
            var found: JSONValue?
            value?.forEachElement {
                if position == index { found = $0 }
                position += 1
            }
            value = found
        }
        return value
    }
}
