// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoop

/// What recording adds to a call of a Swift program on the thread that makes it: the work of the door, beside the same work undone.
///
/// Both clients' fronts do this and no more for a call, save for copying the fields of its heads. Parsing and writing happen on the recorder's queue, at the
/// same time, and are counted by the processor's time.
@main struct SDKBench {
    static let url = "https://api.openai.com/v1/chat/completions"
    static let request = Array(
        #"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"\#(String(repeating: "word ", count: 100))"}]}"#
            .utf8)
    static let piece =
        Array(
            #"data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":" a few words"}}]}"#
                .utf8) + [10, 10]
    static let fields = [
        ("Authorization", "Bearer sk-test"), ("Content-Type", "application/json"), ("User-Agent", "bench/1"),
        ("Accept", "text/event-stream"),
    ]

    static func main() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sdkbench-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var rows: [(String, [Double])] = []
        for isCollecting in [false, true] {
            if isCollecting { try TrainLoop.collect(dataFolder: folder.path) }
            for pieces in [0, 100] {
                var times: [Double] = []
                // Rounds with a rest between them, as calls to models have: else it would be the queue that is measured.
                for _ in 0..<60 {
                    let begin = ContinuousClock.now
                    for _ in 0..<20 { call(pieces: pieces) }
                    let spent = begin.duration(to: .now) / 20
                    times.append(Double(spent.components.attoseconds) / 1e12)
                    await TrainLoop.flush()
                }
                rows.append(("\(isCollecting ? "collecting" : "not collecting"), \(pieces) pieces", times.sorted()))
            }
        }
        for (name, times) in rows {
            print("\(name): median \(rounded(times[times.count / 2])) us, fastest \(rounded(times[0])) us")
        }
        let (call, stream) = (rows[2].1[30] - rows[0].1[30], rows[3].1[30] - rows[1].1[30])
        print("added per call: \(rounded(call)) us; per piece: \(rounded((stream - call) / 100)) us")
        let stats = await TrainLoop.shutdown()
        print("\(stats.recorded) of \(stats.seen) calls on record, \(stats.truncated) truncated")
    }

    private static func call(pieces: Int) {
        let exchange = TrainLoop.exchange("POST", url: url, headers: fields, client: "bench")
        exchange.requestBody(request)
        exchange.requestEnd()
        exchange.response(status: 200, headers: [("Content-Type", "text/event-stream"), ("x-request-id", "r")])
        for _ in 0..<pieces { exchange.responseBody(piece) }
        exchange.end()
    }

    private static func rounded(_ value: Double) -> String { String(format: "%.2f", value) }
}
