// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// How the events of a stream are told apart.
enum StreamFraming: Sendable {
    /// `text/event-stream`
    case serverSentEvents
    /// `application/vnd.amazon.eventstream`
    case eventStream
    /// `application/x-ndjson`: a JSON value on each line.
    case jsonLines
    /// One JSON array, an element an event.
    case jsonArray
}

/// The decoder of a stream, whichever its framing.
struct StreamDecoder: Sendable {
    /// Set once, when the first bytes are there.
    var framing = StreamFraming.serverSentEvents

    private var serverSentEvents: ServerSentEventDecoder
    private var eventStream: EventStreamDecoder
    private var jsonLines: JSONLinesDecoder
    private var jsonArray: JSONArrayDecoder

    init(eventByteCount: Int) {
        serverSentEvents = ServerSentEventDecoder(eventByteCount: eventByteCount)
        eventStream = EventStreamDecoder(messageByteCount: eventByteCount)
        jsonLines = JSONLinesDecoder(lineByteCount: eventByteCount)
        jsonArray = JSONArrayDecoder(elementByteCount: eventByteCount)
    }

    var heldByteCount: Int {
        serverSentEvents.heldByteCount &+ eventStream.heldByteCount &+ jsonLines.heldByteCount
            &+ jsonArray.heldByteCount
    }

    mutating func receive(_ chunk: UnsafeBufferPointer<UInt8>, into sink: inout StreamSink) {
        switch framing {
        case .serverSentEvents: serverSentEvents.receive(chunk, into: &sink)
        case .eventStream: eventStream.receive(chunk, into: &sink)
        case .jsonLines: jsonLines.receive(chunk, into: &sink)
        case .jsonArray: jsonArray.receive(chunk, into: &sink)
        }
    }

    /// No more bytes will come.
    mutating func finish(into sink: inout StreamSink) {
        switch framing {
        case .serverSentEvents: serverSentEvents.finish(into: &sink)
        case .eventStream: eventStream.finish(into: &sink)
        case .jsonLines: jsonLines.finish(into: &sink)
        case .jsonArray: jsonArray.finish(into: &sink)
        }
    }

    /// Bytes are missing here.
    mutating func skipToNextEvent() {
        switch framing {
        case .serverSentEvents: serverSentEvents.skipToNextEvent()
        case .eventStream: eventStream.skipToNextEvent()
        case .jsonLines: jsonLines.skipToNextEvent()
        case .jsonArray: jsonArray.skipToNextEvent()
        }
    }
}
