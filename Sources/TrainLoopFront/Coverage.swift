// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What became of every exchange: nothing is lost in silence.
package struct Coverage: Sendable, Equatable {
    /// Exchanges with allowed hosts whose request head was seen.
    package var seen = 0
    /// Lines written, or waiting in a buffer to be written.
    package var recorded = 0
    /// Of those recorded: bodies that no parser understood (`capture.parse` is `raw`).
    package var unparsed = 0
    /// Of those recorded: cut by a bound.
    package var truncated = 0
    /// Seen and not written: no memory within the bounds, or the data folder refused.
    package var dropped = 0
    /// Media of recorded exchanges that could not be stored.
    package var lostMedia = 0
    /// Connections to allowed hosts that were passed on unseen.
    package var bypassed = 0

    package init() {}

    /// Enters what the desk did.
    package mutating func enter(_ outcome: JournalDesk.Outcome) {
        recorded += outcome.writtenCount
        unparsed += outcome.unparsedCount
        truncated += outcome.truncatedCount
        dropped += outcome.lostCount
        lostMedia += outcome.lostMediaCount
    }
}
