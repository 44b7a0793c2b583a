// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import Testing

/// Gives each test the events of its own calls, in memory.
///
/// ```swift
/// @Test(.recordsEvents) func `answers in one call`() async throws {
///     _ = try await answer("Hi")
///     let events = await RecordedEvents.current?.all() ?? []
///     #expect(events.count == 1)
/// }
/// ```
public struct RecordedEventsTrait: TestTrait, SuiteTrait, TestScoping {
    let hostAllowlist: [String]

    /// Every test of a suite has events of its own.
    public var isRecursive: Bool { true }

    /// Runs the test with a journal in memory.
    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let events = try RecordedEvents(hostAllowlist: hostAllowlist)
        try await RecordedEvents.$current.withValue(events) {
            try await events.collecting { try await function() }
        }
    }
}

extension Trait where Self == RecordedEventsTrait {
    /// Records the calls of each test in memory, to any host; `RecordedEvents.current` has them.
    public static var recordsEvents: Self { RecordedEventsTrait(hostAllowlist: ["*"]) }

    /// Records the calls of each test to these hosts in memory.
    public static func recordsEvents(of hostAllowlist: String...) -> Self {
        RecordedEventsTrait(hostAllowlist: hostAllowlist)
    }
}
