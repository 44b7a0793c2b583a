// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing

@testable import TrainLoopCore

@Suite struct JSONValueTests {
    private func parse(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }

    private func text(_ value: JSONValue?) -> String? {
        value.map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    @Test(arguments: [
        "{}", "[]", "null", "true", "false", "0", "-0", "1.0", "1e400", "123456789012345678901234567890", "-1.5E-7",
        #""""#, #""\ud83d""#, #"{"a":1,"a":2}"#, " [1 , 2]\n", #""\u0000\/\b""#, "\"\u{85}\u{2028}ü😀\"",
    ])
    func `JSON is taken as it is`(_ text: String) {
        #expect(parse(text) != nil)
    }

    @Test(arguments: [
        "", " ", "{", "[", "}", "nul", "NaN", "Infinity", "+1", "01", "1.", ".5", "1e", "-", "\"", "\"\\x\"",
        "\"\\u12g4\"",
        "\"a\nb\"", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\"}", "1 2", "[1 2]", "'a'", "\u{FEFF}{}", "tru e",
        "{\"a\":1 \"b\":2}",
    ])
    func `what is no JSON is refused`(_ text: String) {
        #expect(parse(text) == nil)
    }

    @Test(arguments: [
        [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
    ])
    func `text that is no UTF-8 is refused`(_ bytes: [UInt8]) {
        #expect(JSONValue(parsing: bytes) == nil)
    }

    @Test func `a string is read alike wherever it stands`() {
        for offset in 0..<34 {
            let before = String(repeating: "x", count: offset)
            for rest in [0, 3, 40] {
                let after = String(repeating: "y", count: rest)
                for inside in ["", "\\\"", "\\\\", "\\\\\\\"", "\\u00fc", "ü", "😀", "{[]}", ",:", "\u{7f}"] {
                    let string = "\"\(before)\(inside)\(after)\""
                    #expect(text(parse("{\"a\":[\(string)],\"b\":\(string)}")?["b"]) == string)
                    #expect(text(parse("{\"a\":[\(string)],\"b\":\(string)}")?["a"]) == "[\(string)]")
                }
                for inside in ["\"", "\\", "\\x", "\t", "\0", "\\u00g0"] {
                    #expect(parse("[\"\(before)\(inside)\(after)\"]") == nil)
                }
            }
        }
    }

    @Test func `an escape has four hexadecimal digits`() {
        let digits = Set("0123456789abcdefABCDEF".utf8)
        for position in 0..<4 {
            for byte in UInt8.min...UInt8.max {
                var text = Array("\"\\u09aF\"".utf8)
                text[3 + position] = byte
                #expect((JSONValue(parsing: text) != nil) == digits.contains(byte))
            }
        }
    }

    @Test func `a record may be a little deeper than what it holds, which is bounded at 200`() {
        let deep = { (n: Int) in Array((String(repeating: "[", count: n) + String(repeating: "]", count: n)).utf8) }
        let isContent = { (n: Int) in deep(n).withUnsafeBufferPointer { JSONView(parsing: $0) != nil } }
        #expect(isContent(200) && !isContent(201))
        #expect(JSONValue(parsing: deep(232)) != nil)
        #expect(JSONValue(parsing: deep(233)) == nil)
        #expect(parse(String(repeating: "[", count: 1_000_000)) == nil)
        #expect(parse(String(repeating: "{\"a\":", count: 100_000)) == nil)
    }

    @Test func `members come in order, the last of equal names wins, names may be escaped`() {
        let value = parse(#" { "a" : 1.0 , "b":[1, {"c":"}"}] , "\u0061": 30 } "#)
        var names: [String] = []
        value?.forEachMember { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
        #expect(names == ["a", "b", #"\u0061"#])
        #expect(text(value?["a"]) == "30")
        #expect(text(value?["b"]) == #"[1, {"c":"}"}]"#)
        #expect(value?["none"] == nil)
        #expect(value?["b"]?["c"] == nil)
    }

    @Test func `elements come in order`() {
        var elements: [String] = []
        parse(#"[1, "a,]" ,[2,[3]],{"x":[]} , null]"#)?.forEachElement {
            elements.append(String(decoding: $0.bytes, as: UTF8.self))
        }
        #expect(elements == ["1", #""a,]""#, "[2,[3]]", #"{"x":[]}"#, "null"])
    }

    @Test func `strings are unescaped on demand`() {
        let value = parse(#""a\n\t\"\\\/\u00fc\ud83d\ude00\ud83d.""#)
        #expect(value?.string == "a\n\t\"\\/ü😀\u{FFFD}.")
        #expect(value?.escapedString.map { $0.count } == value.map { $0.bytes.count - 2 })
        #expect(parse("1")?.string == nil)
    }

    @Test func `numbers are read where they fit`() {
        #expect(parse("-42")?.integer == -42)
        #expect(parse("9223372036854775807")?.integer == .max)
        #expect(parse("-9223372036854775808")?.integer == .min)
        #expect(parse("9223372036854775808")?.integer == nil)
        #expect(parse("1.0")?.integer == nil)
        #expect(parse("1.5")?.double == 1.5)
        #expect(parse("-2.5e3")?.double == -2500)
        #expect(parse("0.1")?.double == 0.1)
        #expect(parse("1795000000000")?.double == 1_795_000_000_000)
        #expect(parse("1e400")?.double == .infinity)
        #expect(parse("0e999999999999")?.double == 0)
        #expect(parse("\"1\"")?.double == nil)
        #expect(parse("true")?.bool == true)
        #expect(parse("0")?.bool == nil)
    }

    @Test func `no prefix of a text traps`() {
        let bytes = Array(#"{"a":[1.5e3,"\u00fc\ud83d\ude00ü",{"b":null}],"c":true}"#.utf8)
        for count in 0..<bytes.count { #expect(JSONValue(parsing: bytes[..<count]) == nil) }
        #expect(JSONValue(parsing: bytes) != nil)
    }
}
