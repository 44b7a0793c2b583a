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
    private let recorder: Recorder
    /// False when there was no room even for the head; the exchange is counted as dropped.
    private let hasRoom: Bool
    /// Touched on the recorder's queue only; the lock is never contended.
    private let work: Mutex<ExchangeWork>

    init(recorder: Recorder, hasRoom: Bool, work: sending ExchangeWork) {
        self.recorder = recorder
        self.hasRoom = hasRoom
        self.work = Mutex(work)
    }

    /// Takes what happened at `instant`; returns at once.
    package func receive(_ event: WireEvent, at instant: Timestamp) {
        guard hasRoom else { return }
        recorder.post(event, of: self, at: instant)
    }

    /// Follows an event, on the recorder's queue.
    ///
    /// - Returns: by how many bytes memory grew or shrank, and the line when the exchange has just ended.
    func takeUp(_ event: WireEvent, at instant: Timestamp) -> (change: Int, line: EventLine?) {
        work.withLock { $0.takeUp(event, at: instant) }
    }
}

extension WireEvent {
    /// What holding the event costs, in bytes: its content, and what arrays and notes of it take beside.
    var byteCount: Int {
        switch self {
        case .requestBody(let bytes), .responseBody(let bytes): bytes.count + 128
        case .requestHead(let head): Self.byteCount(head.fields) + head.target.count
        case .responseHead(let head): Self.byteCount(head.fields)
        case .requestEnd, .end, .warning, .requestBodyLost, .responseBodyLost: 128
        }
    }

    private static func byteCount(_ fields: [HeaderField]) -> Int {
        // A field is two arrays of its own.
        fields.reduce(512) { $0 + $1.name.count + $1.value.count + 160 }
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
