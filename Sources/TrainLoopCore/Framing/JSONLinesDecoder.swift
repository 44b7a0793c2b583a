// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Splits the bytes of a stream that has one JSON value on each line, whatever the split of the bytes.
///
/// Lines end in LF or CR LF; empty lines say nothing; the last line needs no end. Source: https://github.com/ndjson/ndjson-spec
package struct JSONLinesDecoder: Sendable {
    /// The most bytes that one line may hold; a longer one is skipped.
    private let lineByteCount: Int

    /// The beginning of a line whose end has not come.
    private var held: [UInt8] = []
    /// The bytes that come belong to a line that was given up.
    private var isSkipping = false

    package init(lineByteCount: Int) {
        self.lineByteCount = lineByteCount
    }

    /// Bytes kept at present.
    package var heldByteCount: Int { held.count }

    /// Takes the next bytes and hands every line that they complete to `sink`.
    package mutating func receive<Sink: StreamEventSink>(_ chunk: UnsafeBufferPointer<UInt8>, into sink: inout Sink) {
        var index = 0
        while index < chunk.count {
            var end = index
            while end < chunk.count, chunk[end] != 0x0A { end &+= 1 }
            let piece = UnsafeBufferPointer(rebasing: chunk[index..<end])
            guard end < chunk.count else { return hold(piece, &sink) }
            if isSkipping {
                isSkipping = false
            } else if held.isEmpty {
                send(piece, &sink)
            } else {
                held.append(contentsOf: piece)
                let line = held
                held = []
                line.withUnsafeBufferPointer { send($0, &sink) }
            }
            index = end &+ 1
        }
    }

    /// The stream has ended: so has its last line.
    package mutating func finish<Sink: StreamEventSink>(into sink: inout Sink) {
        let line = held
        held = []
        line.withUnsafeBufferPointer { send($0, &sink) }
    }

    /// Bytes are missing here: what is left of their line is skipped.
    package mutating func skipToNextEvent() {
        held = []
        isSkipping = true
    }

    private mutating func hold<Sink: StreamEventSink>(_ piece: UnsafeBufferPointer<UInt8>, _ sink: inout Sink) {
        guard !isSkipping else { return }
        guard held.count &+ piece.count <= lineByteCount else {
            held = []
            isSkipping = true
            return sink.skippedOversizeEvent()
        }
        held.append(contentsOf: piece)
    }

    private func send<Sink: StreamEventSink>(_ line: UnsafeBufferPointer<UInt8>, _ sink: inout Sink) {
        guard line.count <= lineByteCount else { return sink.skippedOversizeEvent() }
        for byte in line where !JSONScan.isSpace(byte) {
            return sink.receive(StreamEvent(name: UnsafeBufferPointer(start: nil, count: 0), data: line))
        }
    }
}
