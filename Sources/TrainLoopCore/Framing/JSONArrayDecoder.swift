// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Splits the bytes of one JSON array into its elements as they come, whatever the split of the bytes.
///
/// The elements are objects. Only brackets and strings are followed here; whether an element is JSON is found out by who
/// reads it. After bytes that are no element, and after a gap, the next one is looked for where a line begins with an
/// object: so the servers that stream arrays write them.
package struct JSONArrayDecoder: Sendable {
    private enum State: Sendable {
        /// Before the bracket that opens the array.
        case start
        /// Between two elements.
        case between
        /// Inside an element, this many brackets deep.
        case element(depth: Int)
        /// Bytes are passed over until a line begins with an object.
        case lost
        /// Behind the bracket that closes the array.
        case end
    }

    /// The most bytes that one element may hold; a larger one is skipped.
    private let elementByteCount: Int

    private var state = State.start
    private var isInString = false
    private var isEscaped = false
    private var isLineStart = false
    /// The element is over the bound: it is followed to its end and not kept.
    private var isSkipping = false
    /// The beginning of an element whose end has not come.
    private var held: [UInt8] = []

    package init(elementByteCount: Int) {
        self.elementByteCount = elementByteCount
    }

    /// Bytes kept at present.
    package var heldByteCount: Int { held.count }

    /// Takes the next bytes and hands every element that they complete to `sink`.
    package mutating func receive<Sink: StreamEventSink>(_ chunk: UnsafeBufferPointer<UInt8>, into sink: inout Sink) {
        var index = 0
        while index < chunk.count {
            if case .element(let depth) = state {
                let end = elementEnd(chunk, from: index, depth: depth)
                take(UnsafeBufferPointer(rebasing: chunk[index..<end]), &sink)
                index = end
            } else {
                pass(chunk[index], &sink)
                // The bracket that opens an element is its first byte.
                if case .element = state { continue }
                index &+= 1
            }
        }
    }

    /// The stream has ended: an element that has not is handed over as such.
    package mutating func finish<Sink: StreamEventSink>(into sink: inout Sink) {
        let rest = held
        held = []
        guard !rest.isEmpty, !isSkipping else { return }
        rest.withUnsafeBufferPointer { rest in
            let noName = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
            sink.receive(StreamEvent(name: noName, data: rest, isTerminated: false))
        }
    }

    /// Bytes are missing here: the next element is looked for.
    package mutating func skipToNextEvent() {
        held = []
        isSkipping = false
        state = .lost
        isLineStart = false
    }

    // MARK: - Between elements

    private mutating func pass<Sink: StreamEventSink>(_ byte: UInt8, _ sink: inout Sink) {
        let isAtLineStart = isLineStart
        isLineStart = byte == 0x0A || (isAtLineStart && (byte == UInt8(ascii: ",") || byte == 0x20))
        switch state {
        case .start: if byte == UInt8(ascii: "[") { state = .between }
        case .lost:
            if byte == UInt8(ascii: "{"), isAtLineStart { begin() }
        case .between:
            if byte == UInt8(ascii: "{") {
                begin()
            } else if byte == UInt8(ascii: "]") {
                state = .end
                sink.receiveEnd()
            } else if byte != UInt8(ascii: ","), !JSONScan.isSpace(byte) {
                state = .lost
                sink.skippedBrokenEvent()
            }
        default: break
        }
    }

    private mutating func begin() {
        state = .element(depth: 0)
        isInString = false
        isEscaped = false
        isSkipping = false
    }

    // MARK: - Elements

    /// The position after the element's last byte, or the end of the chunk.
    private mutating func elementEnd(_ chunk: UnsafeBufferPointer<UInt8>, from: Int, depth: Int) -> Int {
        var depth = depth
        var index = from
        while index < chunk.count {
            let byte = chunk[index]
            index &+= 1
            if isInString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
            } else if byte == UInt8(ascii: "\"") {
                isInString = true
            } else if byte | 0x20 == UInt8(ascii: "{") {
                depth &+= 1
            } else if byte | 0x20 == UInt8(ascii: "}") {
                depth &-= 1
                guard depth > 0 else {
                    state = .between
                    return index
                }
            }
        }
        state = .element(depth: depth)
        return index
    }

    /// Takes a piece of an element, which is its last when the state says so.
    private mutating func take<Sink: StreamEventSink>(_ piece: UnsafeBufferPointer<UInt8>, _ sink: inout Sink) {
        if !isSkipping, held.count &+ piece.count > elementByteCount {
            held = []
            isSkipping = true
            sink.skippedOversizeEvent()
        }
        guard !isSkipping else { return }
        guard case .between = state else { return held.append(contentsOf: piece) }
        if held.isEmpty { return send(piece, &sink) }
        held.append(contentsOf: piece)
        let element = held
        held = []
        element.withUnsafeBufferPointer { send($0, &sink) }
    }

    private func send<Sink: StreamEventSink>(_ element: UnsafeBufferPointer<UInt8>, _ sink: inout Sink) {
        sink.receive(StreamEvent(name: UnsafeBufferPointer(start: nil, count: 0), data: element))
    }
}
