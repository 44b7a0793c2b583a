// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
package import TrainLoopCore

/// One exchange's way into the recorder.
///
/// Events in order, from one thread at a time; the last is `.end`, and what comes after it is ignored. Body bytes are
/// handed over as sent, with their transfer coding taken off and their content coding still on: the recorder decodes for
/// the record.
package final class RecordedExchange: Sendable {
    /// Where it was seen, the record's `capture.route`.
    package let route: String
    package let labels: CallLabels
    let pid: Int32?
    /// Counts the exchanges of one run, from 1.
    let number: Int
    /// When its request head was seen.
    let begin: Timestamp

    private let recorder: Recorder
    /// False when there was no room even for the head; the exchange is counted as dropped.
    private let hasRoom: Bool
    /// Made when the first event is taken up; touched on the recorder's queue only, so that the lock is never contended.
    private let work = Mutex<ExchangeWork?>(nil)

    init(
        recorder: Recorder, hasRoom: Bool, number: Int, route: String, pid: Int32?, labels: CallLabels,
        begin: Timestamp
    ) {
        self.recorder = recorder
        self.hasRoom = hasRoom
        self.number = number
        self.route = route
        self.pid = pid
        self.labels = labels
        self.begin = begin
    }

    /// Takes what happened at `instant`; returns at once.
    package func receive(_ event: WireEvent, at instant: Timestamp) {
        guard hasRoom else { return }
        recorder.post(.event(event), of: self, at: instant, byteCount: event.byteCount, orElse: event.asLoss)
    }

    /// Takes what happened at `instant` as the client holds it: the recorder's queue makes the event, off the way of the host's
    /// thread.
    ///
    /// - Parameters:
    ///   - byteCount: of what is held.
    ///   - loss: what is told instead where it finds no room; nil for what always finds it.
    package func receive(
        at instant: Timestamp, byteCount: Int, orElse loss: WireEvent? = nil,
        _ event: @escaping @Sendable () -> WireEvent
    ) {
        guard hasRoom else { return }
        let byteCount = byteCount + WireEvent.noteByteCount
        recorder.post(.deferred(event), of: self, at: instant, byteCount: byteCount, orElse: loss)
    }

    /// Follows an event, on the recorder's queue.
    ///
    /// - Returns: by how many bytes memory grew or shrank, and the line when the exchange has just ended.
    func takeUp(_ event: WireEvent, at instant: Timestamp) -> (change: Int, line: EventLine?) {
        work.withLock { work in
            if work == nil { work = recorder.open(self) }
            return work?.takeUp(event, at: instant) ?? (0, nil)
        }
    }
}

/// What a front tells of an exchange: an event, or how one is made of what its client holds.
enum Told: Sendable {
    case event(WireEvent)
    case deferred(@Sendable () -> WireEvent)

    var event: WireEvent {
        switch self {
        case .event(let event): event
        case .deferred(let event): event()
        }
    }
}

extension WireEvent {
    /// What arrays and notes of an event take beside its content.
    fileprivate static let noteByteCount = 128

    /// What holding the event costs, in bytes: its content, and what arrays and notes of it take beside.
    var byteCount: Int {
        switch self {
        case .requestBody(let bytes), .responseBody(let bytes): bytes.count + Self.noteByteCount
        case .requestHead(let head): Self.byteCount(head.fields) + head.target.count
        case .responseHead(let head): Self.byteCount(head.fields)
        case .requestEnd, .end, .warning, .requestBodyLost, .responseBodyLost: Self.noteByteCount
        }
    }

    private static func byteCount(_ fields: [HeaderField]) -> Int {
        byteCount(
            fieldCount: fields.count, textByteCount: fields.reduce(0) { $0 + $1.name.count + $1.value.count })
    }

    static func byteCount(fieldCount: Int, textByteCount: Int) -> Int {
        // A field is two arrays of its own.
        512 + fieldCount * 160 + textByteCount
    }

    /// What is told instead of body bytes that found no room; nil for events that always find it.
    var asLoss: WireEvent? {
        switch self {
        case .requestBody(let bytes): .requestBodyLost(byteCount: bytes.count)
        case .responseBody(let bytes): .responseBodyLost(byteCount: bytes.count)
        default: nil
        }
    }
}
