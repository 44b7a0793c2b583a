// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import TrainLoop
import TrainLoopCore

/// The body of a response, told to an exchange as it is read: nothing is read that the user does not ask for.
struct CapturedResponseBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private let body: HTTPClientResponse.Body
    private let exchange: CapturedExchange

    init(_ body: HTTPClientResponse.Body, _ exchange: CapturedExchange) {
        self.body = body
        self.exchange = exchange
    }

    /// Ends the exchange when the iterator is let go, as the client ends the transfer then.
    private final class Reading: Sendable {
        let exchange: CapturedExchange
        init(_ exchange: CapturedExchange) { self.exchange = exchange }
        deinit { exchange.end(.clientClosed) }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        private var iterator: HTTPClientResponse.Body.AsyncIterator
        private let reading: Reading

        fileprivate init(_ iterator: HTTPClientResponse.Body.AsyncIterator, _ exchange: CapturedExchange) {
            self.iterator = iterator
            reading = Reading(exchange)
        }

        mutating func next() async throws -> ByteBuffer? {
            do {
                guard let buffer = try await iterator.next() else {
                    // A task that is cancelled sees the end of the body, not an error.
                    reading.exchange.end(Task.isCancelled ? .clientClosed : .complete)
                    return nil
                }
                reading.exchange.receive(.responseBody(Array(buffer.readableBytesView)))
                return buffer
            } catch {
                reading.exchange.endByClient(throwing: error)
                throw error
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body.makeAsyncIterator(), exchange) }
}
