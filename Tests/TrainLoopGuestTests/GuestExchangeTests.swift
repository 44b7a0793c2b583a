// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopFront
import TrainLoopGuest
import TrainLoopTestSupport

@Suite struct GuestExchangeTests {
    private static let body = #"{"model":"m","messages":[{"role":"user","content":"Grüße"}]}"#
    private static let request =
        "POST /v1/chat/completions HTTP/1.1\r\nHost: api.openai.com\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    private static let reply =
        #"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#
    private static let response =
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: \(reply.utf8.count)\r\n\r\n\(reply)"
    private static let chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "0000000000000005\r\n\(reply.prefix(5))\r\n\(String(reply.utf8.count - 5, radix: 16));x=y\r\n\(reply.dropFirst(5))\r\n0\r\nA: b\r\n\r\n"

    @Test(arguments: [response, chunked]) func `bytes of HTTP 1.1 split anywhere give the same record`(
        response: String
    ) throws {
        let whole = try record(Self.request, response, split: nil)
        #expect(whole["status"]?.string == "ok")
        #expect(whole["output"]?["content"]?.string == "Hello")
        #expect(whole["tag"]?.string == "checkout")
        #expect(whole["url"]?.string == "https://api.openai.com/v1/chat/completions")
        #expect(whole["location"]?["lineNumber"]?.string == "7")
        for split in 0...max(Self.request.utf8.count, response.utf8.count) {
            let record = try record(Self.request, response, split: split)
            #expect(
                record["input"].map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
                    == #"[{"role":"user","content":"Grüße"}]"#)
            #expect(record["output"]?["content"]?.string == "Hello", "split at \(split)")
            #expect(record["status"]?.string == "ok", "split at \(split)")
        }
    }

    @Test func `every truncation of a response is an incomplete record`() throws {
        for count in 0..<Self.response.utf8.count {
            let folder = try TemporaryFolder()
            let recorder = folder.guest()
            let exchange = begin(recorder)
            feed(Self.request) { exchange.requestWire($0) }
            feed(String(decoding: Self.response.utf8.prefix(count), as: UTF8.self)) { _ = exchange.responseWire($0) }
            exchange.responseWireEnd()
            let record = try #require(folder.records().first)
            #expect(record["status"]?.string != "ok", "\(count) bytes")
            #expect(recorder.coverage.recorded == 1)
        }
    }

