// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import ServiceLifecycle
import Synchronization
import Testing
import TrainLoop
import TrainLoopServiceLifecycle
import TrainLoopTestSupport

/// The process's own collector: one test at a time, as there is one.
@Suite(.serialized) struct CollectTests {
    private func call() {
        let exchange = TrainLoop.exchange(
            "POST", url: "https://api.openai.com/v1/chat/completions", headers: [], client: "mine")
        exchange.requestBody(#"{"model":"m","messages":[]}"#.utf8)
        exchange.end()
    }

    private func lines(_ folder: TemporaryFolder) -> Int {
        folder.names("calls").reduce(0) { $0 + folder.read("calls/\($1)").split(separator: "\n").count }
    }

    @Test func `collecting begins, flushes and ends`() async throws {
        let folder = try TemporaryFolder()
        call()
        try TrainLoop.collect(dataFolder: folder.path, tag: "t", flushImmediately: false)
        #expect(TrainLoop.stats.seen == 0)
        call()
        await TrainLoop.flush()
        #expect(lines(folder) == 1)
        call()
        let stats = await TrainLoop.shutdown()
        #expect(stats.seen == 2 && stats.recorded == 2 && stats.dropped == 0)
        #expect(lines(folder) == 2)
        call()
        #expect(TrainLoop.stats.seen == 0)
    }

    @Test func `a second time is an error, and harms nothing`() async throws {
        let folder = try TemporaryFolder()
        try TrainLoop.collect(dataFolder: folder.path)
        let error = #expect(throws: CollectError.self) { try TrainLoop.collect() }
        #expect(error?.code == .alreadyCollecting)
        await TrainLoop.shutdown()
    }

    @Test func `a host that is none is told`() throws {
        let error = #expect(throws: CollectError.self) { try TrainLoop.collect(hostAllowlist: ["https://x/"]) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains("'https://x/' is no host") == true)
    }

    @Test func `a folder that cannot be written is told once, and the calls go on`() async throws {
        let told = Mutex<[String]>([])
        try TrainLoop.collect(dataFolder: "/proc/nowhere") { line in told.withLock { $0.append(line) } }
        call()
        call()
        let stats = await TrainLoop.shutdown()
        #expect(stats.seen == 2 && stats.dropped == 2 && stats.recorded == 0)
        #expect(told.withLock { $0.count } == 1)
    }

    @Test func `a service writes what is left when its group ends`() async throws {
        let folder = try TemporaryFolder()
        try TrainLoop.collect(dataFolder: folder.path, flushImmediately: false)
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: TrainLoopService()),
                    .init(service: OneCall(call: call), successTerminationBehavior: .gracefullyShutdownGroup),
                ], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
        try await group.run()
        #expect(lines(folder) == 1)
        #expect(TrainLoop.stats.seen == 0)
    }

    private struct OneCall: Service {
        let call: @Sendable () -> Void
        func run() async throws { call() }
    }

    @Test func `calls still open at the end are recorded as incomplete`() async throws {
        let folder = try TemporaryFolder()
        try TrainLoop.collect(dataFolder: folder.path)
        let open = TrainLoop.exchange("POST", url: "https://api.openai.com/v1/responses", headers: [], client: "mine")
        let stats = await TrainLoop.shutdown()
        #expect(stats.recorded == 1 && open.isCaptured)
        #expect(folder.names("calls").map { folder.read("calls/\($0)") }.joined().contains(#""status":"incomplete""#))
    }
}
