// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TrainLoop
import TrainLoopAsyncHTTPClient

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// A call, made by a client as it is and by the same client with its calls on record.
struct Case {
    /// Makes the call, reads its answer to the end and gives the number of pieces in which that came.
    typealias Call = () async throws -> Int

    var name: String
    /// Calls of one block: so few that the recorder's queue sleeps until the block is over.
    var calls: Int
    /// The body whose bytes are counted; 0 where that is not what the case is about.
    var byteCount = 0
    var bare: Call
    var capturing: Call
}

/// What the cases send and ask for.
struct Ask {
    var url: String
    var answer: String
    var body: Data

    static let question = Data(
        (#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":""# + String(repeating: "word ", count: 100)
            + #""}]}"#).utf8)
    static let longQuestion = Data(
        (#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":""#
            + String(repeating: "word ", count: 200_000) + #""}]}"#).utf8)
    static let replyByteCount = 1 << 20
    static let eventCount = 1_000

    var fields: [(String, String)] {
        [("Content-Type", "application/json"), ("Authorization", "Bearer none"), ("X-Bench", answer)]
    }
}

extension Case {
    static func all(port: Int) throws -> [Case] {
        let url = "http://127.0.0.1:\(port)/v1/chat/completions"
        let kinds: [(name: String, ask: Ask, calls: Int, byteCount: Int)] = [
            ("2 KB", Ask(url: url, answer: "chat", body: Ask.question), 4, 0),
            ("a stream of 1,000 chunks", Ask(url: url, answer: "sse \(Ask.eventCount) 0", body: Ask.question), 1, 0),
            ("1 MB received", Ask(url: url, answer: "big", body: Ask.question), 1, Ask.replyByteCount),
            ("1 MB sent", Ask(url: url, answer: "tiny", body: Ask.longQuestion), 1, Ask.longQuestion.count),
        ]
        return kinds.map { asyncHTTPClient($0.name, $0.ask, $0.calls, $0.byteCount) }
            + (try kinds.map { try urlSession($0.name, $0.ask, $0.calls, $0.byteCount) })
    }

    // MARK: - AsyncHTTPClient

    private static func asyncHTTPClient(_ name: String, _ ask: Ask, _ calls: Int, _ byteCount: Int) -> Case {
        var request = HTTPClientRequest(url: ask.url)
        request.method = .POST
        for (name, value) in ask.fields { request.headers.add(name: name, value: value) }
        request.body = .bytes(ByteBuffer(bytes: ask.body))
        let (client, timeout) = (HTTPClient.shared, TimeAmount.seconds(30))
        return Case(
            name: "AsyncHTTPClient, \(name)", calls: calls, byteCount: byteCount,
            bare: { [request] in try await read(client.execute(request, timeout: timeout)) },
            capturing: { [request] in try await read(client.capturing.execute(request, timeout: timeout)) })
    }

    private static func read(_ response: HTTPClientResponse) async throws -> Int {
        var count = 0
        for try await _ in response.body { count += 1 }
        return count
    }

    // MARK: - URLSession

    private static func urlSession(_ name: String, _ ask: Ask, _ calls: Int, _ byteCount: Int) throws -> Case {
        guard let url = URL(string: ask.url) else { throw URLError(.badURL) }
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        for (name, value) in ask.fields { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = ask.body
        let bare: Call
        let capturing: Call
        if ask.answer.hasPrefix("sse") {
            let (plain, observed) = (PieceCounter(), PieceCounter())
            let session = URLSession(configuration: .default, delegate: plain, delegateQueue: nil)
            let recorded = CapturingURLSession(configuration: .default, delegate: observed)
            bare = { [request] in try await plain.count { session.dataTask(with: request) } }
            capturing = { [request] in try await observed.count { recorded.dataTask(with: request) } }
        } else {
            let session = URLSession(configuration: .default)
            bare = { [request] in try await session.data(for: request).0.isEmpty ? 0 : 1 }
            capturing = { [request] in try await session.capturing.data(for: request).0.isEmpty ? 0 : 1 }
        }
        return Case(
            name: "URLSession, \(name)", calls: calls, byteCount: byteCount, bare: bare, capturing: capturing)
    }
}
