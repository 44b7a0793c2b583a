// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import TrainLoopAsyncHTTPClient

/// What a caller of the client gets: all that must be the same with and without us.
struct ClientResult: Equatable, Sendable {
    var bytes: [UInt8] = []
    var status: UInt?
    var headers = HTTPHeaders()
    var error: String?

    init(_ bytes: ByteBuffer?, _ status: HTTPResponseStatus, _ headers: HTTPHeaders) {
        self.bytes = bytes.map { Array($0.readableBytesView) } ?? []
        self.status = status.code
        self.headers = headers
    }

    init(_ error: any Error) {
        self.error = "\(type(of: error)) \((error as? HTTPClientError)?.shortDescription ?? "")"
    }
}

/// Every way in which the client executes.
enum ClientMethod: CaseIterable, Sendable {
    case bytes, collection, stream, streamOfUnknownLength
    case future, futureStream, delegate

    var isAsync: Bool { [.bytes, .collection, .stream, .streamOfUnknownLength].contains(self) }
    /// Whether a redirect can be followed: a stream cannot be sent twice.
    var canBeRedirected: Bool { ![.stream, .streamOfUnknownLength].contains(self) }

    /// - Parameters:
    ///   - cancelling: is given what cancels the call.
    func load(
        _ url: String, _ body: String, headers: HTTPHeaders = ClientMethod.headers, by client: HTTPClient,
        isCaptured: Bool, timeout: TimeAmount = .seconds(30), delegate: NotingDelegate? = nil,
        cancelling: (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) async -> ClientResult {
        if isAsync {
            let request = asyncRequest(url, body, headers)
            let task = Task { () -> ClientResult in
                do {
                    let response =
                        isCaptured
                        ? try await client.capturing.execute(request, timeout: timeout)
                        : try await client.execute(request, timeout: timeout)
                    let bytes = try await response.body.collect(upTo: 1 << 24)
                    return ClientResult(bytes, response.status, response.headers)
                } catch {
                    return ClientResult(error)
                }
            }
            cancelling { task.cancel() }
            return await task.value
        }
        do {
            let request = try HTTPClient.Request(
                url: url, method: .POST, headers: headers, body: self == .futureStream ? pieces(body) : .string(body))
            let deadline = NIODeadline.now() + timeout
            let noting = delegate ?? NotingDelegate(request)
            if self == .future {
                let response =
                    isCaptured
                    ? try await client.capturing.execute(request: request, deadline: deadline).get()
                    : try await client.execute(request: request, deadline: deadline).get()
                return ClientResult(response.body, response.status, response.headers)
            }
            let task =
                isCaptured
                ? client.capturing.execute(request: request, delegate: noting, deadline: deadline)
                : client.execute(request: request, delegate: noting, deadline: deadline)
            cancelling { task.cancel() }
            let response = try await task.get()
            return ClientResult(response.body, response.status, response.headers)
        } catch {
            return ClientResult(error)
        }
    }

    static let headers: HTTPHeaders = ["Authorization": "Bearer sk-test", "Content-Type": "application/json"]

    private func asyncRequest(_ url: String, _ body: String, _ headers: HTTPHeaders) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = headers
        let count = Int64(body.utf8.count)
        switch self {
        case .bytes: request.body = .bytes(ByteBuffer(string: body))
        case .collection: request.body = .bytes(Array(body.utf8))
        case .stream: request.body = .stream(Pieces(body), length: .known(count))
        default: request.body = .stream(Pieces(body), length: .unknown)
        }
        return request
    }

    private func pieces(_ body: String) -> HTTPClient.Body {
        .stream(contentLength: Int64(body.utf8.count)) { writer in
            let half = body.utf8.count / 2
            return writer.write(.byteBuffer(ByteBuffer(bytes: body.utf8.prefix(half)))).flatMap {
                writer.write(.byteBuffer(ByteBuffer(bytes: body.utf8.dropFirst(half))))
            }
        }
    }
}

/// A body that is made while it is sent.
private struct Pieces: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let body: String

    init(_ body: String) { self.body = body }

    struct AsyncIterator: AsyncIteratorProtocol {
        var rest: Substring.UTF8View
        mutating func next() async throws -> ByteBuffer? {
            guard !rest.isEmpty else { return nil }
            defer { rest = rest.dropFirst(7) }
            await Task.yield()
            return ByteBuffer(bytes: rest.prefix(7))
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(rest: body[...].utf8) }
}

/// A user's delegate, which notes what it is told and can hold the transfer back.
final class NotingDelegate: HTTPClientResponseDelegate {
    typealias Response = HTTPClient.Response

    private let accumulator: ResponseAccumulator
    private let noted = Mutex<[String]>([])
    private let piecesOut = Mutex(0)
    let mostPiecesOut = Mutex(0)

    init(_ request: HTTPClient.Request) { accumulator = ResponseAccumulator(request: request) }

    /// The methods that were called, without repetition next to each other.
    var calls: [String] { noted.withLock { $0 } }

    private func note(_ call: String) { noted.withLock { if $0.last != call { $0.append(call) } } }

    func didSendRequestHead(task: HTTPClient.Task<Response>, _ head: HTTPRequestHead) { note("head sent") }
    func didSendRequestPart(task: HTTPClient.Task<Response>, _ part: IOData) { note("part sent") }
    func didSendRequest(task: HTTPClient.Task<Response>) { note("sent") }
    func didVisitURL(task: HTTPClient.Task<Response>, _ request: HTTPClient.Request, _ head: HTTPResponseHead) {
        note("visited \(head.status.code)")
        accumulator.didVisitURL(task: task, request, head)
    }
    func didReceiveHead(task: HTTPClient.Task<Response>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        note("head")
        return accumulator.didReceiveHead(task: task, head)
    }
    func didReceiveBodyPart(task: HTTPClient.Task<Response>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        note("part")
        let out = piecesOut.withLock { out in
            out += 1
            return out
        }
        mostPiecesOut.withLock { $0 = max($0, out) }
        // The next piece may come when this one is done with, a turn of the loop later.
        return task.eventLoop.submit { self.piecesOut.withLock { $0 -= 1 } }.flatMap {
            self.accumulator.didReceiveBodyPart(task: task, buffer)
        }
    }
    func didReceiveError(task: HTTPClient.Task<Response>, _ error: any Error) {
        note("error")
        accumulator.didReceiveError(task: task, error)
    }
    func didFinishRequest(task: HTTPClient.Task<Response>) throws -> Response {
        note("finished")
        return try accumulator.didFinishRequest(task: task)
    }
}
