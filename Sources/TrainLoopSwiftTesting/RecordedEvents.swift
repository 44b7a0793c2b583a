// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
public import TrainLoop
import TrainLoopCapture
import TrainLoopCore

/// A journal in memory: the events of the calls that a test makes, and of no other test that runs beside it.
///
/// ```swift
/// let events = try RecordedEvents()
/// try await events.collecting { _ = try await answer("Hi") }
/// #expect(await events.all().map(\.status) == ["ok"])
/// ```
public final class RecordedEvents: Sendable {
    private final class Lines: Sendable {
        let kept = Mutex<[RecordedEvent]>([])
    }

    /// The events of the current test, where it has the trait `.recordsEvents`.
    @TaskLocal public static var current: RecordedEvents?

    private let lines: Lines
    private let collector: Collector

    /// - Parameter hostAllowlist: hosts whose calls are recorded; every host where not given.
    /// - Throws: `CollectError` for what is no host.
    public init(hostAllowlist: [String] = ["*"]) throws {
        let lines = Lines()
        self.lines = lines
        collector = try Collector(hostAllowlist: hostAllowlist) { line in
            let event = RecordedEvent(line.bytes)
            lines.kept.withLock { $0.append(event) }
        }
    }

    /// Records the calls that `operation` and its child tasks make here, whatever else is collected in the process.
    public func collecting<Result>(
        isolation: isolated (any Actor)? = #isolation, _ operation: () async throws -> Result
    ) async rethrows -> Result {
        try await TrainLoop.$taskCollector.withValue(collector, operation: operation)
    }

    /// The events of all calls that have ended, in the order in which they ended.
    public func all() async -> [RecordedEvent] {
        await collector.recorder.flush()
        return lines.kept.withLock { $0 }
    }

    /// What became of the calls so far.
    public var stats: CaptureStatistics { collector.stats }
}
