// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import TrainLoop

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What a caller of a session gets: all that must be the same with and without us.
struct SessionResult: Equatable, Sendable {
    var bytes = Data()
    var status: Int?
    var fields: [String: String] = [:]
    var error: String?

    init() {}

    init(_ bytes: Data, _ response: URLResponse?) {
        self.bytes = bytes
        take(response)
    }

    init(_ loaded: (Data, URLResponse)) { self.init(loaded.0, loaded.1) }

    init(_ error: any Error) { take(error) }

    mutating func take(_ response: URLResponse?) {
        guard let response = response as? HTTPURLResponse else { return }
        status = response.statusCode
        fields = response.allHeaderFields.reduce(into: [:]) { $0["\($1.key)"] = "\($1.value)" }
    }

    mutating func take(_ error: any Error) {
        let code = (error as? URLError).map { "\($0.code.rawValue)" } ?? "\(error)"
        self.error = "\(type(of: error)) \(code)"
    }
}

/// Every way in which a session loads.
enum SessionMethod: CaseIterable, Sendable {
    case data, uploadData, uploadFile, download
    case dataHandler, uploadDataHandler, uploadFileHandler, downloadHandler
    case dataDelegate, uploadDataDelegate, uploadFileDelegate, downloadDelegate

    static let delegates: [SessionMethod] = [
        .dataDelegate, .uploadDataDelegate, .uploadFileDelegate, .downloadDelegate,
    ]

    var isDelegate: Bool { Self.delegates.contains(self) }
    var isAsync: Bool { [.data, .uploadData, .uploadFile, .download].contains(self) }

    /// Loads by a session made for the purpose.
    ///
    /// - Parameters:
    ///   - isCaptured: whether by ours.
    ///   - cancelling: is given what cancels the load.
    func load(
        _ request: URLRequest, _ body: Data, isCaptured: Bool, configuration: URLSessionConfiguration = .ephemeral,
        delegate: CollectingDelegate = CollectingDelegate(),
        cancelling: (@escaping @Sendable () -> Void) -> Void = { _ in }
    ) async -> SessionResult {
        let user = isDelegate ? delegate : nil
        let bare = URLSession(configuration: configuration, delegate: user, delegateQueue: nil)
        let ours = CapturingURLSession(configuration: configuration, delegate: user)
        defer {
            bare.finishTasksAndInvalidate()
            ours.finishTasksAndInvalidate()
        }
        var withBody = request
        withBody.httpBody = body
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("body-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        do { try body.write(to: file) } catch { return SessionResult(error) }

        if isAsync {
            let (asked, plain) = (withBody, request)
            let task = Task { () -> SessionResult in
                do {
                    switch (self, isCaptured) {
                    case (.data, false): return try await SessionResult(bare.data(for: asked))
                    case (.data, true): return try await SessionResult(ours.data(for: asked))
                    case (.uploadData, false): return try await SessionResult(bare.upload(for: plain, from: body))
                    case (.uploadData, true): return try await SessionResult(ours.upload(for: plain, from: body))
                    case (.uploadFile, false): return try await SessionResult(bare.upload(for: plain, fromFile: file))
                    case (.uploadFile, true): return try await SessionResult(ours.upload(for: plain, fromFile: file))
                    case (_, false): return try await Self.result(ofFile: bare.download(for: asked))
                    case (_, true): return try await Self.result(ofFile: ours.download(for: asked))
                    }
                } catch {
                    return SessionResult(error)
                }
            }
            cancelling { task.cancel() }
            return await task.value
        }
        if isDelegate {
            let task: URLSessionTask
            switch (self, isCaptured) {
            case (.dataDelegate, false): task = bare.dataTask(with: withBody)
            case (.dataDelegate, true): task = ours.dataTask(with: withBody)
            case (.uploadDataDelegate, false): task = bare.uploadTask(with: request, from: body)
            case (.uploadDataDelegate, true): task = ours.uploadTask(with: request, from: body)
            case (.uploadFileDelegate, false): task = bare.uploadTask(with: request, fromFile: file)
            case (.uploadFileDelegate, true): task = ours.uploadTask(with: request, fromFile: file)
            case (_, false): task = bare.downloadTask(with: withBody)
            case (_, true): task = ours.downloadTask(with: withBody)
            }
            cancelling { task.cancel() }
            return await delegate.result(of: task)
        }
        return await withCheckedContinuation { continuation in
            let handler: @Sendable (Data?, URLResponse?, (any Error)?) -> Void = { data, response, error in
                var result = SessionResult(data ?? Data(), response)
                if let error { result.take(error) }
                continuation.resume(returning: result)
            }
            let fileHandler: @Sendable (URL?, URLResponse?, (any Error)?) -> Void = { file, response, error in
                handler(file.flatMap { try? Data(contentsOf: $0) }, response, error)
            }
            let task: URLSessionTask
            switch (self, isCaptured) {
            case (.dataHandler, false): task = bare.dataTask(with: withBody, completionHandler: handler)
            case (.dataHandler, true): task = ours.dataTask(with: withBody, completionHandler: handler)
            case (.uploadDataHandler, false):
                task = bare.uploadTask(with: request, from: body, completionHandler: handler)
            case (.uploadDataHandler, true):
                task = ours.uploadTask(with: request, from: body, completionHandler: handler)
            case (.uploadFileHandler, false):
                task = bare.uploadTask(with: request, fromFile: file, completionHandler: handler)
            case (.uploadFileHandler, true):
                task = ours.uploadTask(with: request, fromFile: file, completionHandler: handler)
            case (_, false): task = bare.downloadTask(with: withBody, completionHandler: fileHandler)
            case (_, true): task = ours.downloadTask(with: withBody, completionHandler: fileHandler)
            }
            task.resume()
            cancelling { task.cancel() }
        }
    }

    private static func result(ofFile loaded: (URL, URLResponse)) throws -> SessionResult {
        try SessionResult(Data(contentsOf: loaded.0), loaded.1)
    }
}

/// A user's delegate, which notes what it is told.
final class CollectingDelegate: NSObject, URLSessionDataDelegate, URLSessionDownloadDelegate {
    private struct State {
        var result = SessionResult()
        var calls: [String] = []
        var continuation: CheckedContinuation<SessionResult, Never>?
        var finished: SessionResult?
    }

