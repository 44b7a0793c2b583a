// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct JSONRepairTests {
    private func close(_ text: String) -> String? {
        Array(text.utf8).withUnsafeBufferPointer { JSONRepair.closed($0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (#"{"a":1,"b":[1,2"#, #"{"a":1,"b":[1]}"#), (#"{"a":1,"b":[1,2,"#, #"{"a":1,"b":[1,2]}"#),
        (#"{"a":"xy"#, #"{"a":"xy"}"#),
        (#"{"a":"x\"#, #"{"a":"x"}"#), (#"{"a":"x\u00"#, #"{"a":"x"}"#), (#"{"a":"x\ud83d"#, #"{"a":"x\ud83d"}"#),
        (#"{"a":tru"#, "{}"), (#"{"a""#, "{}"), (#"{"a":1,"b"#, #"{"a":1}"#), (#"{"a":1,"#, #"{"a":1}"#), ("{", "{}"),
        ("[[[", "[[[]]]"),
        (#"{"a":{}"#, #"{"a":{}}"#), (#" {"a":[]}"#, #"{"a":[]}"#),
    ])
    func `a cut text is closed after its last whole value`(_ cut: String, _ closed: String) {
        #expect(close(cut) == closed)
    }

    @Test(arguments: ["", " ", "x", "\"a", "1", "{x", "[}", "{\"a\" 1", "{]"])
    func `what is no beginning of JSON is not closed`(_ text: String) {
        #expect(close(text) == nil)
    }

    @Test func `a cut inside a character leaves it out`() {
        let bytes = Array("{\"a\":\"ü".utf8).dropLast()
        let closed = bytes.withUnsafeBufferPointer { JSONRepair.closed($0) }
        #expect(closed.map { String(decoding: $0, as: UTF8.self) } == #"{"a":""}"#)
    }

    @Test func `every cut of a text gives JSON`() {
        let bytes = Array(#"{"m":"x","a":[1.5e3,"\u00fc\ud83d\ude00ü",{"b":null,"c":[true,[]]}],"d":-0.1}"#.utf8)
        for count in 1..<bytes.count {
            let closed = bytes[..<count].withUnsafeBufferPointer { JSONRepair.closed($0) }
            #expect(closed.flatMap { JSONValue(parsing: $0) } != nil)
        }
    }
}
