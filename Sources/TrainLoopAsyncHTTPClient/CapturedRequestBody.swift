// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import TrainLoop
import TrainLoopCore

/// The body of a request, told to an exchange as it is sent.
///
/// `HTTPClientRequest.Body` keeps to itself what it is, and a stream can be read only once: so a body in memory is read beside, and a stream is
/// wrapped with the length that it was given, which alone decides on the framing. Both facts are found by reflection; where they cannot be
/// found, the body is sent as it is and the record says that it does not hold it.
struct CapturedRequestBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    private enum Kind {
        case inMemory
        case stream(HTTPClientRequest.Body.Length)
        case unknown
    }

    private let body: HTTPClientRequest.Body
    private let exchange: CapturedExchange

    /// The body to be sent.
    static func following(
        _ body: HTTPClientRequest.Body?, _ exchange: CapturedExchange
    ) async -> HTTPClientRequest.Body? {
        guard let body else {
            exchange.requestEnd()
            return nil
        }
        switch kind(of: body) {
        case .stream(let length): return .stream(CapturedRequestBody(body: body, exchange: exchange), length: length)
        case .inMemory:
            var iterator = body.makeAsyncIterator()
            while let buffer = try? await iterator.next() {
                exchange.requestBody(byteCount: buffer.readableBytes) { Array(buffer.readableBytesView) }
            }
        case .unknown:
            exchange.receive(.warning("the request body is not in the record: how it is made is not known"))
            exchange.receive(.requestBodyLost(byteCount: 0))
        }
        exchange.requestEnd()
        return body
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        var iterator: HTTPClientRequest.Body.AsyncIterator
        let exchange: CapturedExchange

        mutating func next() async throws -> ByteBuffer? {
            guard let buffer = try await iterator.next() else {
                exchange.requestEnd()
                return nil
            }
            exchange.receive(.requestBody(Array(buffer.readableBytesView)))
            return buffer
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(iterator: body.makeAsyncIterator(), exchange: exchange)
    }

    private static func kind(of body: HTTPClientRequest.Body) -> Kind {
        guard let mode = child("mode", of: body), let found = child(of: mode.value) else { return .unknown }
        switch found.label {
        case "byteBuffer": return .inMemory
        case "sequence":
            return child("canBeConsumedMultipleTimes", of: found.value)?.value as? Bool == true ? .inMemory : .unknown
        case "asyncSequence":
            guard let length = child("length", of: found.value)?.value else { return .unknown }
            if "\(length)" == "unknown" { return .stream(.unknown) }
            guard let count = child("known", of: length)?.value as? Int64 else { return .unknown }
            return .stream(.known(count))
        default: return .unknown
        }
    }

    /// The first child of this name, or of any; by iteration, since `descendant` and indices cost as much again.
    private static func child(_ name: String? = nil, of value: Any) -> Mirror.Child? {
        Mirror(reflecting: value).children.first { name == nil || $0.label == name }
    }
}