    private let state = Mutex(State())
    private let leavesAfterFirstPiece: Bool
    private let followsRedirects: Bool

    private let password: String?

    init(leavesAfterFirstPiece: Bool = false, followsRedirects: Bool = true, password: String? = nil) {
        self.password = password
        self.leavesAfterFirstPiece = leavesAfterFirstPiece
        self.followsRedirects = followsRedirects
    }

    /// The methods that were called, without repetition next to each other.
    var calls: [String] { state.withLock { $0.calls } }

    func result(of task: URLSessionTask) async -> SessionResult {
        await withCheckedContinuation { continuation in
            let finished = state.withLock { state in
                state.continuation = continuation
                return state.finished
            }
            if let finished { continuation.resume(returning: finished) } else { task.resume() }
        }
    }

    private func note(_ call: String, _ change: (inout SessionResult) -> Void = { _ in }) {
        state.withLock { state in
            if state.calls.last != call { state.calls.append(call) }
            change(&state.result)
        }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        note("response") { $0.take(response) }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        note("data") { $0.bytes += data }
        if leavesAfterFirstPiece { dataTask.cancel() }
    }

    func urlSession(_ session: URLSession, downloadTask: URLSessionDownloadTask, didFinishDownloadingTo location: URL) {
        note("file") {
            $0.bytes = (try? Data(contentsOf: location)) ?? Data()
            $0.take(downloadTask.response)
        }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
        newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
    ) {
        note("redirect \(response.statusCode)")
        completionHandler(followsRedirects ? request : nil)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
        completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
    ) {
        note("challenge")
        guard let password else { return completionHandler(.performDefaultHandling, nil) }
        completionHandler(
            .useCredential, URLCredential(user: "ali", password: password, persistence: .none))
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
        totalBytesExpectedToSend: Int64
    ) {
        note("sent")
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        note("complete") { if let error { $0.take(error) } }
        let (continuation, result) = state.withLock { state in
            state.finished = state.result
            defer { state.continuation = nil }
            return (state.continuation, state.result)
        }
        continuation?.resume(returning: result)
    }
}
