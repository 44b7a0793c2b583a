// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct TextEncodingTests {
    private static let text = "{\"a\":\"\u{E9}\u{20AC}\u{1F600}\"}"

    private func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
        text.utf16.flatMap { unit in
            let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
            return isBigEndian ? [high, low] : [low, high]
        }
    }

    private func read(_ bytes: [UInt8], _ contentType: String?) -> String? {
        TextEncoding.utf8(bytes, contentType: contentType.map { Array($0.utf8) }).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    @Test func `UTF-8 stays as it is, without its mark`() {
        #expect(read(Array(Self.text.utf8), "application/json; charset=utf-8") == nil)
        #expect(read([], nil) == nil)
        #expect(read([0xEF, 0xBB, 0xBF] + Array(Self.text.utf8), "application/json") == Self.text)
    }

    @Test(arguments: [true, false])
    func `UTF-16 is told by its mark, or by the charset`(isBigEndian: Bool) {
        let bytes = utf16(Self.text, isBigEndian: isBigEndian)
        #expect(read((isBigEndian ? [0xFE, 0xFF] : [0xFF, 0xFE]) + bytes, nil) == Self.text)
        #expect(read(bytes, "text/plain;charset=\"UTF-16\(isBigEndian ? "BE" : "LE")\"") == Self.text)
    }

    @Test func `half a pair and half a unit become the replacement character`() {
        #expect(read([0xFE, 0xFF, 0xD8, 0x3D, 0x00, 0x41, 0x00], nil) == "\u{FFFD}A\u{FFFD}")
        #expect(read([0xFE, 0xFF, 0xDE, 0x00, 0xD8, 0x3D], nil) == "\u{FFFD}\u{FFFD}")
    }

    @Test(arguments: ["iso-8859-1", "ISO-8859-1; x=y", "windows-1252", "latin1"])
    func `Latin is told by the charset, where the bytes are not UTF-8 after all`(charset: String) {
        #expect(read([0x63, 0xE9, 0x73, 0x80, 0x93], "text/plain; charset=\(charset)") == "c\u{E9}s\u{20AC}\u{201C}")
        #expect(read(Array(Self.text.utf8), "text/plain; charset=\(charset)") == nil)
    }

    @Test func `what nobody names is left alone`() {
        #expect(read([0xE9], "text/plain") == nil)
        #expect(read([0xE9], "text/plain; charset=koi8-r") == nil)
    }
}
