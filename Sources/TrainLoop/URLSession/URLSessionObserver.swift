// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import TrainLoopCapture
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
        var labels: CallLabels
        /// A body that is told when the first answer comes.
        var lateBody: UploadBody?
    }

    let delegate: (any URLSessionDelegate)?
    private let fields: [HeaderField]
    private let followed = Mutex<[Int: Followed]>([:])

    init(_ delegate: (any URLSessionDelegate)?, fields: [HeaderField]) {
        self.delegate = delegate
        self.fields = fields
    }

    func follow(_ task: URLSessionTask, _ exchange: CapturedExchange, _ labels: CallLabels, body: UploadBody?) {
        followed.withLock {
            $0[task.taskIdentifier] = Followed(exchange: exchange, labels: labels, lateBody: body)
        }
    }

    // MARK: - What the delegate is told

    func sawResponse(_ response: URLResponse, of task: URLSessionTask) {
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

    /// A redirect that is followed is an exchange of its own; one that is refused is the task's response.
    func sawRedirect(_ response: HTTPURLResponse, to request: URLRequest, of task: URLSessionTask) {
        guard let exchange = exchange(of: task) else { return }
        exchange.response(response)
        exchange.end()
        followed.withLock { followed in
            guard let labels = followed[task.taskIdentifier]?.labels else { return }
            let next = request.beginExchange(adding: fields, labels: labels, collector: exchange.collector)
            next?.request(UploadBody(of: request))
            followed[task.taskIdentifier]?.exchange = next
        }
    }

    /// The exchange of a task, its request told.
    private func exchange(of task: URLSessionTask) -> CapturedExchange? {
        let (exchange, body) = followed.withLock { followed in
            let found = followed[task.taskIdentifier]
            followed[task.taskIdentifier]?.lateBody = nil
            return (found?.exchange, found?.lateBody)
        }
        if let body { exchange?.request(body) }
        return exchange
    }
}
