// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The way of one exchange, from the bytes a front saw to one line of JSON.
///
/// Sans-IO: no clock, no async, no throw, no trap. One owner at a time; feed events in order, the last is `.end`, then
/// take the line once.
public struct CapturePipeline: Sendable {
    public init(context: CaptureContext, limits: CaptureLimits) {
        self.context = context
    }

    private var context: CaptureContext

    /// Bytes held at present for this exchange: what a front adds up to keep its bound over all exchanges.
    public var heldByteCount: Int { 0 }

    /// Takes what happened at `instant`. An event out of order is a diagnostic in the record, never a trap.
    public mutating func receive(_ event: WireEvent, at instant: Timestamp) {}

    /// The record of the exchange; call once, after `.end` (without one the record says `incomplete`).
    public mutating func finish() -> EventLine {
        EventLine(
            bytes: Array("{}\n".utf8), shelf: .calls, parse: .raw, isTruncated: false, tag: "", locationFile: "unknown",
            locationLine: "0")
    }
}
