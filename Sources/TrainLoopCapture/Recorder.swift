// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// What became of every exchange: nothing is lost in silence.
package struct Coverage: Sendable, Equatable {
    /// Exchanges with allowed hosts whose request head was seen.
    package var seen = 0
    /// Lines written.
    package var recorded = 0
    /// Of those recorded: bodies that no parser understood (`capture.parse` is `raw`).
    package var unparsed = 0
    /// Of those recorded: cut by a bound.
    package var truncated = 0
    /// Seen and not written: no memory in the bounds, or the data folder refused.
    package var dropped = 0
    /// Connections to allowed hosts that were passed on unseen.
    package var bypassed = 0

    package init() {}
}

/// The one door of every Swift front: takes what a front sees, and leads to the journal.
///
/// Every method returns in microseconds, from any thread, and neither throws nor blocks on a disk; parsing and writing
/// happen on the recorder's own queue.
package final class Recorder: Sendable {
    /// - Parameters:
    ///   - by: who records, such as `trainloop/1.0.0`.
    ///   - defaultTag: the tag of calls without one of their own.
    ///   - report: where what is lost is said, a line at a time without line feed; called off the host's threads.
    package init(
        configuration: CaptureConfiguration, by: String, defaultTag: String = "",
        report: @escaping @Sendable (String) -> Void
    ) {}

    /// Whether exchanges with this host are to be captured.
    package func captures(host: String, port: UInt16) -> Bool { false }

    /// The DNS subtrees of the allow-list, for a CA's name constraints.
    package var permittedDomains: [String] { [] }

    /// Opens the record of an exchange whose request head was just seen.
    ///
    /// - Parameter route: `proxy`, `gateway`, `sni` ...
    package func begin(_ head: RequestHead, route: String, pid: Int32?, at instant: Timestamp) -> RecordedExchange {
        RecordedExchange()
    }

    /// Counts a connection to an allowed host that was passed on unseen, and keeps its name and reason for the summary.
    ///
    /// - Parameter client: who, such as `wget (pid 4242)`; empty where unknown.
    package func noteBypass(host: String, client: String, reason: String) {}

    /// The bypasses so far, one line each, for people.
    package var bypasses: [String] { [] }

    package var coverage: Coverage { Coverage() }

    /// Returns when all that was handed over before is in the journal.
    package func flush() async {}

    /// Flushes, merges the registry and closes; exchanges still open are recorded as `incomplete`.
    package func shutdown() async -> Coverage { Coverage() }
}

/// One exchange's way into the recorder. Events in order, from one thread at a time; the last is `.end`.
package final class RecordedExchange: Sendable {
    init() {}

    /// Body bytes are handed over as sent, with their transfer coding taken off and their content coding still on: the
    /// recorder decodes for the record.
    package func receive(_ event: WireEvent, at instant: Timestamp) {}
}
