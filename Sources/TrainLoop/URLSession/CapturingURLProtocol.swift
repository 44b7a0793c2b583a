// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// Records the calls of sessions in code that cannot be touched, by loading them a second time over; prefer ``CapturingURLSession``.
///
/// ```swift
/// let session = URLSession(configuration: .default.capturing)   // for a library that takes a session or a configuration
/// URLProtocol.registerClass(CapturingURLProtocol.self)          // for URLSession.shared, before its first use
/// ```
///
/// It takes `POST` requests to hosts of the allow-list once `TrainLoop.collect()` was called, and has the limits of every `URLProtocol`:
///
/// - A session of our own loads them: redirects, challenges, cookies and connections are its own, not those of the user's session.
/// - A body that is a stream is read into memory first. There are no metrics and no progress; background sessions do not load by it.
/// - Tags come by the header alone; `location` is not known.
/// - On Linux the body of a response comes in one piece when it is whole, and download tasks fail with `URLError.unsupportedURL`.
public final class CapturingURLProtocol: URLProtocol {
    private static let relay = URLProtocolRelay()
    private static let session = CapturingURLSession(configuration: configuration, delegate: relay)
    private static var configuration: URLSessionConfiguration {
        let configuration = URLSessionConfiguration.default
        configuration.protocolClasses = configuration.protocolClasses?.filter { $0 != CapturingURLProtocol.self }
        return configuration
    }

    private let handle = URLProtocolLoad.Handle()

    /// Whether the request is one that is to be recorded.
    public override class func canInit(with request: URLRequest) -> Bool {
        guard request.httpMethod == "POST", let url = request.url else { return false }
        return TrainLoop.collector?.captures(url.absoluteString) ?? false
    }

    /// The request as it is.
    public override class func canonicalRequest(for request: URLRequest) -> URLRequest { request }

    /// Begins to load by a session of our own.
    public override func startLoading() {
        #if canImport(FoundationNetworking)
            guard !(task is URLSessionDownloadTask) else {
                client?.urlProtocol(self, didFailWithError: URLError(.unsupportedURL))
                return
            }
        #endif
        var request = request
        if request.httpBody == nil, let stream = request.httpBodyStream { request.httpBody = Self.content(of: stream) }
        let load = URLProtocolLoad(urlProtocol: self)
        let asked = request
        // Elsewhere: on Linux all sessions share one serial queue, which calls this, and on which making a task waits.
        DispatchQueue.global().async { [handle] in
            let task = Self.session.dataTask(with: asked, fileID: "unknown", line: 0)
            Self.relay.add(load, for: task)
            if handle.begin(task) { task.resume() } else { Self.relay.giveUp(task) }
        }
    }

    /// Gives up loading.
    public override func stopLoading() {
        if let task = handle.stop() { Self.relay.giveUp(task) }
    }

    private static func content(of stream: InputStream) -> Data {
        stream.open()
        defer { stream.close() }
        var content = Data()
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = stream.read(&piece, maxLength: piece.count), count > 0 { content += piece[..<count] }
        return content
    }
}

extension URLSessionConfiguration {
    /// A copy whose sessions are recorded by ``CapturingURLProtocol``, with its limits.
    public var capturing: URLSessionConfiguration {
        guard let copy = copy() as? URLSessionConfiguration else { return self }
        copy.protocolClasses = [CapturingURLProtocol.self] + (copy.protocolClasses ?? [])
        return copy
    }
}

/// A load, and on Linux its body: there only what comes last reaches a completion handler.
///
/// Not checked by the compiler: after `startLoading` a load's client is told by the session's serial delegate queue alone.
private struct URLProtocolLoad: @unchecked Sendable {
    /// Its task, once it is made, and whether it is wanted still.
    final class Handle: Sendable {
        private let state = Mutex<(task: URLSessionDataTask?, isStopped: Bool)>((nil, false))

        /// - Returns: whether the load is wanted.
        func begin(_ task: URLSessionDataTask) -> Bool {
            state.withLock { state in
                state.task = task
                return !state.isStopped
            }
        }

        /// - Returns: the task to be given up.
        func stop() -> URLSessionDataTask? {
            state.withLock { state in
                state.isStopped = true
                return state.task
            }
        }
    }

    let urlProtocol: CapturingURLProtocol
    var body = Data()
}

/// Tells the loading system what the session of our own is told.
private final class URLProtocolRelay: NSObject, URLSessionDataDelegate {
    private let loads = Mutex<[Int: URLProtocolLoad]>([:])

    func add(_ load: URLProtocolLoad, for task: URLSessionTask) { loads.withLock { $0[task.taskIdentifier] = load } }

    func giveUp(_ task: URLSessionTask) {
        _ = loads.withLock { $0.removeValue(forKey: task.taskIdentifier) }
        // Elsewhere, as for its beginning.
        DispatchQueue.global().async { task.cancel() }
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
    ) {
        if let load = loads.withLock({ $0[dataTask.taskIdentifier] }) {
            load.urlProtocol.client?.urlProtocol(
                load.urlProtocol, didReceive: response, cacheStoragePolicy: .notAllowed)
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        #if canImport(FoundationNetworking)
            loads.withLock { $0[dataTask.taskIdentifier]?.body.append(data) }
        #else
            guard let load = loads.withLock({ $0[dataTask.taskIdentifier] }) else { return }
            load.urlProtocol.client?.urlProtocol(load.urlProtocol, didLoad: data)
        #endif
    }

    func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
        guard let load = loads.withLock({ $0.removeValue(forKey: task.taskIdentifier) }) else { return }
        let client = load.urlProtocol.client
        if let error {
            client?.urlProtocol(load.urlProtocol, didFailWithError: error)
        } else {
            if !load.body.isEmpty { client?.urlProtocol(load.urlProtocol, didLoad: load.body) }
            client?.urlProtocolDidFinishLoading(load.urlProtocol)
        }
    }
}
