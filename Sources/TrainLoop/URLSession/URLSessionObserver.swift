// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import TrainLoopCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Stands between a session and its user's delegate: tells the exchange of each task what the delegate is told.
///
/// How calls are passed on differs between the two Foundations and has files of its own.
final class URLSessionObserver: NSObject, Sendable {
    /// A task and its record; a redirect ends one exchange and begins another.
    private struct Followed {
        var exchange: CapturedExchange?
        let body: UploadBody
        /// Whether the body is told when the first answer comes.
        var isBodyLate: Bool
    }

    let delegate: (any URLSessionDelegate)?
    private let fields: [HeaderField]
    private let followed = Mutex<[Int: Followed]>([:])

    init(_ delegate: (any URLSessionDelegate)?, fields: [HeaderField]) {
        self.delegate = delegate
        self.fields = fields
    }

    /// - Parameter isBodyLate: whether the exchange was not told its body yet.
    func follow(
        _ task: URLSessionTask, _ exchange: CapturedExchange, _ body: UploadBody, isBodyLate: Bool
    ) {
        followed.withLock {
            $0[task.taskIdentifier] = Followed(
                exchange: exchange, body: body, isBodyLate: isBodyLate)
        }
    }

    // MARK: - What the delegate is told

    func sawResponse(_ response: URLResponse, of task: URLSessionTask) {
        // A second response answers a request that was sent again, with credentials of the session's own.
        if exchange(of: task)?.hasResponse ?? false { beginAgain(task, after: response) }
        exchange(of: task)?.response(response)
    }

    func sawData(_ data: Data, of task: URLSessionTask) {
        exchange(of: task)?.receive(.responseBody([UInt8](data)))
    }

    func sawDownload(_ file: URL, of task: URLSessionTask) {
        guard let exchange = exchange(of: task) else { return }
        exchange.response(task.response)
        exchange.readResponse(file)
    }

    func sawEnd(_ error: (any Error)?, of task: URLSessionTask) {
        let exchange = exchange(of: task)
        _ = followed.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        if let error { exchange?.end(throwing: error) } else { exchange?.end() }
    }

    /// A redirect that is followed begins an exchange of its own; one that is refused is the task's response.
    func sawRedirect(_ response: HTTPURLResponse, to request: URLRequest?, of task: URLSessionTask) {
        guard let request else { return }
        #if canImport(FoundationNetworking)
            // This Foundation sends no body behind a redirect, whatever the request has.
            begin(request, .empty, after: response, of: task)
        #else
            begin(request, UploadBody(of: request), after: response, of: task)
        #endif
    }

    /// A challenge that is met begins an exchange of its own; one that is not is the task's response.
    func sawChallenge(
        _ challenge: URLAuthenticationChallenge, _ disposition: URLSession.AuthChallengeDisposition,
        of task: URLSessionTask
    ) {
        guard disposition == .useCredential, let response = challenge.failureResponse else { return }
        beginAgain(task, after: response)
    }

    /// The same request is sent once more.
    private func beginAgain(_ task: URLSessionTask, after response: URLResponse) {
        guard let request = task.currentRequest,
            let body = followed.withLock({ $0[task.taskIdentifier]?.body })
        else { return }
        begin(request, body, after: response, of: task)
    }

    /// Ends a task's exchange with this response, and begins the next.
    private func begin(
        _ request: URLRequest, _ body: UploadBody, after response: URLResponse, of task: URLSessionTask
    ) {
        guard let exchange = exchange(of: task) else { return }
        if !exchange.hasResponse { exchange.response(response) }
        exchange.end()
        let next = request.url.flatMap { url in
            exchange.next(request.httpMethod ?? "GET", url: url.absoluteString, fields: request.fields(adding: fields))
        }
        next?.request(body)
        followed.withLock { $0[task.taskIdentifier]?.exchange = next }
    }

    /// The exchange of a task, its request told.
    private func exchange(of task: URLSessionTask) -> CapturedExchange? {
        let (exchange, body) = followed.withLock { followed -> (CapturedExchange?, UploadBody?) in
            guard let found = followed[task.taskIdentifier] else { return (nil, nil) }
            followed[task.taskIdentifier]?.isBodyLate = false
            return (found.exchange, found.isBodyLate ? found.body : nil)
        }
        if let body { exchange?.request(body) }
        return exchange
    }
}
