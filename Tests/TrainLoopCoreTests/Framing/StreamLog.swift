// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Keeps what a decoder tells.
struct StreamLog: StreamEventSink {
    var events: [String] = []

    mutating func receive(_ event: StreamEvent) {
        let name = String(decoding: event.name, as: UTF8.self)
        let data = String(decoding: event.data, as: UTF8.self)
        events.append("\(name)|\(data)\(event.isTerminated ? "" : "|open")")
    }

    mutating func receiveFailure(type: [UInt8], words: UnsafeBufferPointer<UInt8>) {
        events.append("failed \(String(decoding: type, as: UTF8.self)): \(String(decoding: words, as: UTF8.self))")
    }

    mutating func receiveEnd() { events.append("end") }
    mutating func skippedOversizeEvent() { events.append("too large") }
    mutating func skippedBrokenEvent() { events.append("broken") }
}
