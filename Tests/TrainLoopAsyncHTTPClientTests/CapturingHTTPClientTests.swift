// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import Testing
import TrainLoop
import TrainLoopAsyncHTTPClient
import TrainLoopSwiftTesting
import TrainLoopTesting

/// Every method of the client in every situation: the caller gets what it gets without us, and the record is true, once.
@Suite(.serialized, .recordsEvents, .timeLimit(.minutes(10))) struct CapturingHTTPClientTests {
    static let shapes = ["", "[sim:tools]", "[sim:error=429]", "[sim:gzip]", "[sim:bytes=300000]", "[sim:close]"]

    /// A server that closes when it has all the bytes that were announced may be sooner than the end of the stream they
    /// come from, and then the client fails, with us or without.
    static let replies = ClientMethod.allCases.flatMap { method in
        shapes.filter { method != .stream || $0 != "[sim:close]" }.map { (method, $0) }
    }

    @Test(arguments: replies)
    func `a reply comes unchanged and is recorded once`(method: ClientMethod, shape: String) async throws {
        try await withProviderSimulator { simulator in
            for isStreamed in [false, true] {
                let body = simulator.chat("Hi \(shape)", isStreamed: isStreamed)
                let bare = await method.load(simulator.url, body, by: .shared, isCaptured: false)
                let ours = await method.load(simulator.url, body, by: .shared, isCaptured: true)
                #expect(ours == bare)
                #expect(bare.status == (shape.contains("error") ? 429 : 200))
            }
            for event in try await recorded(2) {
                let isStreamed = event["modelParams", "stream"] == "true"
                #expect(event.status == (shape.contains("error") ? "error" : "ok"), "\(event)")
                #expect(event.model == "gpt-sim")
                #expect(event["input", "0", "content"] == "Hi \(shape)")
                #expect(event["capture", "route"] == "swift:asynchttpclient")
                #expect(event["capture", "warnings"] == nil, "\(event)")
                #expect(event["timing", "ttfbMs"] != nil)
                #expect(event["location", "file"]?.hasSuffix("ClientMethod.swift") == true)
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

    // The shared client decodes; one of the default configuration does not.
    @Test(arguments: ClientMethod.allCases)
    func `a body that the client leaves coded is decoded for the record`(method: ClientMethod) async throws {
        let client = HTTPClient()
        var headers = ClientMethod.headers
        headers.add(name: "Accept-Encoding", value: "gzip")
        try await withProviderSimulator { simulator in
            for isStreamed in [false, true] {
                let body = simulator.chat("[sim:gzip]", isStreamed: isStreamed)
                let bare = await method.load(simulator.url, body, headers: headers, by: client, isCaptured: false)
                let ours = await method.load(simulator.url, body, headers: headers, by: client, isCaptured: true)
                #expect(ours == bare)
                #expect(bare.bytes.starts(with: [0x1f, 0x8b]))
            }
            for event in try await recorded(2) {
                #expect(event.content.hasPrefix("You said: [sim:gzip]"), "\(event)")
                #expect(event["capture", "parse"] == "full")
            }
        }
        try await client.shutdown()
    }

    @Test(arguments: ClientMethod.allCases)
    func `a response that is cut fails as it does without us`(method: ClientMethod) async throws {
        try await withProviderSimulator { simulator in
            let body = simulator.chat("[sim:cut=body][sim:drip=5]", isStreamed: true)
            let bare = await method.load(simulator.url, body, by: .shared, isCaptured: false)
            let ours = await method.load(simulator.url, body, by: .shared, isCaptured: true)
            #expect(ours == bare)
            #expect(bare.error != nil)
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete" && event["stream", "endedBy"] == "server_close", "\(event)")
            // What still waits for a reader when the connection ends is told to none.
            #expect(event.content.hasPrefix("You said") || "You said".hasPrefix(event.content), "\(event)")
        }
    }

    @Test(arguments: ClientMethod.allCases)
    func `a provider that cannot be reached is an error of the network`(method: ClientMethod) async throws {
        let simulator = try ProviderSimulator()
        await simulator.shutdown()
        // A port that nobody listens on.
        let url = "http://127.0.0.1:1/v1/chat/completions"
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.retryConnectionEstablishment = false
        let client = HTTPClient(configuration: configuration)
        let body = simulator.chat("Hi", isStreamed: false)
        let bare = await method.load(url, body, by: client, isCaptured: false)
        let ours = await method.load(url, body, by: client, isCaptured: true)
        #expect(ours == bare)
        let event = try await recorded(1)[0]
        #expect(event.status == "error" && event["error", "type"] == "connection_refused", "\(event)")
        try await client.shutdown()
    }

    @Test(arguments: ClientMethod.allCases.filter { $0 != .future })
    func `a call that is cancelled is recorded as given up by the client`(method: ClientMethod) async throws {
        try await withProviderSimulator { simulator in
            let body = simulator.chat("[sim:slow=60000]", isStreamed: true)
            var errors: [String?] = []
            for isCaptured in [false, true] {
                let before = simulator.requestCount
                let result = await method.load(simulator.url, body, by: .shared, isCaptured: isCaptured) { cancel in
                    Task {
                        await simulator.received(before + 1)
                        cancel()
                    }
                }
                errors.append(result.error)
            }
            #expect(errors[0] != nil && errors[0] == errors[1])
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete" && event["error"] == nil, "\(event)")
        }
    }

    @Test(arguments: ClientMethod.allCases)
    func `a call that takes too long fails by the client's own time-out`(method: ClientMethod) async throws {
        try await withProviderSimulator { simulator in
            let body = simulator.chat("[sim:slow=60000]", isStreamed: true)
            let bare = await method.load(
                simulator.url, body, by: .shared, isCaptured: false, timeout: .milliseconds(300))
            let ours = await method.load(
                simulator.url, body, by: .shared, isCaptured: true, timeout: .milliseconds(300))
            #expect(ours == bare)
            #expect(bare.error != nil)
            let event = try await recorded(1)[0]
            #expect(event.status == "error" && event["error", "type"] == "timeout", "\(event)")
        }
    }

    @Test(arguments: [false, true])
    func `a stream that is left early is recorded with what was read`(isByIterator: Bool) async throws {
        try await withProviderSimulator { simulator in
            var request = HTTPClientRequest(url: simulator.url)
            request.method = .POST
            request.headers = ClientMethod.headers
            request.body = .bytes(ByteBuffer(string: simulator.chat("[sim:drip=60000]", isStreamed: true)))
            do {
                let response = try await HTTPClient.shared.capturing.execute(request, timeout: .seconds(30))
                if isByIterator {
                    for try await _ in response.body { break }
                    // The response itself is still held.
                    let event = try await recorded(1)[0]
                    #expect(event["stream", "endedBy"] == "client_close", "\(event)")
                    #expect(response.status == .ok)
                }
            }
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete", "\(event)")
        }
    }

    @Test func `a task that is cancelled in the midst of a stream has given up`() async throws {
        try await withProviderSimulator { simulator in
            var request = HTTPClientRequest(url: simulator.url)
            request.method = .POST
            request.headers = ClientMethod.headers
            request.body = .bytes(ByteBuffer(string: simulator.chat("[sim:drip=60000]", isStreamed: true)))
            let asked = request
            let (begun, begins) = AsyncStream<Void>.makeStream()
            let task = Task {
                let response = try await HTTPClient.shared.capturing.execute(asked, timeout: .seconds(30))
                for try await _ in response.body { begins.yield() }
            }
            for await _ in begun { break }
            task.cancel()
            _ = await task.result
            let event = try await recorded(1)[0]
            #expect(event.status == "incomplete", "\(event)")
        }
    }

    @Test func `a delegate is told the same in the same order, one piece at a time`() async throws {
        try await withProviderSimulator { simulator in
            let body = simulator.chat("[sim:bytes=2000000]", isStreamed: true)
            let request = try HTTPClient.Request(url: simulator.url, method: .POST)
            let (bare, ours) = (NotingDelegate(request), NotingDelegate(request))
            for (delegate, isCaptured) in [(bare, false), (ours, true)] {
                let result = await ClientMethod.delegate.load(
                    simulator.url, body, by: .shared, isCaptured: isCaptured, delegate: delegate)
                #expect(result.status == 200)
            }
            #expect(ours.calls == bare.calls)
            #expect(ours.calls.last == "finished")
            #expect(ours.mostPiecesOut.withLock { $0 } == 1)
        }
    }

    @Test(arguments: ClientMethod.allCases)
    func `a redirect is followed as without us; delegates see each exchange`(method: ClientMethod) async throws {
        try await withProviderSimulator { simulator in
            let url = "http://127.0.0.1:\(simulator.httpPort)/redirect/307/v1/chat/completions"
            let body = simulator.chat("Hi", isStreamed: true)
            let bare = await method.load(url, body, by: .shared, isCaptured: false)
            let ours = await method.load(url, body, by: .shared, isCaptured: true)
            #expect(ours == bare)
            #expect(ours.status == (method.canBeRedirected ? 200 : 307))
            guard !method.isAsync else {
                let event = try await recorded(1)[0]
                #expect(event["http", "status"] == (method.canBeRedirected ? "200" : "307"), "\(event)")
                #expect((event["capture", "warnings"] != nil) == method.canBeRedirected, "\(event)")
                return
            }
            let events = try await recorded(2)
            #expect(events.map { $0["http", "status"] } == ["307", "200"])
            #expect(events[1]["url"] == simulator.url)
            for event in events { #expect(event["input", "0", "content"] == "Hi", "\(event)") }
            #expect(events[1].content.hasPrefix("You said: Hi"))
        }
    }

    @Test(arguments: ClientMethod.allCases)
    func `the ids of the current span are in the record`(method: ClientMethod) async throws {
        try await withProviderSimulator { simulator in
            try await withTestTracing {
                _ = await method.load(
                    simulator.url, simulator.chat("Hi", isStreamed: false), by: HTTPClient.shared, isCaptured: true)
            }
            let event = try await recorded(1)[0]
            #expect(event["session", "traceId"] == "0af7651916cd43dd8448eb211c80319c", "\(event)")
            #expect(event["session", "spanId"] == "b7ad6b7169203331")
            #expect(simulator.requests.allSatisfy { $0.field("traceparent") == nil })
        }
    }

    @Test func `the tag is in the record and not in the request`() async throws {
        try await withProviderSimulator { simulator in
            var headers = ClientMethod.headers
            headers.add(name: "x-trainloop-tag", value: "checkout")
            for method in ClientMethod.allCases {
                _ = await method.load(
                    simulator.url, simulator.chat("Hi", isStreamed: false), headers: headers, by: .shared,
                    isCaptured: true)
            }
            #expect(simulator.requests.allSatisfy { $0.field("X-Trainloop-Tag") == nil })
            let events = try await recorded(ClientMethod.allCases.count)
            #expect(events.allSatisfy { $0.tag == "checkout" })
        }
    }

    @Test func `the framing of the request stays as it was`() async throws {
        try await withProviderSimulator { simulator in
            let body = simulator.chat("Hi", isStreamed: false)
            for method in ClientMethod.allCases {
                for isCaptured in [false, true] {
                    _ = await method.load(simulator.url, body, by: .shared, isCaptured: isCaptured)
                }
                let sent = simulator.requests.suffix(2).map { $0.fields.map { "\($0.name): \($0.value)" } }
                #expect(sent[0] == sent[1])
                #expect(simulator.requests.suffix(2).allSatisfy { $0.body == Array(body.utf8) })
            }
        }
    }

    @Test(.recordsEvents(of: "api.openai.com"))
    func `calls to other hosts pass through and leave no trace`() async throws {
        try await withProviderSimulator { simulator in
            for method in ClientMethod.allCases {
                let result = await method.load(
                    simulator.url, simulator.chat("Hi", isStreamed: false), by: .shared, isCaptured: true)
                #expect(result.status == 200)
            }
            _ = try await recorded(0)
        }
    }
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
    var url: String { "http://127.0.0.1:\(httpPort)/v1/chat/completions" }

    /// The body of a request for a chat completion.
    func chat(_ prompt: String, isStreamed: Bool) -> String {
        #"{"model":"gpt-sim","messages":[{"role":"user","content":"\#(prompt)"}],"stream":\#(isStreamed)}"#
    }
}
