// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct AudioPiecesTests {
    private func content(of pieces: [[UInt8]]) throws -> String? {
        var script = ExchangeScript()
        script.target = "/v1/audio/speech"
        script.request = Array(#"{"model":"m","input":"Hi","stream_format":"sse"}"#.utf8)
        let events = pieces.map { piece in
            let text = Base64.encode(piece).split(separator: "/", omittingEmptySubsequences: false)
            return #"data: {"type":"speech.audio.delta","audio":"\#(text.joined(separator: #"\/"#))"}"# + "\n\n"
        }
        script.response = Array((events.joined() + #"data: {"type":"speech.audio.done"}"# + "\n\n").utf8)
        return try script.record().at("output.messages.0.parts.0.content")?.string
    }

    @Test func `pieces of sound that are padded each by itself become one sound`() throws {
        for first in 1..<5 {
            for second in 1..<5 {
                let pieces = [[UInt8](repeating: 0xFF, count: first), [UInt8](0..<UInt8(second)), [0xFB, 0xEF, 0xBF]]
                #expect(try content(of: pieces) == Base64.encode(Array(pieces.joined())))
            }
        }
    }
}
