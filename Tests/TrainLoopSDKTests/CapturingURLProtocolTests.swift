// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoop
import TrainLoopTestSupport
import TrainLoopTesting

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension CollectTests {
    /// The way for code that cannot be touched, and its limits.
    ///
    /// It has the process's collector: loads begin in no task of ours.
    @Suite(.serialized) struct CapturingURLProtocolTests {
        private func collecting(_ body: (ProviderSimulator) async throws -> Void) async throws -> [String] {
            let folder = try TemporaryFolder()
            try TrainLoop.collect(dataFolder: folder.path, hostAllowlist: ["127.0.0.1"])
            let outcome: Result<Void, any Error>
            do {
                try await withProviderSimulator(body)
                outcome = .success(())
            } catch {
                outcome = .failure(error)
            }
            let stats = await TrainLoop.shutdown()
            try outcome.get()
            let lines = ["events", "calls"].flatMap { shelf in
                folder.names(shelf).flatMap { folder.read("\(shelf)/\($0)").split(separator: "\n").map(String.init) }
            }
            #expect(stats.seen == lines.count && stats.recorded == lines.count)
            return lines
        }

        @Test(arguments: [false, true])
        func `a session with the protocol gets the same and is recorded`(isStreamed: Bool) async throws {
            let lines = try await collecting { simulator in
                var (request, body) = try simulator.chat("Hi", isStreamed: isStreamed)
                request.httpBody = body
                request.setValue("checkout", forHTTPHeaderField: TrainLoop.tagHeader)
                let bare = try await SessionResult(URLSession(configuration: .ephemeral).data(for: request))
                let ours = try await SessionResult(URLSession(configuration: .ephemeral.capturing).data(for: request))
                #expect(ours == bare)
                let delegate = CollectingDelegate()
                let session = URLSession(
                    configuration: .ephemeral.capturing, delegate: delegate, delegateQueue: nil)
                let result = await delegate.result(of: session.dataTask(with: request))
                session.finishTasksAndInvalidate()
                #expect(result == bare)
                #expect(simulator.requests.suffix(2).allSatisfy { $0.field(TrainLoop.tagHeader) == nil })
            }
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.contains(#""tag":"checkout""#) && $0.contains(#""status":"ok""#) })
            #expect(lines.allSatisfy { $0.contains(#""location":{"file":"unknown","lineNumber":"0"}"#) })
        }

        @Test func `a failure and a cancellation reach the user`() async throws {
            let lines = try await collecting { simulator in
                var (request, body) = try simulator.chat("[sim:slow=60000]", isStreamed: true)
                request.httpBody = body
                let asked = request
                let session = URLSession(configuration: .ephemeral.capturing)
                let task = Task { try await session.data(for: asked) }
                await simulator.received(1)
                task.cancel()
                let cancelled = await #expect(throws: URLError.self) { try await task.value }
                #expect(cancelled?.code == .cancelled)
                request.url = URL(string: "http://127.0.0.1:1/v1/chat/completions")
                let refusedRequest = request
                let refused = await #expect(throws: URLError.self) { try await session.data(for: refusedRequest) }
                #expect(refused?.code == .cannotConnectToHost)
            }
            #expect(lines.count == 2, "\(lines)")
        }

        @Test func `what is no POST, or is nobody's to record, is loaded as ever`() async throws {
            let lines = try await collecting { simulator in
                var (request, _) = try simulator.chat("Hi", isStreamed: false)
                request.httpMethod = "GET"
                let (_, response) = try await URLSession(configuration: .ephemeral.capturing).data(for: request)
                #expect((response as? HTTPURLResponse)?.statusCode == 404)
            }
            #expect(lines.isEmpty)
        }

        #if canImport(FoundationNetworking)
            @Test func `a download fails on Linux, and does not trap`() async throws {
                let lines = try await collecting { simulator in
                    var (request, body) = try simulator.chat("Hi", isStreamed: false)
                    request.httpBody = body
                    let asked = request
                    let session = URLSession(configuration: .ephemeral.capturing)
                    let error = await #expect(throws: URLError.self) { try await session.download(for: asked) }
                    #expect(error?.code == .unsupportedURL)
                }
                #expect(lines.isEmpty)
            }
        #endif
    }
}
