// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import BenchmarkSupport
import TrainLoopCore

/// What the core costs, alone on one thread: from the bytes of an exchange to its line.
@main
struct CoreBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "corebench", subcommands: [Make.self, Measure.self])

    struct Make: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the body of a streamed chat completion to stdout.")

        @Option(help: "At least that many bytes.")
        var bytes = 1_000_000

        @Option(help: "even: events differ in their text only; padded: also in a padding; mixed: also in kind.")
        var kind = Samples.Kind.even

        func run() {
            print(Samples.streamedChat(kind, byteCount: bytes), terminator: "")
        }
    }

    struct Measure: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Measure; prints one line of JSON.")

        @Option(help: "Seconds for each size.")
        var seconds = 1.0

        @Option(help: "The largest streamed body, in megabytes.")
        var megabytes = 100

        func run() {
            var report = Report()
            let small = Stopwatch.best(seconds: seconds) { Exchanges.plainChat() }
            report.add("chat_2k_us", small * 1e6)
            for kind in Samples.Kind.allCases {
                measure(kind, into: &report)
            }
            print(report.line)
        }

        private func measure(_ kind: Samples.Kind, into report: inout Report) {
            var size = 1
            while size <= megabytes {
                let body = Array(Samples.streamedChat(kind, byteCount: size * 1_000_000).utf8)
                var line = Exchanges.Outcome()
                let best = Stopwatch.best(seconds: seconds) { line = Exchanges.streamedChat(body) }
                report.add("\(kind)_\(size)_mb_per_s", Double(body.count) / 1e6 / best)
                report.add("\(kind)_\(size)_line_bytes", line.lineByteCount)
                report.add("\(kind)_\(size)_parse", word: line.parse)
                size *= 10
            }
        }
    }
}

enum Stopwatch {
    /// The shortest run, in seconds, of those that fit the time; at least one after one unmeasured.
    static func best(seconds: Double, _ body: () -> Void) -> Double {
        body()
        let end = Monotonic.now() + UInt64(seconds * 1e9)
        var best = UInt64.max
        repeat {
            let start = Monotonic.now()
            body()
            best = min(best, Monotonic.now() - start)
        } while Monotonic.now() < end
        return Double(best) / 1e9
    }
}
