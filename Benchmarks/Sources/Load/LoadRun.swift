// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import BenchmarkSupport
import NIOCore
import NIOPosix
import NIOSSL

/// One measurement; all of it lives on one event loop.
final class LoadRun: @unchecked Sendable {
    // Checked by hand: every call but `init` and `run` comes from a handler of `loop`, and `run` waits for the end.

    struct Plan: Sendable {
        var connections: Int
        var requests: Int
        var nanoseconds: UInt64
        /// Requests of each connection.
        var warmUp: Int
        var makesNewConnections: Bool
    }

    let plan: Plan
    let measuresEvents: Bool
    private(set) var isOver = false
    private let way: Way
    private let request: ByteBuffer
    private let loop: any EventLoop
    private let done: EventLoopPromise<LoadResult>
    private var result = LoadResult()
    private var warmUpLeft: Int
    private var openConnections = 0

    init(way: Way, request: ByteBuffer, loop: any EventLoop, plan: Plan) {
        self.way = way
        self.request = request
        self.loop = loop
        self.plan = plan
        measuresEvents = String(buffer: request).contains("X-Bench: sse")
        warmUpLeft = plan.warmUp * plan.connections
        done = loop.makePromise()
    }

    func run() async throws -> LoadResult {
        loop.execute {
            for _ in 0..<self.plan.connections { self.connect() }
        }
        return try await done.futureResult.get()
    }

    private func connect() {
        openConnections += 1
        let startedAt = Monotonic.now()
        way.connect(on: loop) { ExchangeHandler(run: self, way: self.way, request: self.request, startedAt: startedAt) }
            .whenFailure { error in
                self.failed(error)
                self.connectionEnded(isWhole: true)
            }
    }

    func received(eventSentAt sent: UInt64, now: UInt64) {
        guard warmUpLeft == 0 else { return }
        result.eventDelays.append(now &- sent)
    }

    func received(answerTo startedAt: UInt64, firstContentAt: UInt64, byteCount: Int, now: UInt64) {
        result.total += 1
        guard warmUpLeft == 0 else {
            warmUpLeft -= 1
            if warmUpLeft == 0 { result.startedAt = now }
            return
        }
        if result.startedAt == 0 { result.startedAt = startedAt }
        guard !isOver else { return }
        result.latencies.append(now - startedAt)
        result.firstContent.append(firstContentAt - startedAt)
        result.contentByteCount += byteCount
        result.endedAt = now
        isOver = result.latencies.count >= plan.requests || now - result.startedAt >= plan.nanoseconds
    }

    func failed(_ error: any Error) {
        result.errors.append("\(error)")
        if result.errors.count > 100 { isOver = true }
    }

    func connectionEnded(isWhole: Bool) {
        openConnections -= 1
        if !isWhole, !isOver { failed(LoadError.cut) }
        if !isOver {
            connect()
        } else if openConnections == 0 {
            done.succeed(result)
        }
    }
}

/// What a run brought; times in nanoseconds.
struct LoadResult: Sendable {
    /// Answers, with those of the warm-up.
    var total = 0
    var latencies: [UInt64] = []
    var firstContent: [UInt64] = []
    var eventDelays: [UInt64] = []
    var contentByteCount = 0
    var startedAt: UInt64 = 0
    var endedAt: UInt64 = 0
    var errors: [String] = []

    var report: Report {
        var report = Report()
        let latencies = latencies.sorted()
        let first = firstContent.sorted()
        let delays = eventDelays.sorted()
        let seconds = Double(endedAt &- startedAt) / 1e9
        report.add("total", total)
        report.add("measured", latencies.count)
        report.add("errors", errors.count)
        report.add("per_second", Double(latencies.count) / seconds)
        report.add("megabytes_per_second", Double(contentByteCount) / 1e6 / seconds)
        report.add("p50", latencies.microseconds(at: 0.5))
        report.add("p99", latencies.microseconds(at: 0.99))
        report.add("first_p50", first.microseconds(at: 0.5))
        report.add("first_p99", first.microseconds(at: 0.99))
        if !delays.isEmpty {
            report.add("events", delays.count)
            report.add("event_p50", delays.microseconds(at: 0.5))
            report.add("event_p99", delays.microseconds(at: 0.99))
        }
        if let error = errors.first {
            report.add("error", word: String(error.unicodeScalars.map { $0.isPlain ? Character($0) : " " }.prefix(200)))
        }
        return report
    }
}

extension Unicode.Scalar {
    fileprivate var isPlain: Bool { value >= 0x20 && value < 0x7f && self != "\"" && self != "\\" }
}
