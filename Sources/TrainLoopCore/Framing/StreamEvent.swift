// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One event of a stream, in whatever framing it came; its bytes live while the sink is called.
package struct StreamEvent {
    /// The `event` field of a server-sent event, the `:event-type` of an event stream message; empty when there was none.
    package let name: UnsafeBufferPointer<UInt8>
    /// What the event says, as a rule JSON.
    package let data: UnsafeBufferPointer<UInt8>
    /// False for an event that the stream ended in, without what would have sent it.
    package var isTerminated = true
}

/// Who takes the events of a stream.
package protocol StreamEventSink {
    mutating func receive(_ event: StreamEvent)
    /// The server told that it failed, in the framing's own words.
    ///
    /// - Parameters:
    ///   - type: the kind of failure, such as `throttlingException`; plain characters, empty when unknown.
    ///   - words: what it says of it: JSON or plain characters, empty when unknown.
    mutating func receiveFailure(type: [UInt8], words: UnsafeBufferPointer<UInt8>)
    /// The framing said that nothing follows.
    mutating func receiveEnd()
    /// An event larger than the bound was left out.
    mutating func skippedOversizeEvent()
    /// Bytes that are no event, or one whose checksum is wrong, were left out.
    mutating func skippedBrokenEvent()
}
