// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import HTTPTypes
import Synchronization
import TrainLoop

/// Any transport of a client that swift-openapi-generator made, with its calls on record.
///
/// ```swift
/// let client = Client(serverURL: url, transport: CapturingTransport(next: URLSessionTransport()))
/// ```
struct CapturingTransport<Next: ClientTransport>: ClientTransport {
    let next: Next

    func send(
        _ request: HTTPRequest, body: HTTPBody?, baseURL: URL, operationID: String
    ) async throws -> (HTTPResponse, HTTPBody?) {
        let exchange = TrainLoop.exchange(
            request.method.rawValue, url: request.url(behind: baseURL), headers: request.headerFields.pairs,
            client: "openapi")
        var sent = request
        if let name = HTTPField.Name(TrainLoop.tagHeader) { sent.headerFields[name] = nil }
        do {
            let (response, received) = try await next.send(
                sent, body: exchange.following(body), baseURL: baseURL, operationID: operationID)
            exchange.response(status: response.status.code, headers: response.headerFields.pairs)
            guard let received else {
                exchange.end()
                return (response, nil)
            }
            let tee = Tee(
                body: received, onPiece: exchange.responseBody, onEnd: exchange.end, onError: exchange.end(throwing:))
            return (response, HTTPBody(tee, length: received.length, iterationBehavior: received.iterationBehavior))
        } catch {
            exchange.end(throwing: error)
            throw error
        }
    }
}

extension HTTPRequest {
    /// The path of the request stands behind that of the base, as the transports have it.
    fileprivate func url(behind base: URL) -> String {
        let base = base.absoluteString
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + (path ?? "")
    }
}

extension HTTPFields {
    fileprivate var pairs: [(name: String, value: String)] { map { ($0.name.rawName, $0.value) } }
}

extension CapturedExchange {
    /// The body of the request, told as it is sent.
    fileprivate func following(_ body: HTTPBody?) -> HTTPBody? {
        guard let body else {
            requestEnd()
            return nil
        }
        // Why a body could not be had, the transport says by its own error.
        let tee = Tee(body: body, onPiece: requestBody, onEnd: requestEnd, onError: { _ in })
        return HTTPBody(tee, length: body.length, iterationBehavior: body.iterationBehavior)
    }
}

/// The same body, with an eye on what passes; a second reading, such as that of a request sent again, is not told.
private struct Tee: AsyncSequence, Sendable {
    typealias Element = HTTPBody.ByteChunk

    let body: HTTPBody
    let onPiece: @Sendable (HTTPBody.ByteChunk) -> Void
    let onEnd: @Sendable () -> Void
    let onError: @Sendable (any Error) -> Void
    private let isRead = Flag()

    private final class Flag: Sendable {
        private let value = Atomic(false)
        func set() -> Bool { value.exchange(true, ordering: .relaxed) }
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: HTTPBody.Iterator
        // Nil for what is not told. It holds the exchange: a reader that leaves a stream lets both go.
        let tee: Tee?

        mutating func next() async throws -> HTTPBody.ByteChunk? {
            do {
                guard let piece = try await iterator.next() else {
                    tee?.onEnd()
                    return nil
                }
                tee?.onPiece(piece)
                return piece
            } catch {
                tee?.onError(error)
                throw error
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: body.makeAsyncIterator(), tee: isRead.set() ? nil : self)
    }
}
