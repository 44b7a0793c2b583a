// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopFront

/// What became of every call: nothing is lost in silence.
public struct CaptureStatistics: Sendable, Equatable {
    /// Calls to hosts of the allow-list that began.
    public var seen: Int
    /// Calls that are written, or wait in a buffer to be written.
    public var recorded: Int
    /// Of those recorded: calls whose bodies no parser understood.
    public var unparsed: Int
    /// Of those recorded: calls cut by a bound.
    public var truncated: Int
    /// Calls that were seen and not written: no memory within the bounds, or the data folder refused.
    public var dropped: Int
    /// Images, sounds and files of recorded calls that could not be stored.
    public var lostMedia: Int
    /// Calls to allowed hosts that a capturing client could not look into.
    public var bypassed: Int

    init(_ coverage: Coverage) {
        seen = coverage.seen
        recorded = coverage.recorded
        unparsed = coverage.unparsed
        truncated = coverage.truncated
        dropped = coverage.dropped
        lostMedia = coverage.lostMedia
        bypassed = coverage.bypassed
    }
}
