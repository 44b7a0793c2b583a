// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// The index of call sites in `_registry.json`, derived from `events/`; it may lag and never costs a call.
package struct Registry: Sendable {
    package init(folder: String) {}

    /// Takes note of a line that was appended to `events/`; nothing is written yet.
    package mutating func note(_ line: EventLine, at instant: Timestamp) {}

    /// Adds what was noted since the last merge to the file, under a lock file that other processes honour.
    ///
    /// - Returns: nil when merged or nothing was noted; after an error what was noted is kept for the next merge.
    package mutating func merge() -> JournalError? { nil }
}
