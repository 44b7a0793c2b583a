// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import Foundation
import TrainLoop

/// What the programs in Swift share: how they are told what to ask, and what they print.
package struct TestProgram: Sendable {
    /// How the bodies are to be sent.
    package enum Scenario: Sendable {
        /// One after the other.
        case inTurn
        /// One after the other, each of megabytes.
        case largeBody
        /// All at the same time.
        case together
        /// Each read for its first lines, and then let go.
        case earlyBreak
        /// Each longer than the client waits.
        case timeOut
        /// Each cancelled after a while.
        case cancel
    }

    package let url: URL
    package let key: String
    package let scenario: Scenario
    package let bodies: [Data]
    /// Whether this is the run that the SDK records.
    package let isRecorded: Bool

    /// How long the client waits for a reply, in seconds.
    package var patience: Int { scenario == .timeOut ? 1 : 60 }

    /// How many lines of a stream are read in an early break.
    package static let lineCount = 3
    private static let variables = ProcessInfo.processInfo.environment

    /// Reads the bodies, and begins to record in the run that has the SDK.
    package init() throws {
        guard let url = URL(string: Self.variables["TRAINLOOP_TEST_URL"] ?? "") else {
            throw CocoaError(.fileReadInvalidFileName)
        }
        self.url = url
        key = Self.variables["TRAINLOOP_TEST_KEY"] ?? ""
        switch Self.variables["TRAINLOOP_TEST_SCENARIO"] {
        case "async": scenario = .together
        case "early-break": scenario = .earlyBreak
        case "large-body": scenario = .largeBody
        case "time-out": scenario = .timeOut
        case "cancel": scenario = .cancel
        default: scenario = .inTurn
        }
        bodies = try CommandLine.arguments.dropFirst().map { try Data(contentsOf: URL(filePath: $0)) }
        isRecorded = Self.variables["TRAINLOOP_MATRIX_SDK"] == "1"
        if isRecorded { try TrainLoop.collect(flushImmediately: true) }
    }

    /// Sends every body in every way, prints the replies in the order of the bodies, and says what the SDK has seen.
    package func run<Way: Sendable>(
        _ ways: [Way], _ load: @escaping @Sendable (Way, Data) async throws -> Reply
    ) async throws {
        let calls = bodies.flatMap { body in ways.map { (way: $0, body: body) } }
        if scenario == .together {
            let tasks = calls.map { call in Task { try await load(call.way, call.body) } }
            for task in tasks { try await task.value.print() }
        } else {
            for call in calls {
                let task = Task { try await load(call.way, call.body) }
                if scenario == .cancel {
                    try await Task.sleep(for: .milliseconds(300))
                    task.cancel()
                }
                try await task.value.print()
            }
        }
        try await report()
    }

    /// For the runner, to tell the cause of what is missing.
    private func report() async throws {
        guard let file = Self.variables["TRAINLOOP_MATRIX_STATS"] else { return }
        let stats = await TrainLoop.shutdown()
        let words =
            #"{"collecting":\#(isRecorded),"seen":\#(stats.seen),"recorded":\#(stats.recorded),"lost":\#(stats.dropped)}"#
        try words.write(toFile: file, atomically: false, encoding: .utf8)
    }

    /// What a program got.
    package struct Reply: Sendable {
        private let text: String

        package init(status: Int, body: some Sequence<UInt8>) {
            text = "REPLY \(status)\n\(String(decoding: Array(body), as: UTF8.self))\nEND"
        }

        /// A stream that was let go: its first lines.
        package init(status: Int, beginning: some Sequence<UInt8>) {
            let lines = String(decoding: Array(beginning), as: UTF8.self)
                .split(separator: "\n", omittingEmptySubsequences: false).prefix(TestProgram.lineCount)
            text = "REPLY \(status)\n\(lines.joined(separator: "\n"))\nBREAK"
        }

        /// The client gave up after its time.
        package init(timedOut error: String) {
            text = "FAILED time-out: \(error)"
        }

        /// The client was told to give up.
        package init(cancelled error: String) {
            text = "FAILED cancel: \(error)"
        }

        func print() {
            Swift.print(text)
        }
    }

    /// Whether this much of a stream has the lines that an early break wants.
    package static func suffices(_ beginning: some Sequence<UInt8>) -> Bool {
        beginning.count { $0 == UInt8(ascii: "\n") } >= lineCount
    }
}
