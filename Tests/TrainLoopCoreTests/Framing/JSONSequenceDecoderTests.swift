// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct JSONLinesDecoderTests {
    private func decode(_ pieces: [[UInt8]], bound: Int) -> [String] {
        var decoder = JSONLinesDecoder(lineByteCount: bound)
        var log = StreamLog()
        for piece in pieces { piece.withUnsafeBufferPointer { decoder.receive($0, into: &log) } }
        decoder.finish(into: &log)
        return log.events
    }

    private func expect(
        _ text: String, _ events: [String], bound: Int = 1000, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for pieces in SplitVerifier.splits(of: Array(text.utf8)) {
            let found = decode(pieces, bound: bound)
            if found != events {
                #expect(found == events, "\(pieces.map(\.count))", sourceLocation: sourceLocation)
                return
            }
        }
    }

    @Test func `each line is an event, the last needs no end`() {
        expect("{\"a\":1}\n{\"b\":\"ü😀\"}\n", ["|{\"a\":1}", "|{\"b\":\"ü😀\"}"])
        expect("{}\n[]", ["|{}", "|[]"])
    }

    @Test func `lines may end in CR LF, and empty ones say nothing`() {
        expect("{}\r\n\r\n\n  \n{}\r\n", ["|{}\r", "|{}\r"])
        expect("", [])
    }

    @Test func `garbage is handed over as it is, for the reader to tell`() {
        expect("{}\nnonsense\n{\"a\"\n{}", ["|{}", "|nonsense", "|{\"a\"", "|{}"])
    }

    @Test func `a line over the bound is told once, and the next is whole`() {
        expect("\(String(repeating: "x", count: 99))\n{}\n", ["too large", "|{}"], bound: 20)
        expect(String(repeating: "x", count: 99), ["too large"], bound: 20)
    }

    @Test func `after a gap the stream goes on with the next line`() {
        var decoder = JSONLinesDecoder(lineByteCount: 100)
        var log = StreamLog()
        Array("{}\n{\"a".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        decoder.skipToNextEvent()
        Array("b\":1}\n[]\n".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        #expect(log.events == ["|{}", "|[]"])
    }
}

@Suite struct JSONArrayDecoderTests {
    private func decode(_ pieces: [[UInt8]], bound: Int) -> [String] {
        var decoder = JSONArrayDecoder(elementByteCount: bound)
        var log = StreamLog()
        for piece in pieces { piece.withUnsafeBufferPointer { decoder.receive($0, into: &log) } }
        decoder.finish(into: &log)
        return log.events
    }

    private func expect(
        _ text: String, _ events: [String], bound: Int = 1000, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for pieces in SplitVerifier.splits(of: Array(text.utf8)) {
            let found = decode(pieces, bound: bound)
            if found != events {
                #expect(found == events, "\(pieces.map(\.count))", sourceLocation: sourceLocation)
                return
            }
        }
    }

    @Test func `each element is an event, as soon as it is whole`() {
        expect("[{\"a\":[1,{}]}\n,\r\n{\"b\":\"]}\\\"\"}]", ["|{\"a\":[1,{}]}", "|{\"b\":\"]}\\\"\"}", "end"])
        expect("[{},{},{}]\n", ["|{}", "|{}", "|{}", "end"])
        expect(" []", ["end"])
    }

    @Test func `quotes and backslashes end a string only where they do`() {
        expect(#"[{"a":"\\"},{"b":"\\\"}"}]"#, [#"|{"a":"\\"}"#, #"|{"b":"\\\"}"}"#, "end"])
    }

    @Test func `an element that the stream ends in is handed over as open`() {
        expect("[{\"a\":1},{\"b\":", ["|{\"a\":1}", "|{\"b\":|open"])
        expect("[{},", ["|{}"])
    }

    @Test func `bytes that are no element are told, and the next line that begins one is read`() {
        expect("[{},nonsense {}\n{\"a\":1}\n]", ["|{}", "broken", "|{\"a\":1}", "end"])
        expect("[{},1\n, {\"a\":1}]", ["|{}", "broken", "|{\"a\":1}", "end"])
    }

    @Test func `an element over the bound is told once, and the next is whole`() {
        expect("[{\"a\":\"\(String(repeating: "x", count: 99))\"},{}]", ["too large", "|{}", "end"], bound: 20)
        expect("[{\"a\":\"\(String(repeating: "x", count: 99))", ["too large"], bound: 20)
    }

    @Test func `after a gap the stream goes on with the next line that begins an element`() {
        var decoder = JSONArrayDecoder(elementByteCount: 100)
        var log = StreamLog()
        Array("[{\n \"a\":1\n}\n,\n{\"a".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        decoder.skipToNextEvent()
        Array("b\":{}}\n,\n{\"c\":1}]".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        #expect(log.events == ["|{\n \"a\":1\n}", "|{\"c\":1}", "end"])
    }

    @Test func `random bytes give the same events in any split`() {
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            let alphabet = Array("[]{}{}\"\\,:\n a".utf8)
            let bytes = [0x5B] + (0..<200).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            let whole = decode([bytes], bound: 30)
            for pieces in SplitVerifier.splits(of: bytes, seeds: 0..<3) { #expect(decode(pieces, bound: 30) == whole) }
        }
    }
}
