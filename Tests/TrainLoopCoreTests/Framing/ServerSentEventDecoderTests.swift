// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct ServerSentEventDecoderTests {
    private func decode(_ pieces: [[UInt8]], bound: Int = 1 << 20) -> [String] {
        var decoder = ServerSentEventDecoder(eventByteCount: bound)
        var log = StreamLog()
        for piece in pieces { piece.withUnsafeBufferPointer { decoder.receive($0, into: &log) } }
        decoder.finish(into: &log)
        return log.events
    }

    private func expect(
        _ text: String, _ events: [String], bound: Int = 1 << 20, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for pieces in SplitVerifier.splits(of: Array(text.utf8)) {
            let found = decode(pieces, bound: bound)
            if found != events {
                #expect(found == events, "\(pieces.map(\.count))", sourceLocation: sourceLocation)
                return
            }
        }
    }

    @Test func `an event ends at a blank line, whatever ends the lines`() {
        expect("data: a\n\ndata: b\n\n", ["|a", "|b"])
        expect("data: a\r\n\r\ndata: b\r\n\r\n", ["|a", "|b"])
        expect("data: a\r\rdata: b\r\r", ["|a", "|b"])
        expect("data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", ["|a", "|b", "|c"])
    }

    @Test func `several data lines are one text`() {
        expect("data: a\ndata:b\ndata\ndata:  c\n\n", ["|a\nb\n\n c"])
        expect("data\n\ndata:\n\n", ["|", "|"])
    }

    @Test func `an object without a field is an event`() {
        expect("data: a\n\n{\n  \"error\": {\n  }\n}", ["|a", "|{\n  \"error\": {\n  }\n}"])
        expect("data: a\r\n\r\n{\"error\": 1}\r\n\r\ndata: b\r\n\r\n", ["|a", "|{\"error\": 1}", "|b"])
        expect("data: a\n{\"error\": 1}\n\n", ["|a"])
    }

    @Test func `the event field names the next event only`() {
        expect("event: x\ndata: 1\n\ndata: 2\n\nevent:y\nevent: z\ndata: 3\n\n", ["x|1", "|2", "z|3"])
        expect("event: x\n\ndata: 2\n\n", ["|2"])
    }

    @Test func `comments, ids, retries and unknown fields say nothing`() {
        expect(": hello\nid: 7\nretry: 10\nfoo: bar\ndatax: no\ndata: a\n: more\n\n:\n\n", ["|a"])
    }

    @Test func `a byte order mark is taken off at the start and nowhere else`() {
        expect("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata: c\n\n", ["|a", "|c"])
    }

    @Test func `characters of several bytes survive every split`() {
        expect("data: Grüße 😀\n\n", ["|Grüße 😀"])
    }

    @Test func `an event without its blank line is handed over as open`() {
        expect("data: a\n\ndata: b", ["|a", "|b|open"])
        expect("data: b\n", ["|b|open"])
        expect("event: x\ndata: b\r", ["x|b|open"])
        expect("data: a\n\nevent: x", ["|a"])
    }

    @Test func `an event over the bound is told once, and the next is whole`() {
        let large = String(repeating: "x", count: 100)
        expect("data: \(large)\n\ndata: b\n\n", ["too large", "|b"], bound: 50)
        expect("data: \(large)\ndata: more\nevent: e\n\ndata: b\n\n", ["too large", "|b"], bound: 50)
        expect(
            "data: 0123456789012345678901234567\ndata: 0123456789012345678901234567\n\ndata: b\n\n",
            ["too large", "|b"], bound: 50)
        expect(": \(large)\n\ndata: b\n\n", ["too large", "|b"], bound: 50)
        expect("data: \(large)", ["too large"], bound: 50)
    }

    @Test func `a stream without an end holds no more than the bound`() {
        var decoder = ServerSentEventDecoder(eventByteCount: 1000)
        var log = StreamLog()
        let piece = [UInt8](repeating: 0x61, count: 100)
        for _ in 0..<100 {
            piece.withUnsafeBufferPointer { decoder.receive($0, into: &log) }
            #expect(decoder.heldByteCount <= 1000)
        }
        #expect(log.events == ["too large"])
    }

    @Test func `after a gap the stream goes on with the next event`() {
        var decoder = ServerSentEventDecoder(eventByteCount: 1000)
        var log = StreamLog()
        Array("data: a\n\ndata: b".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        decoder.skipToNextEvent()
        Array("rest\ndata: x\n\ndata: c\n\n".utf8).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        #expect(log.events == ["|a", "|c"])
    }

    @Test func `random bytes give the same events in any split`() {
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            let alphabet = Array("data:event\n\r\n\n x{}:\u{FEFF}".utf8)
            let bytes = (0..<300).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            let whole = decode([bytes], bound: 40)
            for pieces in SplitVerifier.splits(of: bytes, seeds: 0..<3) { #expect(decode(pieces, bound: 40) == whole) }
        }
    }

    @Test func `the line feeds between lines count towards the bound of an event`() {
        for length in 0..<45 {
            let rest = String(repeating: "x", count: length)
            for text in ["{\n\(rest)\n\ndata: a\n\n", "data: b\ndata: \(rest)\n\ndata: a\n\n", "{\n{\n{\n\(rest)\n\n"] {
                let bytes = Array(text.utf8)
                let whole = decode([bytes], bound: 40)
                for pieces in SplitVerifier.splits(of: bytes, seeds: 0..<3) {
                    #expect(decode(pieces, bound: 40) == whole)
                }
            }
        }
    }
}
