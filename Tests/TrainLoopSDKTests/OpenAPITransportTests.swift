// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import HTTPTypes
import Synchronization
import Testing
import TrainLoop
import TrainLoopSwiftTesting

@testable import OpenAPITransportExample

/// The example of a transport in the shape of swift-openapi's: the caller gets what the transport inside gives, and the record is true.
@Suite(.recordsEvents) struct OpenAPITransportTests {
    /// A transport that reads the body it is given so many times, and answers with pieces.
    private final class FakeTransport: ClientTransport {
        struct Failure: Error, Equatable {}

        let pieces: [String]
        let readingCount: Int
        let failsAtOnce: Bool
        let failsAfterPieces: Bool
        let asked = Mutex<(request: HTTPRequest, body: [UInt8], baseURL: URL, operationID: String)?>(nil)
        let givenPieceCount = Atomic(0)

        init(_ pieces: [String], readingCount: Int = 1, failsAtOnce: Bool = false, failsAfterPieces: Bool = false) {
            self.pieces = pieces
            self.readingCount = readingCount
            self.failsAtOnce = failsAtOnce
            self.failsAfterPieces = failsAfterPieces
        }

        func send(
            _ request: HTTPRequest, body: HTTPBody?, baseURL: URL, operationID: String
        ) async throws -> (HTTPResponse, HTTPBody?) {
            var bytes: [UInt8] = []
            for _ in 0..<readingCount {
                bytes = []
                if let body { for try await piece in body { bytes += piece } }
            }
            let sent = bytes
            asked.withLock { $0 = (request, sent, baseURL, operationID) }
            if failsAtOnce { throw Failure() }
            var response = HTTPResponse(status: .ok)
            guard !pieces.isEmpty else { return (HTTPResponse(status: .noContent), nil) }
            response.headerFields[.contentType] = pieces.count > 1 ? "text/event-stream" : "application/json"
            let rest = Mutex(pieces[...])
            let stream = AsyncThrowingStream<HTTPBody.ByteChunk, any Error> {
                guard let piece = rest.withLock({ $0.popFirst() }) else {
                    if self.failsAfterPieces { throw Failure() }
                    return nil
                }
                self.givenPieceCount.add(1, ordering: .relaxed)
                return Array(piece.utf8)[...]
            }
            return (response, HTTPBody(stream, length: .unknown, iterationBehavior: .single))
        }
    }

    private static let reply =
        #"{"id":"c","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}"#
    private static let chunks = ["He", "llo"].map {
        #"data: {"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"\#($0)"}}]}"# + "\n\n"
    }
    private static let asked = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#

    private func send(_ transport: FakeTransport) async throws -> (HTTPResponse, HTTPBody?) {
        var request = HTTPRequest(method: .post, scheme: nil, authority: nil, path: "/chat/completions?a=1")
        request.headerFields[.authorization] = "Bearer sk-secret-of-the-test"
        if let name = HTTPField.Name("x-trainloop-tag") { request.headerFields[name] = "checkout" }
        let pieces = Array(Self.asked.utf8)
        let body = HTTPBody(
            Replayed(pieces: [pieces.prefix(9), pieces.dropFirst(9)]), length: .known(Int64(pieces.count)),
            iterationBehavior: .multiple)
        return try await CapturingTransport(next: transport).send(
            request, body: body, baseURL: try #require(URL(string: "https://api.openai.com/v1/")),
            operationID: "createChatCompletion")
    }

    private struct Replayed: AsyncSequence, Sendable {
        let pieces: [ArraySlice<UInt8>]

        struct AsyncIterator: AsyncIteratorProtocol {
            var rest: ArraySlice<ArraySlice<UInt8>>
            mutating func next() async throws -> ArraySlice<UInt8>? { rest.popFirst() }
        }

        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: pieces[...]) }
    }

    @Test(arguments: [1, 2])
    func `a call is passed on and recorded, also one that is sent again`(readingCount: Int) async throws {
        let transport = FakeTransport([Self.reply], readingCount: readingCount)
        let (response, body) = try await send(transport)
        var bytes: [UInt8] = []
        for try await piece in try #require(body) { bytes += piece }
        #expect(response.status == .ok && bytes == Array(Self.reply.utf8))

        let asked = try #require(transport.asked.withLock { $0 })
        #expect(asked.body == Array(Self.asked.utf8))
        #expect(
            asked.operationID == "createChatCompletion" && asked.baseURL.absoluteString == "https://api.openai.com/v1/")
        #expect(asked.request.headerFields.map(\.name) == [.authorization])

        let event = try await recorded(1)[0]
        #expect(event.status == "ok" && event.content == "Hello" && event.tag == "checkout", "\(event)")
        #expect(event["url"] == "https://api.openai.com/v1/chat/completions?a=1")
        #expect(event["input", "0", "content"] == "Hi")
        #expect(event["capture", "route"] == "swift:openapi")
        #expect(event["capture", "warnings"] == nil, "\(event)")
        #expect(!event.json.contains("sk-secret"))
    }

    @Test func `a stream comes piece by piece`() async throws {
        let transport = FakeTransport(Self.chunks + ["data: [DONE]\n\n"])
        let (_, body) = try await send(transport)
        var count = 0
        for try await _ in try #require(body) {
            count += 1
            #expect(transport.givenPieceCount.load(ordering: .relaxed) == count)
        }
        #expect(count == 3)
        let event = try await recorded(1)[0]
        #expect(event.content == "Hello" && event["stream", "endedBy"] == "done", "\(event)")
    }

    @Test func `a stream that is left was given up by the client`() async throws {
        do {
            let (_, body) = try await send(FakeTransport(Self.chunks))
            for try await _ in try #require(body) { break }
        }
        let event = try await recorded(1)[0]
        #expect(event.content == "He" && event["stream", "endedBy"] == "client_close", "\(event)")
    }

    @Test func `an error amid the stream is the caller's and the record's`() async throws {
        let (_, body) = try await send(FakeTransport(Self.chunks, failsAfterPieces: true))
        await #expect(throws: FakeTransport.Failure.self) { for try await _ in try #require(body) {} }
        let event = try await recorded(1)[0]
        #expect(event.status == "error" && event["error", "type"] == "Failure", "\(event)")
    }

    @Test func `an error of the transport is the caller's and the record's`() async throws {
        await #expect(throws: FakeTransport.Failure.self) { try await send(FakeTransport([], failsAtOnce: true)) }
        #expect(try await recorded(1)[0]["error", "type"] == "Failure")
    }

    @Test func `a response without a body ends the exchange`() async throws {
        let (response, body) = try await send(FakeTransport([]))
        #expect(response.status == .noContent && body == nil)
        #expect(try await recorded(1)[0]["http", "status"] == "204")
    }
}
