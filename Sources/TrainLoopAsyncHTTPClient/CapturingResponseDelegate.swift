// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import TrainLoop
import TrainLoopCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Stands between the client and its user's delegate: tells the exchange what the delegate is told, and passes every call on.
final class CapturingResponseDelegate<User: HTTPClientResponseDelegate>: HTTPClientResponseDelegate {
    typealias Response = User.Response

    private struct State {
        var exchange: CapturedExchange?
        /// A head that is the final one, or that of a redirect, for which the next request tells.
        var visited: (request: HTTPClient.Request, head: HTTPResponseHead)?
    }

    private let user: User
    private let state: Mutex<State>

    init(_ user: User, _ exchange: CapturedExchange) {
        self.user = user
        state = Mutex(State(exchange: exchange))
    }

    private var exchange: CapturedExchange? { state.withLock { $0.exchange } }

    // MARK: - The request

    func didSendRequestHead(task: HTTPClient.Task<Response>, _ head: HTTPRequestHead) {
        followRedirect(head)
        user.didSendRequestHead(task: task, head)
    }

    func didSendRequestPart(task: HTTPClient.Task<Response>, _ part: IOData) {
        switch part {
        case .byteBuffer(let buffer): exchange?.receive(.requestBody(Array(buffer.readableBytesView)))
        case .fileRegion(let region):
            exchange?.receive(
                .warning("the request body is not whole in the record: a part of it was sent from a file"))
            exchange?.receive(.requestBodyLost(byteCount: region.readableBytes))
        }
        user.didSendRequestPart(task: task, part)
    }

    func didSendRequest(task: HTTPClient.Task<Response>) {
        exchange?.requestEnd()
        user.didSendRequest(task: task)
    }

    // MARK: - The response

    func didVisitURL(task: HTTPClient.Task<Response>, _ request: HTTPClient.Request, _ head: HTTPResponseHead) {
        state.withLock { $0.visited = (request, head) }
        user.didVisitURL(task: task, request, head)
    }

    func didReceiveHead(task: HTTPClient.Task<Response>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        state.withLock { $0.visited = nil }
        exchange?.response(status: Int(head.status.code), fields: head.headers.held())
        return user.didReceiveHead(task: task, head)
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Response>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        exchange?.receive(.responseBody(Array(buffer.readableBytesView)))
        return user.didReceiveBodyPart(task: task, buffer)
    }

    func didFinishRequest(task: HTTPClient.Task<Response>) throws -> Response {
        exchange?.end()
        return try user.didFinishRequest(task: task)
    }

    func didReceiveError(task: HTTPClient.Task<Response>, _ error: any Error) {
        exchange?.endByClient(throwing: error)
        user.didReceiveError(task: task, error)
    }

    // MARK: - Redirects

    /// A request behind a response that was not the final one: that one is whole, and this is an exchange of its own.
    private func followRedirect(_ head: HTTPRequestHead) {
        let (last, visited) = state.withLock { state in
            defer { state.visited = nil }
            return (state.exchange, state.visited)
        }
        guard let last, let visited else { return }
        last.response(status: Int(visited.head.status.code), fields: visited.head.headers.held())
        last.end()
        let exchange = Self.target(of: visited.head, from: visited.request).flatMap { url in
            last.next(head.method.rawValue, url: url.absoluteString, fields: head.headers.held())
        }
        state.withLock { $0.exchange = exchange }
    }

    private static func target(of head: HTTPResponseHead, from request: HTTPClient.Request) -> URL? {
        head.headers.first(name: "location").flatMap { URL(string: $0, relativeTo: request.url)?.absoluteURL }
    }
}
