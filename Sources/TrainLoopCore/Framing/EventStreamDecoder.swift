// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Splits the bytes of an `application/vnd.amazon.eventstream` into messages, whatever the split of the bytes.
///
/// Strategy: a message that lies whole in one chunk is read where it lies; only what a chunk ends in the midst of is
/// copied. A message whose own checksum is wrong is left out, and the next begins where its lengths say. Where no prelude
/// stands, each following byte is tried until one does: its checksum makes a false find as good as impossible.
package struct EventStreamDecoder: Sendable {
    /// The most bytes that one message may hold; a larger one is skipped.
    private let messageByteCount: Int

    /// The beginning of a message whose end has not come.
    private var held: [UInt8] = []
    /// Bytes still to come of a message that is skipped.
    private var skippedByteCount = 0
    /// What came last was no prelude: told already.
    private var isLost = false

    package init(messageByteCount: Int) {
        self.messageByteCount = messageByteCount
    }

    /// Bytes kept at present.
    package var heldByteCount: Int { held.count }

    /// Takes the next bytes and hands every message that they complete to `sink`.
    package mutating func receive<Sink: StreamEventSink>(_ chunk: UnsafeBufferPointer<UInt8>, into sink: inout Sink) {
        var index = 0
        skip(chunk.count, &index)
        while !held.isEmpty, index < chunk.count {
            let needed = neededByteCount
            let taken = min(needed &- held.count, chunk.count &- index)
            held.append(contentsOf: chunk[index..<(index &+ taken)])
            index &+= taken
            guard held.count >= needed else { return }
            let bytes = held
            held = []
            bytes.withUnsafeBufferPointer { take($0, &sink) }
            skip(chunk.count, &index)
            // What is held now lies in this chunk, and is read from there.
            if held.count <= index {
                index &-= held.count
                held = []
            }
        }
        take(UnsafeBufferPointer(rebasing: chunk[index...]), &sink)
    }

    /// Goes over what this chunk has of a skipped message.
    private mutating func skip(_ count: Int, _ index: inout Int) {
        let here = min(skippedByteCount, count &- index)
        skippedByteCount &-= here
        index &+= here
    }

    /// The stream has ended: a message that has not is told as broken.
    package mutating func finish<Sink: StreamEventSink>(into sink: inout Sink) {
        if !held.isEmpty, !isLost { sink.skippedBrokenEvent() }
        held = []
    }

    /// Bytes are missing here: the next message is looked for.
    package mutating func skipToNextEvent() {
        held = []
        skippedByteCount = 0
        isLost = true
    }

    /// Bytes that the held beginning needs before more can be said of it.
    private var neededByteCount: Int {
        held.withUnsafeBufferPointer { EventStreamPrelude($0)?.messageByteCount } ?? EventStreamPrelude.byteCount
    }

    /// Reads what is whole in `bytes` and holds the rest.
    private mutating func take<Sink: StreamEventSink>(_ bytes: UnsafeBufferPointer<UInt8>, _ sink: inout Sink) {
        var index = 0
        while bytes.count &- index >= EventStreamPrelude.byteCount {
            guard let prelude = EventStreamPrelude(UnsafeBufferPointer(rebasing: bytes[index...])) else {
                if !isLost { sink.skippedBrokenEvent() }
                isLost = true
                index &+= 1
                continue
            }
            isLost = false
            if prelude.messageByteCount > messageByteCount {
                sink.skippedOversizeEvent()
                let here = min(prelude.messageByteCount, bytes.count &- index)
                skippedByteCount = prelude.messageByteCount &- here
                index &+= here
                continue
            }
            let end = index &+ prelude.messageByteCount
            guard end <= bytes.count else { break }
            send(UnsafeBufferPointer(rebasing: bytes[index..<end]), prelude, &sink)
            index = end
        }
        held.append(contentsOf: bytes[index...])
    }

    private func send<Sink: StreamEventSink>(
        _ message: UnsafeBufferPointer<UInt8>, _ prelude: EventStreamPrelude, _ sink: inout Sink
    ) {
        let payloadStart = EventStreamPrelude.byteCount &+ prelude.headersByteCount
        let payloadEnd = message.count &- 4
        var checksum = CRC32()
        checksum.update(UnsafeBufferPointer(rebasing: message[..<payloadEnd]))
        guard checksum.value == EventStreamPrelude.integer(message, at: payloadEnd),
            let headers = EventStreamHeaders(
                UnsafeBufferPointer(rebasing: message[EventStreamPrelude.byteCount..<payloadStart]))
        else { return sink.skippedBrokenEvent() }
        let payload = UnsafeBufferPointer(rebasing: message[payloadStart..<payloadEnd])
        let type = headers[":message-type"]
        if ASCII.isEqual(type, "exception") {
            sink.receiveFailure(type: Array(headers[":exception-type"]), words: payload)
        } else if ASCII.isEqual(type, "error") {
            sink.receiveFailure(type: Array(headers[":error-code"]), words: headers[":error-message"])
        } else {
            sink.receive(StreamEvent(name: headers[":event-type"], data: payload))
        }
    }
}
