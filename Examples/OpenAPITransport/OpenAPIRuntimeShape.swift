// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// In an app `import OpenAPIRuntime` stands in place of this file. What the example needs of it is declared here in its shape, so that the
// example is compiled and tested without it.

import Foundation
import HTTPTypes

/// In the shape of `OpenAPIRuntime.ClientTransport`.
protocol ClientTransport: Sendable {
    func send(
        _ request: HTTPRequest, body: HTTPBody?, baseURL: URL, operationID: String
    ) async throws -> (HTTPResponse, HTTPBody?)
}

/// In the shape of `OpenAPIRuntime.HTTPBody`.
final class HTTPBody: AsyncSequence, Sendable {
    typealias ByteChunk = ArraySlice<UInt8>
    typealias Element = ByteChunk

    enum IterationBehavior: Sendable { case single, multiple }
    enum Length: Sendable, Equatable { case unknown, known(Int64) }

    let iterationBehavior: IterationBehavior
    let length: Length
    private let makeIterator: @Sendable () -> Iterator

    init<Bytes: AsyncSequence & Sendable>(_ sequence: Bytes, length: Length, iterationBehavior: IterationBehavior)
    where Bytes.Element == ByteChunk {
        self.length = length
        self.iterationBehavior = iterationBehavior
        makeIterator = {
            var iterator = sequence.makeAsyncIterator()
            return Iterator { try await iterator.next() }
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        let produceNext: () async throws -> ByteChunk?
        func next() async throws -> ByteChunk? { try await produceNext() }
    }

    func makeAsyncIterator() -> Iterator { makeIterator() }
}
