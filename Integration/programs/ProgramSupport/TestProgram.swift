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
    }

    package let url: URL
    package let key: String
    package let scenario: Scenario
    package let bodies: [Data]
    /// Whether this is the run that the SDK records.
    package let isRecorded: Bool

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
            for call in calls { try await load(call.way, call.body).print() }
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
        var status: Int
        var body: String
        var isWhole: Bool

        package init(status: Int, body: some Sequence<UInt8>) {
            self.status = status
            self.body = String(decoding: Array(body), as: UTF8.self)
            isWhole = true
        }

        /// A stream that was let go: its first lines.
        package init(status: Int, beginning: some Sequence<UInt8>) {
            self.init(status: status, body: Array(beginning))
            body = body.split(separator: "\n", omittingEmptySubsequences: false).prefix(TestProgram.lineCount)
                .joined(separator: "\n")
            isWhole = false
        }

        func print() {
            Swift.print("REPLY \(status)\n\(body)\n\(isWhole ? "END" : "BREAK")")
        }
    }

    /// Whether this much of a stream has the lines that an early break wants.
    package static func suffices(_ beginning: some Sequence<UInt8>) -> Bool {
        beginning.count { $0 == UInt8(ascii: "\n") } >= lineCount
    }
}