    @Test func `what is no HTTP is told, and the exchange is still recorded`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        let exchange = begin(recorder)
        feed("no request\r\n\r\n") { exchange.requestWire($0) }
        feed("\u{0}\u{1}junk\r\n\r\nmore") { _ = exchange.responseWire($0) }
        exchange.responseWireEnd()
        let record = try #require(folder.records().first)
        #expect(
            record["capture"]?["warnings"].map { String(decoding: $0.bytes, as: UTF8.self).contains("no HTTP/1.1") }
                ?? false)
    }

    @Test func `coded content is given back to be decoded`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        let exchange = begin(recorder)
        feed(Self.request) { exchange.requestWire($0) }
        var coded: [UInt8] = []
        feed("HTTP/1.1 200 OK\r\nContent-Encoding: GZIP, identity\r\nContent-Length: 4\r\n\r\nabcd") {
            if case .coded(let bytes) = exchange.responseWire($0) { coded += bytes }
        }
        #expect(coded == Array("abcd".utf8))
        #expect(exchange.responseCodings == [Array("gzip".utf8)])
        #expect(exchange.isResponseWhole)
        exchange.responseBody(Array(Self.reply.utf8))
        exchange.end(.complete)
        #expect(try #require(folder.records().first)["output"]?["content"]?.string == "Hello")
    }

    @Test func `what is open at the end is recorded as incomplete, and what comes later is ignored`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        let exchange = begin(recorder)
        feed(Self.request) { exchange.requestWire($0) }
        #expect(!exchange.hasEnded)
        recorder.close()
        #expect(exchange.hasEnded)
        exchange.end(.complete)
        exchange.responseBody([1])
        #expect(folder.records().map { $0["status"]?.string } == ["incomplete"])
        #expect(recorder.coverage.seen == 1)
        #expect(recorder.coverage.recorded == 1)
    }

    @Test func `a connection that ends without a response is a network error`() throws {
        let folder = try TemporaryFolder()
        let exchange = begin(folder.guest())
        feed(Self.request) { exchange.requestWire($0) }
        exchange.responseWireEnd()
        let record = try #require(folder.records().first)
        #expect(record["status"]?.string == "error")
        #expect(record["error"]?["type"]?.string == "connection_closed")
    }

    @Test func `a stream open at the end is whole once its reply is finished`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest()
        let exchange = begin(recorder)
        feed(Self.request) { exchange.requestWire($0) }
        feed(
            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
                + #"data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}"# + "\n\n"
        ) { _ = exchange.responseWire($0) }
        recorder.close()
        #expect(try #require(folder.records().first)["status"]?.string == "ok")
    }

    @Test func `bodies beyond the bound over all exchanges are counted, and free memory when they end`() throws {
        let folder = try TemporaryFolder()
        let recorder = folder.guest { $0.totalByteCount = 1000 }
        for _ in 0..<3 {
            let exchange = begin(recorder)
            feed(Self.request) { exchange.requestWire($0) }
            exchange.response(ResponseHead(status: 200, fields: []))
            exchange.responseBody([UInt8](repeating: 0x20, count: 2000))
            exchange.end(.complete)
        }
        #expect(recorder.coverage.truncated == 3)
        #expect(recorder.hasRoom(for: 1000))
    }

    @Test func `a folder that cannot be written is said once`() throws {
        let folder = try TemporaryFolder()
        try folder.write("a file", to: "data")
        let recorder = folder.guest()
        for _ in 0..<2 { begin(recorder).end(.complete) }
        #expect(recorder.coverage.dropped == 2)
        #expect(recorder.takeWarning()?.contains("\(folder.path)/data") ?? false)
        #expect(recorder.takeWarning() == nil)
    }

    private func begin(_ recorder: GuestRecorder) -> GuestExchange {
        let exchange = recorder.begin(route: "test", location: ("app.py", "7"))
        exchange.beginRequestWire(
            isSecure: true, host: Array("api.openai.com".utf8), port: 443,
            extra: [HeaderField("X-Trainloop-Tag", "checkout")])
        return exchange
    }

    private func feed(_ text: String, _ take: (UnsafeRawBufferPointer) -> Void) {
        Array(text.utf8).withUnsafeBytes(take)
    }

    private func record(_ request: String, _ response: String, split: Int?) throws -> JSONValue {
        let folder = try TemporaryFolder()
        let exchange = begin(folder.guest())
        // Bytes, since a split may fall within a character.
        let (sent, received) = (Array(request.utf8), Array(response.utf8))
        let cut = split ?? 0
        for part in [sent.prefix(cut), sent.dropFirst(cut)] { Array(part).withUnsafeBytes { exchange.requestWire($0) } }
        for part in [received.prefix(cut), received.dropFirst(cut)] {
            Array(part).withUnsafeBytes { _ = exchange.responseWire($0) }
        }
        return try #require(folder.records().first)
    }
}

extension TemporaryFolder {
    func guest(_ change: (inout CaptureConfiguration) -> Void = { _ in }) -> GuestRecorder {
        var configuration = CaptureConfiguration(workingDirectory: path)
        configuration.dataFolder = "\(path)/data"
        change(&configuration)
        return GuestRecorder(configuration: configuration, by: "test")
    }

    func records() -> [JSONValue] {
        ["events", "calls"].flatMap { shelf in
            names("data/\(shelf)").flatMap { name in
                read("data/\(shelf)/\(name)").split(separator: "\n").compactMap { JSONValue(parsing: Array($0.utf8)) }
            }
        }
    }
}
