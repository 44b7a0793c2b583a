// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import Foundation

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// Tasks with a completion handler.
extension CapturingURLSession {
    /// What a task calls when it has ended, with a body or the file that holds it.
    public typealias Completion<Body> = @Sendable (Body?, URLResponse?, (any Error)?) -> Void

    /// As `URLSession.dataTask(with:completionHandler:)`.
    public func dataTask(
        with request: URLRequest, completionHandler: @escaping Completion<Data>, fileID: String = #fileID,
        line: Int = #line
    ) -> URLSessionDataTask {
        let exchange = begin(request, UploadBody(of: request), seesArrivals: false, fileID, line)
        return session.dataTask(
            with: request.withoutTag, completionHandler: exchange.following(request.url, completionHandler))
    }

    /// As `URLSession.dataTask(with:completionHandler:)`.
    public func dataTask(
        with url: URL, completionHandler: @escaping Completion<Data>, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionDataTask {
        dataTask(with: URLRequest(url: url), completionHandler: completionHandler, fileID: fileID, line: line)
    }

    /// As `URLSession.uploadTask(with:from:completionHandler:)`.
    public func uploadTask(
        with request: URLRequest, from bodyData: Data?, completionHandler: @escaping Completion<Data>,
        fileID: String = #fileID, line: Int = #line
    ) -> URLSessionUploadTask {
        let exchange = begin(request, bodyData.map(UploadBody.data) ?? .empty, seesArrivals: false, fileID, line)
        return session.uploadTask(
            with: request.withoutTag, from: bodyData,
            completionHandler: exchange.following(request.url, completionHandler))
    }

    /// As `URLSession.uploadTask(with:fromFile:completionHandler:)`.
    public func uploadTask(
        with request: URLRequest, fromFile fileURL: URL, completionHandler: @escaping Completion<Data>,
        fileID: String = #fileID, line: Int = #line
    ) -> URLSessionUploadTask {
        let exchange = begin(request, nil, seesArrivals: false, fileID, line)
        return session.uploadTask(
            with: request.withoutTag, fromFile: fileURL,
            completionHandler: exchange.following(request.url, file: fileURL, completionHandler))
    }

    /// As `URLSession.downloadTask(with:completionHandler:)`; the record holds what the file holds.
    public func downloadTask(
        with request: URLRequest, completionHandler: @escaping Completion<URL>, fileID: String = #fileID,
        line: Int = #line
    ) -> URLSessionDownloadTask {
        guard let exchange = begin(request, UploadBody(of: request), seesArrivals: false, fileID, line) else {
            return session.downloadTask(with: request.withoutTag, completionHandler: completionHandler)
        }
        let url = request.url
        return session.downloadTask(with: request.withoutTag) { file, response, error in
            if let error {
                exchange.response(response)
                exchange.end(throwing: error)
            } else {
                exchange.finish(response, file: file, askedOf: url)
            }
            completionHandler(file, response, error)
        }
    }

    /// As `URLSession.downloadTask(with:completionHandler:)`; the record holds what the file holds.
    public func downloadTask(
        with url: URL, completionHandler: @escaping Completion<URL>, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionDownloadTask {
        downloadTask(with: URLRequest(url: url), completionHandler: completionHandler, fileID: fileID, line: line)
    }
}

/// Tasks that report to the session's delegate.
extension CapturingURLSession {
    /// As `URLSession.dataTask(with:)`.
    public func dataTask(
        with request: URLRequest, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionDataTask {
        observed(session.dataTask(with: request.withoutTag), request, UploadBody(of: request), fileID, line)
    }

    /// As `URLSession.dataTask(with:)`.
    public func dataTask(with url: URL, fileID: String = #fileID, line: Int = #line) -> URLSessionDataTask {
        dataTask(with: URLRequest(url: url), fileID: fileID, line: line)
    }

    /// As `URLSession.uploadTask(with:from:)`.
    public func uploadTask(
        with request: URLRequest, from bodyData: Data, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionUploadTask {
        observed(session.uploadTask(with: request.withoutTag, from: bodyData), request, .data(bodyData), fileID, line)
    }

    /// As `URLSession.uploadTask(with:fromFile:)`.
    public func uploadTask(
        with request: URLRequest, fromFile fileURL: URL, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionUploadTask {
        observed(
            session.uploadTask(with: request.withoutTag, fromFile: fileURL), request, .file(fileURL), fileID, line)
    }

    /// As `URLSession.uploadTask(withStreamedRequest:)`; the record says that the body was a stream, and does not hold it.
    public func uploadTask(
        withStreamedRequest request: URLRequest, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionUploadTask {
        observed(session.uploadTask(withStreamedRequest: request.withoutTag), request, .stream, fileID, line)
    }

    /// As `URLSession.downloadTask(with:)`; the record holds what the file holds.
    public func downloadTask(
        with request: URLRequest, fileID: String = #fileID, line: Int = #line
    ) -> URLSessionDownloadTask {
        observed(session.downloadTask(with: request.withoutTag), request, UploadBody(of: request), fileID, line)
    }

    /// As `URLSession.downloadTask(with:)`; the record holds what the file holds.
    public func downloadTask(with url: URL, fileID: String = #fileID, line: Int = #line) -> URLSessionDownloadTask {
        downloadTask(with: URLRequest(url: url), fileID: fileID, line: line)
    }

    private func observed<Task: URLSessionTask>(
        _ task: Task, _ request: URLRequest, _ body: UploadBody, _ fileID: String, _ line: Int
    ) -> Task {
        guard let observer else {
            // A delegate that is not ours would be told all, and we nothing.
            TrainLoop.collector?.noteBypass(
                request.url?.absoluteString ?? "", client: "urlsession",
                reason: "a task of a session whose delegate is not observed; make it by CapturingURLSession")
            return task
        }
        // A file is read when its upload has begun, on the delegate's queue.
        let isLate = if case .file = body { true } else { false }
        guard let exchange = begin(request, isLate ? nil : body, seesArrivals: true, fileID, line) else { return task }
        observer.follow(task, exchange, body, isBodyLate: isLate)
        return task
    }
}

extension Optional where Wrapped == CapturedExchange {
    /// A completion handler that tells the exchange, and then calls the user's.
    ///
    /// - Parameter file: what was sent, to be read when the upload has ended.
    fileprivate func following(
        _ url: URL?, file: URL? = nil, _ handler: @escaping CapturingURLSession.Completion<Data>
    ) -> CapturingURLSession.Completion<Data> {
        guard let exchange = self else { return handler }
        return { data, response, error in
            if let file { exchange.request(.file(file)) }
            if let error {
                exchange.response(response)
                exchange.end(throwing: error)
            } else {
                exchange.finish(response, body: data, askedOf: url)
            }
            handler(data, response, error)
        }
    }
}
