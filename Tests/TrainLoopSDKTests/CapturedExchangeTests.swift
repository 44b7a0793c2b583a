// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoop
import TrainLoopSwiftTesting

/// The door for clients that have no front.
@Suite(.recordsEvents) struct CapturedExchangeTests {
    static let url = "https://user:pw@API.openai.com:8443/v1/chat/completions?api-version=1#here"
    static let request = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
    static let reply =
        #"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#

    private func begin(_ headers: [(name: String, value: String)] = []) -> CapturedExchange {
        let exchange = TrainLoop.exchange(
            "POST", url: Self.url, headers: [("Authorization", "Bearer sk-secret-of-the-test")] + headers,
            client: "mine")
        exchange.requestBody(Self.request.utf8.prefix(10))
        exchange.requestBody(Self.request.utf8.dropFirst(10))
        exchange.requestEnd()
        return exchange
    }

    @Test func `what a client tells becomes a record`() async throws {
        let exchange = begin([("x-trainloop-tag", "checkout")])
        #expect(exchange.isCaptured)
        exchange.response(status: 200, headers: [("Content-Type", "application/json"), ("x-request-id", "r-1")])
        for byte in Self.reply.utf8 { exchange.responseBody(CollectionOfOne(byte)) }
        exchange.end()
        exchange.responseBody("what comes after the end".utf8)
        exchange.end()
        let event = try await recorded(1)[0]
        #expect(event.status == "ok" && event.content == "Hello" && event.tag == "checkout", "\(event)")
        #expect(event["url"] == "https://api.openai.com:8443/v1/chat/completions?api-version=1")
        #expect(event["http", "requestId"] == "r-1")
        #expect(event["capture", "route"] == "swift:mine")
        #expect(event["capture", "parse"] == "full")
        #expect(event["location", "file"] == "TrainLoopSDKTests/CapturedExchangeTests.swift")
        #expect(!event.json.contains("sk-secret") && !event.json.contains("pw@"))
    }

    @Test func `a body with its coding still on is decoded, one without is taken as it is`() async throws {
        // {"a":1} as gzip, stored.
        let stored: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 7, 0, 0xf8, 0xff, 0x7b, 0x22, 0x61, 0x22, 0x3a, 0x31, 0x7d, 0xaf,
            0xac, 0x1b, 0x56, 7, 0, 0, 0,
        ]
        for body in [stored, Array(#"{"a":1}"#.utf8)] {
            let exchange = begin()
            exchange.response(
                status: 404, headers: [("Content-Encoding", "gzip"), ("Content-Type", "application/json")])
            for byte in body { exchange.responseBody(CollectionOfOne(byte)) }
            exchange.end()
        }
        for event in try await recorded(2) { #expect(event["output", "body"] == #"{"a":1}"#, "\(event)") }
    }

    @Test func `an exchange that is let go was given up by the client`() async throws {
        var exchange: CapturedExchange? = begin()
        exchange?.response(status: 200, headers: [("Content-Type", "text/event-stream")])
        exchange?.responseBody("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"He\"}}]}\n\n".utf8)
        exchange = nil
        let event = try await recorded(1)[0]
        #expect(event.status == "incomplete" && event["stream", "endedBy"] == "client_close", "\(event)")
        #expect(event.content == "He")
    }

    @Test func `a failure is the network's, a cancellation the client's`() async throws {
        struct Refused: Error {}
        begin().end(throwing: Refused())
        begin().end(throwing: CancellationError())
        let events = try await recorded(2)
        #expect(events[0].status == "error" && events[0]["error", "type"] == "Refused", "\(events[0])")
        #expect(events[1].status == "incomplete" && events[1]["error"] == nil, "\(events[1])")
    }

    @Test(arguments: ["ftp://api.openai.com/", "no url", "https:///path", "https://a:99999/", "", "https://@"])
    func `what is no URL of HTTP is not captured`(url: String) async throws {
        let exchange = TrainLoop.exchange("GET", url: url, headers: [], client: "mine")
        #expect(!exchange.isCaptured)
        exchange.requestBody([1])
        exchange.response(status: 70_000, headers: [])
        exchange.end()
        _ = try await recorded(0)
    }

    @Test(arguments: [
        ("http://h", "http://h/"), ("HTTP://H?q=1", "http://h/?q=1"), ("https://[::1]:8/p", "https://[::1]:8/p"),
        ("https://h:443/a?b#c", "https://h/a?b"), ("http://h:/x", "http://h/x"),
    ])
    func `a URL is read as it is meant`(url: String, recordedURL: String) async throws {
        TrainLoop.exchange("GET", url: url, headers: [], client: "mine").end()
        #expect(try await recorded(1)[0]["url"] == recordedURL)
    }

    @Test(.recordsEvents(of: "api.openai.com", "h:8"))
    func `each server is decided for itself, however many there are`() async throws {
        let captured = ["https://api.openai.com/a", "http://API.OpenAI.com:1/b?c#d", "https://h:8/e", "http://h:8"]
        let others = ["https://h/a", "https://h:9/a", "ftp://api.openai.com/a", "https://api.openai.com.example/a"]
        for round in 0..<2 {
            for url in captured + others {
                let exchange = TrainLoop.exchange("GET", url: url, headers: [], client: "mine")
                #expect(exchange.isCaptured == captured.contains(url))
                exchange.end()
            }
            guard round == 0 else { break }
            for number in 0..<300 {
                let url = "https://host-\(number).example/"
                #expect(!TrainLoop.exchange("GET", url: url, headers: [], client: "mine").isCaptured)
            }
        }
        let urls = [
            "https://api.openai.com/a", "http://api.openai.com:1/b?c", "https://h:8/e", "http://h:8/",
        ]
        #expect(try await recorded(8).map { $0["url"] } == urls + urls)
    }

    @Test func `a status beyond all bounds and a body without end trap nothing`() async throws {
        let exchange = begin()
        exchange.response(status: -1, headers: [("", ""), ("\u{0}", "\r\n")])
        exchange.end()
        #expect(try await recorded(1)[0]["http", "status"] == "0")
    }
}
