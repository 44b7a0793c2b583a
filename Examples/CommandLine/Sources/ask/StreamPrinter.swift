// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Makes text of the server-sent events of a chat completion.
final class StreamPrinter: NSObject, URLSessionDataDelegate {
    private struct Chunk: Decodable {
        struct Choice: Decodable {
            struct Delta: Decodable { var content: String? }
            var delta: Delta
        }
        var choices: [Choice]
    }

    let lines: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation
    private let rest = Mutex(Data())

    override init() {
        (lines, continuation) = AsyncStream.makeStream()
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        let whole = rest.withLock { rest -> [Data] in
            rest += data
            var lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            rest = lines.popLast().map { Data($0) } ?? Data()
            return lines.map { Data($0) }
        }
        for line in whole where line.starts(with: Data("data: {".utf8)) {
            guard let chunk = try? JSONDecoder().decode(Chunk.self, from: line.dropFirst(6)) else { continue }
            for choice in chunk.choices { if let text = choice.delta.content { continuation.yield(text) } }
        }
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        if let error { continuation.yield("\(error.localizedDescription)") }
        continuation.finish()
    }
}
