// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import Testing
import TrainLoop
import TrainLoopSwiftTesting
import TrainLoopTesting

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Every method of a session in every situation: the caller gets what it gets without us, and the record is true, once.
@Suite(.serialized, .recordsEvents, .timeLimit(.minutes(10))) struct URLSessionTests {
    static let shapes = ["", "[sim:tools]", "[sim:error=429]", "[sim:gzip]", "[sim:bytes=300000]", "[sim:chunked]"]

    @Test(arguments: SessionMethod.allCases, shapes)
    func `a reply comes unchanged and is recorded once`(method: SessionMethod, shape: String) async throws {
        try await withProviderSimulator { simulator in
            for isStreamed in [false, true] {
                let (request, body) = try simulator.chat("Hi \(shape)", isStreamed: isStreamed)
                let bare = await method.load(request, body, isCaptured: false)
                let ours = await method.load(request, body, isCaptured: true)
                #expect(ours == bare)
                #expect(bare.status == (shape.contains("error") ? 429 : 200))
            }
            let events = try await recorded(2)
            for event in events {
                let isStreamed = event["modelParams", "stream"] == "true"
                #expect(event.status == (shape.contains("error") ? "error" : "ok"), "\(event)")
                #expect(event.model == "gpt-sim")
                #expect(event["input", "0", "content"] == "Hi \(shape)")
                #expect(event["capture", "route"] == "swift:urlsession")
                #expect(event["capture", "warnings"] == nil, "\(event)")
                #expect(event["location", "file"]?.hasSuffix("SessionMethod.swift") == true)
                #expect((event["timing"] != nil) == method.seesArrivals, "\(event)")
                if shape == "[sim:tools]" {
                    #expect(event["output", "messages", "0", "parts", "0", "name"] == "get_weather", "\(event)")
                } else if shape == "[sim:bytes=300000]" {
                    #expect(event.content.utf8.count == 300_000)
                } else if !shape.contains("error") {
                    #expect(event.content.hasPrefix("You said: Hi \(shape) — Grüße aus Zürich 😀"), "\(event)")
                }
                if isStreamed, !shape.contains("error") { #expect(event["stream", "endedBy"] == "done", "\(event)") }
            }
        }
    }

    @Test(arguments: SessionMethod.allCases)
    func `a response that is cut fails as it does without us`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            let (request, body) = try simulator.chat("[sim:cut=body]", isStreamed: true)
            let bare = await method.load(request, body, isCaptured: false)
            let ours = await method.load(request, body, isCaptured: true)
            #expect(ours == bare)
            #expect(bare.error != nil)
            let event = try await recorded(1)[0]
            #expect(event.status != "ok", "\(event)")
            if method.seesArrivals, method != .downloadDelegate {
                #expect(event.status == "incomplete" && event["stream", "endedBy"] == "server_close", "\(event)")
                #expect(event.content.hasPrefix("You said"))
            }
        }
    }

    @Test(arguments: SessionMethod.allCases)
    func `a provider that cannot be reached is an error of the network`(method: SessionMethod) async throws {
        let simulator = try ProviderSimulator()
        var (request, body) = try simulator.chat("Hi", isStreamed: false)
        await simulator.shutdown()
        // A port that nobody listens on.
        request.url = URL(string: "http://127.0.0.1:1/v1/chat/completions")
        let bare = await method.load(request, body, isCaptured: false)
        let ours = await method.load(request, body, isCaptured: true)
        #expect(ours == bare)
        let event = try await recorded(1)[0]
        #expect(event.status == "error" && event["error", "source"] == "network", "\(event)")
        #expect(event["error", "type"] == "connection_refused", "\(event)")
        #expect(event["input", "0", "content"] == "Hi")
    }

    @Test(arguments: SessionMethod.allCases)
    func `a call that is cancelled is recorded as given up by the client`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            let (request, body) = try simulator.chat("[sim:slow=60000]", isStreamed: true)
            for isCaptured in [false, true] {
                let before = simulator.requestCount
                let result = await method.load(request, body, isCaptured: isCaptured) { cancel in
                    Task {
                        await simulator.received(before + 1)
                        cancel()
                    }
                }
                #expect(result.error == "URLError -999")
            }
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete" && event["error"] == nil, "\(event)")
        }
    }

    @Test(arguments: SessionMethod.allCases)
    func `a call that takes too long fails by the client's own time-out`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("[sim:slow=60000]", isStreamed: true)
            request.timeoutInterval = 1
            let bare = await method.load(request, body, isCaptured: false)
            let ours = await method.load(request, body, isCaptured: true)
            #expect(ours == bare)
            #expect(bare.error == "URLError -1001")
            let event = try await recorded(1)[0]
            #expect(event.status == "error" && event["error", "type"] == "timeout", "\(event)")
        }
    }

    @Test(arguments: [SessionMethod.dataDelegate, .uploadDataDelegate])
    func `a delegate that leaves a stream early is recorded with what it saw`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            let (request, body) = try simulator.chat("[sim:drip=60000]", isStreamed: true)
            let delegate = CollectingDelegate(leavesAfterFirstPiece: true)
            let result = await method.load(request, body, isCaptured: true, delegate: delegate)
            #expect(result.error == "URLError -999" && !result.bytes.isEmpty)
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete" && event["stream", "endedBy"] == "client_close", "\(event)")
        }
    }

    @Test(arguments: SessionMethod.delegates)
    func `a delegate is told the same in the same order`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            let (request, body) = try simulator.chat("Hi", isStreamed: true)
            let (bare, ours) = (CollectingDelegate(), CollectingDelegate())
            _ = await method.load(request, body, isCaptured: false, delegate: bare)
            _ = await method.load(request, body, isCaptured: true, delegate: ours)
            #expect(ours.calls == bare.calls)
            #expect(ours.calls.last == "complete")
        }
    }

    @Test(arguments: SessionMethod.allCases, [true, false])
    func `a redirect is followed or not as without us, and seen by delegates`(
        method: SessionMethod, isFollowed: Bool
    ) async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("Hi", isStreamed: true)
            request.url = URL(string: "http://127.0.0.1:\(simulator.httpPort)/redirect/307/v1/chat/completions")
            var results: [SessionResult] = []
            for isCaptured in [false, true] {
                let delegate = CollectingDelegate(followsRedirects: isFollowed)
                results.append(
                    await method.load(request, body, isCaptured: isCaptured, delegate: delegate))
            }
            #expect(results[0] == results[1])
            guard method.isDelegate, isFollowed else {
                let event = try await recorded(1)[0]
                #expect(event["http", "status"] == results[1].status.map(String.init), "\(event)")
                #expect((event["capture", "warnings"] != nil) == !method.isDelegate, "\(event)")
                return
            }
            let events = try await recorded(2)
            #expect(events[0]["http", "status"] == "307" && events[0]["input", "0", "content"] == "Hi", "\(events[0])")
            #expect(events[1]["url"]?.hasSuffix("\(simulator.httpPort)/v1/chat/completions") == true)
            #expect(events[1]["http", "status"] == results[1].status.map(String.init), "\(events[1])")
            #expect(events[1]["http", "requestBytes"] == simulator.requests.last.map { "\($0.body.count)" })
        }
    }

    @Test(arguments: [SessionMethod.dataDelegate, .uploadDataDelegate])
    func `a challenge is met as without us, and each request is recorded`(method: SessionMethod) async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("Hi", isStreamed: true)
            request.url = URL(string: "http://127.0.0.1:\(simulator.httpPort)/basic/v1/chat/completions")
            request.setValue(nil, forHTTPHeaderField: "Authorization")
            var (results, calls): ([SessionResult], [[String]]) = ([], [])
            for isCaptured in [false, true] {
                let delegate = CollectingDelegate(password: "open sesame")
                results.append(await method.load(request, body, isCaptured: isCaptured, delegate: delegate))
                calls.append(delegate.calls)
            }
            #expect(results[0] == results[1])
            #expect(calls[0] == calls[1] && calls[0].contains("challenge"), "\(calls)")
            let events = try await recorded(2)
            #expect(events.map { $0["http", "status"] } == ["401", "200"], "\(events)")
            #expect(events[1].content.hasPrefix("You said: Hi"), "\(events[1])")
        }
    }

    @Test func `the tag is in the record and not in the request`() async throws {
        try await withProviderSimulator { simulator in
            for method in SessionMethod.allCases {
                var (request, body) = try simulator.chat("Hi", isStreamed: false)
                request.setValue("checkout", forHTTPHeaderField: "x-trainloop-tag")
                _ = await method.load(request, body, isCaptured: true)
            }
            #expect(simulator.requests.allSatisfy { $0.field("X-Trainloop-Tag") == nil })
            let events = try await recorded(SessionMethod.allCases.count)
            #expect(events.allSatisfy { $0.tag == "checkout" })
        }
    }

    @Test func `fields of the session's configuration are known as credentials`() async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("my key is s3cret-and-long-enough", isStreamed: false)
            request.setValue(nil, forHTTPHeaderField: "Authorization")
            let configuration = URLSessionConfiguration.ephemeral
            configuration.httpAdditionalHeaders = ["Authorization": "Bearer s3cret-and-long-enough"]
            let result = await SessionMethod.data.load(
                request, body, isCaptured: true, configuration: configuration)
            #expect(result.status == 200)
            let event = try await recorded(1)[0]
            #expect(!event.json.contains("s3cret"))
        }
    }

    @Test func `a delegate task of a session that is not ours is counted as bypassed`() async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("Hi", isStreamed: false)
            request.httpBody = body
            let delegate = CollectingDelegate()
            let session = URLSession(configuration: .ephemeral, delegate: delegate, delegateQueue: nil)
            let result = await delegate.result(of: session.capturing.dataTask(with: request))
            #expect(result.status == 200)
            session.finishTasksAndInvalidate()
            _ = try await recorded(0)
            #expect(RecordedEvents.current?.stats.bypassed == 1)
        }
    }

    @Test(.recordsEvents(of: "api.openai.com"))
    func `calls to other hosts pass through and leave no trace`() async throws {
        try await withProviderSimulator { simulator in
            let (request, body) = try simulator.chat("Hi", isStreamed: false)
            for method in SessionMethod.allCases {
                let result = await method.load(request, body, isCaptured: true)
                #expect(result.status == 200)
            }
            _ = try await recorded(0)
        }
    }

    @Test func `the shared session is recorded as any other`() async throws {
        try await withProviderSimulator { simulator in
            var (request, body) = try simulator.chat("Hi", isStreamed: false)
            request.httpBody = body
            let (data, _) = try await URLSession.shared.capturing.data(for: request)
            #expect(!data.isEmpty)
            let event = try await recorded(1)[0]
            #expect(event.status == "ok")
        }
    }
}

extension SessionMethod {
    /// Whether the record can tell when bytes arrived.
    fileprivate var seesArrivals: Bool { isDelegate }
}

/// The events of the current test, of which there must be so many, all of them counted.
func recorded(_ count: Int) async throws -> [RecordedEvent] {
    let events = try #require(RecordedEvents.current)
    let all = await events.all()
    #expect(events.stats.seen == count && events.stats.recorded == count, "\(events.stats)")
    try #require(all.count == count, "\(all)")
    return all
}

extension ProviderSimulator {
    /// A request for a chat completion, and its body.
    func chat(_ prompt: String, isStreamed: Bool) throws -> (request: URLRequest, body: Data) {
        let url = try #require(URL(string: "http://127.0.0.1:\(httpPort)/v1/chat/completions"))
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("Bearer sk-test", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let body =
            #"{"model":"gpt-sim","messages":[{"role":"user","content":"\#(prompt)"}],"stream":\#(isStreamed)}"#
        return (request, Data(body.utf8))
    }
}
