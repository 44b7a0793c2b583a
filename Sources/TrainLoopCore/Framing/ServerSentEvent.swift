// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One event of a `text/event-stream`; its bytes live while the sink is called.
struct ServerSentEvent {
    /// The `event` field; empty when there was none.
    let name: UnsafeBufferPointer<UInt8>
    /// The `data` lines, joined with line feeds.
    let data: UnsafeBufferPointer<UInt8>
    /// False for an event that the stream ended in, without the blank line that would have sent it.
    let isTerminated: Bool
}

/// Who takes the events of a stream.
protocol ServerSentEventSink {
    mutating func receive(_ event: ServerSentEvent)
    /// An event larger than the bound was left out.
    mutating func skippedOversizeEvent()
}
