// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing

@testable import TrainLoopCore

/// A walk that steps over values by an index must see what one sees that reads them all.
struct JSONIndexTests {
    @Test func `a walk by an index sees the same values`() {
        var generator = SeededGenerator(seed: 11)
        var index = JSONIndex()
        for _ in 0..<(isOptimized ? 3000 : 300) {
            let text = Array(Self.value(depth: 0, &generator).utf8)
            text.withUnsafeBufferPointer { buffer in
                guard let view = index.parse(buffer) else {
                    Issue.record("not read: \(String(decoding: text, as: UTF8.self))")
                    return
                }
                let walked = index.withView(of: view) { Self.walk($0) }
                #expect(walked == Self.walk(view), "\(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    @Test func `an index holds no more than the text`() {
        let deep = String(repeating: "[", count: 200) + String(repeating: "]", count: 200)
        let flat =
            "[" + (0..<500).map { _ in "{\"a\":\"\(String(repeating: "x", count: 40))\"}" }.joined(separator: ",") + "]"
        for text in [deep, flat, "{}", "[\(deep.dropFirst().dropLast())]"] {
            let bytes = Array(text.utf8)
            var index = JSONIndex()
            bytes.withUnsafeBufferPointer { buffer in
                guard let view = index.parse(buffer) else {
                    Issue.record("not read: \(text)")
                    return
                }
                #expect(index.byteCount <= bytes.count)
                #expect(index.withView(of: view) { Self.walk($0) } == Self.walk(view))
            }
        }
    }

    @Test func `what is no JSON leaves no index`() {
        var index = JSONIndex()
        for text in ["[\(String(repeating: "\"a long enough string of many words\",", count: 9))", "", "nul"] {
            #expect(Array(text.utf8).withUnsafeBufferPointer { index.parse($0) == nil })
            #expect(index.byteCount == 0)
        }
    }

    /// Every value, as far inside as it goes, with its place.
    private static func walk(_ view: JSONView, from base: UnsafePointer<UInt8>? = nil) -> [Int] {
        let base = base ?? view.start
        var seen = [view.start - base, view.count]
        view.forEachMember { name, value in
            seen += [name.start - base, name.count]
            seen += walk(value, from: base)
        }
        view.forEachElement { seen += walk($0, from: base) }
        return seen
    }

    private static func value(depth: Int, _ generator: inout SeededGenerator) -> String {
        let space = ["", "", " ", "\n  "].randomElement(using: &generator) ?? ""
        let count = Int.random(in: 0...5, using: &generator)
        switch Int.random(in: (depth < 2 ? 4 : 0)...(depth < 6 ? 5 : 3), using: &generator) {
        case 0: return ["1", "-2.5e3", "true", "null", "{}", "[ ]"].randomElement(using: &generator) ?? ""
        case 1: return "\"\(String(repeating: "ab\\\"", count: Int.random(in: 0...20, using: &generator)))\""
        case 2: return "\"\(String(repeating: "}]", count: Int.random(in: 0...30, using: &generator)))\\\\\""
        case 3: return "\"\(String(repeating: "ü", count: Int.random(in: 0...30, using: &generator)))\""
        case 4:
            let members = (0..<count).map { "\(space)\"\($0)\"\(space):\(space)\(value(depth: depth + 1, &generator))" }
            return "{\(members.joined(separator: space + ","))\(space)}"
        default:
            let elements = (0..<count).map { _ in "\(space)\(value(depth: depth + 1, &generator))" }
            return "[\(elements.joined(separator: space + ","))\(space)]"
        }
    }
}
