// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct EventStreamDecoderTests {
    private func decode(_ pieces: [[UInt8]], bound: Int = 1 << 20) -> [String] {
        var decoder = EventStreamDecoder(messageByteCount: bound)
        var log = StreamLog()
        for piece in pieces { piece.withUnsafeBufferPointer { decoder.receive($0, into: &log) } }
        decoder.finish(into: &log)
        return log.events
    }

    private func expect(
        _ bytes: [UInt8], _ events: [String], bound: Int = 1 << 20, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for pieces in SplitVerifier.splits(of: bytes) {
            let found = decode(pieces, bound: bound)
            if found != events {
                #expect(found == events, "\(pieces.map(\.count))", sourceLocation: sourceLocation)
                return
            }
        }
    }

    private let a = EventStreamBytes.event("x", #"{"a":1}"#)
    private let b = EventStreamBytes.event("y", "{}")

    @Test func `messages come one after the other, in any split`() {
        expect(a + b + a, [#"x|{"a":1}"#, "y|{}", #"x|{"a":1}"#])
    }

    @Test func `the published example of the format is read`() {
        // Total 29, no headers, payload {'foo':'bar'}; both checksums as the AWS SDKs' own test vectors have them.
        let bytes: [UInt8] =
            [0, 0, 0, 0x1D, 0, 0, 0, 0, 0xFD, 0x52, 0x8C, 0x5A] + Array("{'foo':'bar'}".utf8) + [
                0xC3, 0x65, 0x39, 0x36,
            ]
        expect(bytes, ["|{'foo':'bar'}"])
    }

    @Test func `headers of every type are gone over`() {
        func header(_ name: String, _ type: UInt8, _ value: [UInt8]) -> [UInt8] {
            [UInt8(name.utf8.count)] + Array(name.utf8) + [type] + value
        }
        var headers = header("t", 0, []) + header("f", 1, []) + header("byte", 2, [1]) + header("short", 3, [0, 1])
        headers += header("int", 4, [0, 0, 0, 1]) + header("long", 5, [UInt8](repeating: 0, count: 8))
        headers += header("bytes", 6, [0, 2, 7, 7]) + header("time", 8, [UInt8](repeating: 0, count: 8))
        headers += header("uuid", 9, [UInt8](repeating: 9, count: 16)) + header(":event-type", 7, [0, 1, 0x7A])
        expect(EventStreamBytes.message(rawHeaders: headers, [0x21]) + b, ["z|!", "y|{}"])
        expect(EventStreamBytes.message(rawHeaders: headers + [1, 0x61, 10], [0x21]) + b, ["broken", "y|{}"])
        expect(EventStreamBytes.message(rawHeaders: headers + [200], [0x21]) + b, ["broken", "y|{}"])
        expect(EventStreamBytes.message(rawHeaders: [1, 0x61, 7, 0xFF, 0xFF], []) + b, ["broken", "y|{}"])
    }

    @Test func `exceptions and errors are failures with their type and words`() {
        let exception = EventStreamBytes.message(
            [(":exception-type", "throttlingException"), (":message-type", "exception")],
            Array(#"{"message":"Too many \"tokens\""}"#.utf8))
        let error = EventStreamBytes.message(
            [(":message-type", "error"), (":error-code", "500"), (":error-message", "gone")], [])
        expect(a + exception, [#"x|{"a":1}"#, #"failed throttlingException: {"message":"Too many \"tokens\""}"#])
        expect(error, ["failed 500: gone"])
    }

    @Test func `a message whose checksum is wrong is left out, and the next is whole`() {
        var broken = a
        broken[broken.count - 6] ^= 1
        expect(broken + b, ["broken", "y|{}"])
    }

    @Test func `after bytes that are no message the next one is found`() {
        expect(Array("garbage".utf8) + a, ["broken", #"x|{"a":1}"#])
        var lost = a
        lost[9] ^= 1
        expect(lost + b + a, ["broken", "y|{}", #"x|{"a":1}"#])
        expect([UInt8](repeating: 0, count: 40) + b, ["broken", "y|{}"])
    }

    @Test func `a message that the stream ends in is told as broken`() {
        for count in 1..<b.count { expect(a + b[..<count], [#"x|{"a":1}"#, "broken"]) }
    }

    @Test func `a message over the bound is told once, and the next is whole`() {
        let large = EventStreamBytes.event("x", String(repeating: "x", count: 200))
        expect(large + b, ["too large", "y|{}"], bound: 150)
        expect(Array(large[..<100]), ["too large"], bound: 150)
    }

    @Test func `no more than the bound is held`() {
        let large = EventStreamBytes.event("x", String(repeating: "x", count: 5000))
        var decoder = EventStreamDecoder(messageByteCount: 1000)
        var log = StreamLog()
        for byte in large + a {
            [byte].withUnsafeBufferPointer { decoder.receive($0, into: &log) }
            #expect(decoder.heldByteCount <= 1000)
        }
        #expect(log.events == ["too large", #"x|{"a":1}"#])
    }

    @Test func `after a gap the stream goes on with the next message`() {
        var decoder = EventStreamDecoder(messageByteCount: 1000)
        var log = StreamLog()
        (a + b[..<20]).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        decoder.skipToNextEvent()
        (b[30...] + a).withUnsafeBufferPointer { decoder.receive($0, into: &log) }
        #expect(log.events == [#"x|{"a":1}"#, #"x|{"a":1}"#])
    }

    @Test func `random damage gives the same events in any split`() {
        for seed in UInt64(1)...60 {
            var generator = SeededGenerator(seed: seed)
            var bytes = a + b + a + b
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: index)
                default: bytes.insert(0, at: index)
                }
            }
            let whole = decode([bytes])
            for pieces in SplitVerifier.splits(of: bytes, seeds: 0..<3) {
                guard decode(pieces) != whole else { continue }
                Issue.record("seed \(seed): \(decode(pieces)) is not \(whole)")
                return
            }
        }
    }
}
