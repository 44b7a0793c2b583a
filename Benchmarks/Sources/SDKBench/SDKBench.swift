// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import CAllocations
import Foundation
import TrainLoop

/// What recording adds to the calls of a Swift program: each client bare and recorded, in turn, in one run.
@main struct SDKBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sdkbench",
        abstract: "Measure what recording adds to a call by AsyncHTTPClient and URLSession, and to a piece of a stream."
    )

    @Option(help: "Pairs of blocks for each case.")
    var rounds = 200

    @Option(help: "Only the cases in whose names this stands.")
    var only = ""

    @Option(help: "A file for the results, as Markdown.")
    var output: String?

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sdkbench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let upstream = try UpstreamProcess()
        defer { upstream.stop() }
        try TrainLoop.collect(dataFolder: folder.path, hostAllowlist: ["default", "127.0.0.1"], flushImmediately: true)

        var calls = 0
        var findings: [Finding] = []
        for each in try Case.all(port: upstream.port) where only.isEmpty || each.name.contains(only) {
            FileHandle.standardError.write(Data("\(each.name)\n".utf8))
            findings.append(try await measure(each, calls: &calls))
        }
        let stats = await TrainLoop.shutdown()
        let text = findings.markdown(rounds: rounds, calls: calls)
        print(text)
        if let output { try text.write(toFile: output, atomically: true, encoding: .utf8) }
        // A client that recorded nothing would be the fastest.
        guard stats.recorded == calls, stats.truncated == 0, stats.unparsed == 0 else {
            throw Failure(description: "\(calls) calls were made, and on record are: \(stats)")
        }
    }

    /// Blocks of both sides in turn; the time is taken in some rounds, and allocations are counted in others.
    private func measure(_ each: Case, calls: inout Int) async throws -> Finding {
        var finding = Finding(name: each.name, byteCount: each.byteCount)
        let (warmUp, counted) = (3, 20)
        for round in 0..<(warmUp + rounds + counted) {
            allocations_count(round >= warmUp + rounds)
            var pair: [Cost] = []
            for isCapturing in round.isMultiple(of: 2) ? [false, true] : [true, false] {
                let (cost, pieces) = try await block(isCapturing ? each.capturing : each.bare, calls: each.calls)
                if isCapturing { pair.append(cost) } else { pair.insert(cost, at: 0) }
                if isCapturing { calls += each.calls }
                finding.pieces = pieces
            }
            allocations_count(false)
            if round >= warmUp + rounds {
                finding.memory.append((bare: pair[0], capturing: pair[1]))
            } else if round >= warmUp {
                finding.time.append((bare: pair[0], capturing: pair[1]))
            }
        }
        return finding
    }

    private func block(_ call: Case.Call, calls: Int) async throws -> (cost: Cost, pieces: Int) {
        var pieces = 0
        let begin = Reading.now()
        for _ in 0..<calls { pieces += try await call() }
        let last = Reading.now()
        await TrainLoop.flush()
        return (Cost(from: begin, to: last, and: .now(), calls: calls), pieces / calls)
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }
}
