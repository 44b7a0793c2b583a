// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization
import Testing
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopTestSupport

@Suite struct RecorderTests {
    static let reply =
        #"{"id":"c1","object":"chat.completion","model":"m-1","choices":[{"index":0,"message":"#
        + #"{"role":"assistant","content":"Hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}"#

    @Test func `a completed call lies in events when the recorder has been flushed`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder()
        call(recorder)
        await recorder.flush()
        #expect(folder.lines(["events"]).count == 1)
        #expect(folder.lines(["calls"]).isEmpty)
        var expected = Coverage()
        expected.seen = 1
        expected.recorded = 1
        #expect(recorder.coverage == expected)
        #expect(await recorder.shutdown() == expected)
        #expect(folder.read("data/_registry.json").contains("unknown"))
    }

    @Test func `a buffered recorder writes at five calls and at its end`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.flushImmediately = false }
        for _ in 0..<7 { call(recorder) }
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 7)
        #expect(folder.lines(["events"]).count == 7)
    }

    @Test func `an exchange still open at the end is recorded as incomplete`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder()
        let exchange = recorder.begin(
            .post("https://api.openai.com/v1/chat/completions"), route: "test", pid: 7, at: .now())
        exchange.receive(.requestBody(Array(#"{"model":"m","messages":[]}"#.utf8)), at: .now())
        exchange.receive(.requestEnd, at: .now())
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 1)
        #expect(folder.lines(["calls"]).first?.contains(#""status":"incomplete""#) ?? false)
        exchange.receive(.end(.complete), at: .now())
        #expect(await recorder.shutdown().recorded == 1)
    }

    @Test func `a folder that cannot be written is said once, and every loss is counted`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("a file", to: "data")
        let said = Mutex<[String]>([])
        let recorder = folder.recorder(report: { line in said.withLock { $0.append(line) } })
        for _ in 0..<3 { call(recorder) }
        let coverage = await recorder.shutdown()
        #expect(coverage.seen == 3)
        #expect(coverage.recorded == 0)
        #expect(coverage.dropped == 3)
        let lines = said.withLock { $0 }
        #expect(lines.count == 1)
        #expect(lines.first?.contains("\(folder.path)/data") ?? false, "\(lines)")
    }

    @Test func `a loss is told beside the registry, and again when lines were written in between`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("garbage", to: "data/_registry.json")
        let said = Mutex<[String]>([])
        let recorder = folder.recorder(report: { line in said.withLock { $0.append(line) } })
        call(recorder)
        // The registry is merged, and the journal opens again for what comes.
        _ = await recorder.shutdown()
        #expect(said.withLock { $0.count } == 1)
        for count in 2...3 {
            folder.remove("data/events")
            try folder.write("a file in the folder's place", to: "data/events")
            for _ in 0..<2 { call(recorder) }
            await recorder.flush()
            #expect(said.withLock { $0.count } == count)
            #expect(said.withLock { $0.last?.contains("\(folder.path)/data/events") } ?? false)
            folder.remove("data/events")
            for _ in 0..<20 { call(recorder) }
            await recorder.flush()
            #expect(said.withLock { $0.count } == count)
        }
        let coverage = await recorder.shutdown()
        #expect((coverage.recorded, coverage.dropped) == (41, 4))
    }

    @Test func `bytes beyond the bound of all exchanges are counted and the record says so`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.totalByteCount = 10_000 }
        let exchange = recorder.begin(
            .post("https://api.openai.com/v1/chat/completions"), route: "test", pid: nil, at: .now())
        exchange.receive(.requestBody([UInt8](repeating: 0x20, count: 50_000)), at: .now())
        exchange.receive(.end(.clientClosed), at: .now())
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 1)
        #expect(coverage.truncated == 1)
        #expect(folder.lines().first?.contains(#""requestBytes":50000"#) ?? false, "\(folder.lines())")
    }

    @Test func `bytes that found no room take none from what follows, and give it none`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.totalByteCount = 10_000 }
        let exchange = recorder.begin(
            .post("https://api.openai.com/v1/chat/completions"), route: "test", pid: nil, at: .now())
        for _ in 0..<1_000 { exchange.receive(.requestBody([UInt8](repeating: 0x20, count: 50_000)), at: .now()) }
        exchange.receive(.end(.clientClosed), at: .now())
        await recorder.flush()
        call(recorder)
        await recorder.flush()
        #expect(recorder.coverage.truncated == 1)
        let next = recorder.begin(
            .post("https://api.openai.com/v1/chat/completions"), route: "test", pid: nil, at: .now())
        next.receive(.requestBody([UInt8](repeating: 0x20, count: 20_000)), at: .now())
        next.receive(.end(.clientClosed), at: .now())
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 3 && coverage.truncated == 2)
    }

    @Test func `what the queue makes of an exchange is as if it had been told, and finds room or not`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.totalByteCount = 10_000 }
        let head = RequestHead.post("https://api.openai.com/v1/chat/completions")
        for byteCount in [600, 60_000] {
            let exchange = recorder.begin(route: "test", pid: 7, labels: CallLabels(), at: .now(), byteCount: 600) {
                head
            }
            let body = [UInt8](repeating: 0x20, count: byteCount)
            exchange.receive(
                at: .now(), byteCount: byteCount, orElse: .requestBodyLost(byteCount: byteCount)
            ) { .requestBody(body) }
            exchange.receive(.requestEnd, at: .now())
            exchange.receive(.end(.clientClosed), at: .now())
            await recorder.flush()
        }
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 2 && coverage.truncated == 1)
        let lines = folder.lines()
        #expect(lines.allSatisfy { $0.contains(#""url":"https://api.openai.com/v1/chat/completions""#) }, "\(lines)")
        for byteCount in [600, 60_000] {
            #expect(lines.contains { $0.contains(#""requestBytes":\#(byteCount)"#) }, "\(lines)")
        }
    }

    @Test func `an exchange for which not even the head finds room is counted as dropped`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.totalByteCount = 10 }
        call(recorder)
        let coverage = await recorder.shutdown()
        #expect(coverage.seen == 1)
        #expect(coverage.dropped == 1)
        #expect(folder.lines().isEmpty)
    }

    @Test func `many threads at once lose nothing and leave no memory held`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder { $0.totalByteCount = 4 << 20 }
        for _ in 0..<3 {
            await withTaskGroup { group in
                for _ in 0..<8 {
                    group.addTask { for _ in 0..<25 { call(recorder) } }
                }
            }
            // Each round finds all of the bound again; a leak of held bytes would drop calls in a later one.
            await recorder.flush()
        }
        let coverage = await recorder.shutdown()
        #expect(coverage.seen == 600)
        #expect(coverage.recorded == 600)
        #expect(coverage.truncated == 0)
        #expect(folder.lines(["events"]).count == 600)
    }

    @Test func `identifiers are version 7 and no two are the same`() async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder()
        for _ in 0..<20 { call(recorder) }
        _ = await recorder.shutdown()
        let ids = folder.lines(["events"]).compactMap { line in
            JSONValue(parsing: Array(line.utf8))?["id"]?.string
        }
        #expect(Set(ids).count == 20)
        #expect(ids.allSatisfy { $0.count == 36 && $0.dropFirst(14).first == "7" })
    }

    @Test func `a bypass is counted each time and named once`() {
        let folder = try? TemporaryFolder()
        let recorder = folder?.recorder()
        for _ in 0..<3 { recorder?.noteBypass(host: "api.openai.com", client: "wget (pid 7)", reason: "no trust") }
        #expect(recorder?.coverage.bypassed == 3)
        #expect(recorder?.bypasses == ["api.openai.com by wget (pid 7): no trust"])
    }

    @Test func `the domains of the allow-list are given once each`() throws {
        let recorder = try TemporaryFolder().recorder {
            $0.hostAllowlist = ["*.a.example", "a.example", "b.example:8080", "127.0.0.1:11434"].compactMap {
                HostPattern($0)
            }
        }
        #expect(recorder.permittedDomains == ["a.example", "b.example"])
        #expect(recorder.captures(host: "x.A.example", port: 443))
        #expect(!recorder.captures(host: "b.example", port: 443))
    }

    private func call(_ recorder: Recorder) {
        let exchange = recorder.begin(
            .post("https://api.openai.com/v1/chat/completions"), route: "test", pid: nil, at: .now())
        exchange.receive(
            .requestBody(Array(#"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#.utf8)), at: .now())
        exchange.receive(.requestEnd, at: .now())
        exchange.receive(
            .responseHead(ResponseHead(status: 200, fields: [HeaderField("content-type", "application/json")])),
            at: .now())
        exchange.receive(.responseBody(Array(Self.reply.utf8)), at: .now())
        exchange.receive(.end(.complete), at: .now())
    }
}
