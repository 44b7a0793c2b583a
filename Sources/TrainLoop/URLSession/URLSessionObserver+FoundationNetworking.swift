// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(FoundationNetworking)
    import Foundation
    import FoundationNetworking

    // Every method is passed on: here a method that a delegate does not have is one with a default implementation, which is called
    // in the delegate's name and does what the session would have done.

    extension URLSessionObserver: URLSessionDataDelegate, URLSessionDownloadDelegate, URLSessionWebSocketDelegate {
        private var taskDelegate: (any URLSessionTaskDelegate)? { delegate as? any URLSessionTaskDelegate }
        private var dataDelegate: (any URLSessionDataDelegate)? { delegate as? any URLSessionDataDelegate }
        private var downloadDelegate: (any URLSessionDownloadDelegate)? { delegate as? any URLSessionDownloadDelegate }
        private var webSocketDelegate: (any URLSessionWebSocketDelegate)? {
            delegate as? any URLSessionWebSocketDelegate
        }

        func urlSession(_ session: URLSession, didBecomeInvalidWithError error: (any Error)?) {
            delegate?.urlSession(session, didBecomeInvalidWithError: error)
        }

        func urlSession(
            _ session: URLSession, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @Sendable @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            guard let delegate else { return completionHandler(.performDefaultHandling, nil) }
            delegate.urlSession(session, didReceive: challenge, completionHandler: completionHandler)
        }

        // MARK: - Tasks

        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest, completionHandler: @Sendable @escaping (URLRequest?) -> Void
        ) {
            let completion: @Sendable (URLRequest?) -> Void = { [self] request in
                sawRedirect(response, to: request, of: task)
                completionHandler(request)
            }
            guard let taskDelegate else { return completion(request) }
            taskDelegate.urlSession(
                session, task: task, willPerformHTTPRedirection: response, newRequest: request,
                completionHandler: completion)
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @Sendable @escaping (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            guard let taskDelegate else { return completionHandler(.performDefaultHandling, nil) }
            taskDelegate.urlSession(session, task: task, didReceive: challenge) { [self] disposition, credential in
                sawChallenge(challenge, disposition, of: task)
                completionHandler(disposition, credential)
            }
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask,
            needNewBodyStream completionHandler: @Sendable @escaping (InputStream?) -> Void
        ) {
            guard let taskDelegate else { return completionHandler(nil) }
            taskDelegate.urlSession(session, task: task, needNewBodyStream: completionHandler)
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, didSendBodyData bytesSent: Int64, totalBytesSent: Int64,
            totalBytesExpectedToSend: Int64
        ) {
            taskDelegate?.urlSession(
                session, task: task, didSendBodyData: bytesSent, totalBytesSent: totalBytesSent,
                totalBytesExpectedToSend: totalBytesExpectedToSend)
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            sawEnd(error, of: task)
            taskDelegate?.urlSession(session, task: task, didCompleteWithError: error)
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, willBeginDelayedRequest request: URLRequest,
            completionHandler: @Sendable @escaping (URLSession.DelayedRequestDisposition, URLRequest?) -> Void
        ) {
            guard let taskDelegate else { return completionHandler(.continueLoading, nil) }
            taskDelegate.urlSession(
                session, task: task, willBeginDelayedRequest: request, completionHandler: completionHandler)
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, didFinishCollecting metrics: URLSessionTaskMetrics
        ) {
            taskDelegate?.urlSession(session, task: task, didFinishCollecting: metrics)
        }

        // MARK: - Data tasks

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
            completionHandler: @Sendable @escaping (URLSession.ResponseDisposition) -> Void
        ) {
            sawResponse(response, of: dataTask)
            guard let dataDelegate else { return completionHandler(.allow) }
            dataDelegate.urlSession(
                session, dataTask: dataTask, didReceive: response, completionHandler: completionHandler)
        }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didBecome downloadTask: URLSessionDownloadTask
        ) {
            dataDelegate?.urlSession(session, dataTask: dataTask, didBecome: downloadTask)
        }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didBecome streamTask: URLSessionStreamTask
        ) {
            dataDelegate?.urlSession(session, dataTask: dataTask, didBecome: streamTask)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            sawData(data, of: dataTask)
            dataDelegate?.urlSession(session, dataTask: dataTask, didReceive: data)
        }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, willCacheResponse proposedResponse: CachedURLResponse,
            completionHandler: @Sendable @escaping (CachedURLResponse?) -> Void
        ) {
            guard let dataDelegate else { return completionHandler(proposedResponse) }
            dataDelegate.urlSession(
                session, dataTask: dataTask, willCacheResponse: proposedResponse, completionHandler: completionHandler)
        }

        // MARK: - Downloads and web sockets

        func urlSession(
            _ session: URLSession, downloadTask: URLSessionDownloadTask, didFinishDownloadingTo location: URL
        ) {
            sawDownload(location, of: downloadTask)
            downloadDelegate?.urlSession(session, downloadTask: downloadTask, didFinishDownloadingTo: location)
        }

        func urlSession(
            _ session: URLSession, downloadTask: URLSessionDownloadTask, didWriteData bytesWritten: Int64,
            totalBytesWritten: Int64, totalBytesExpectedToWrite: Int64
        ) {
            downloadDelegate?.urlSession(
                session, downloadTask: downloadTask, didWriteData: bytesWritten, totalBytesWritten: totalBytesWritten,
                totalBytesExpectedToWrite: totalBytesExpectedToWrite)
        }

        func urlSession(
            _ session: URLSession, downloadTask: URLSessionDownloadTask, didResumeAtOffset fileOffset: Int64,
            expectedTotalBytes: Int64
        ) {
            downloadDelegate?.urlSession(
                session, downloadTask: downloadTask, didResumeAtOffset: fileOffset,
                expectedTotalBytes: expectedTotalBytes)
        }

        func urlSession(
            _ session: URLSession, webSocketTask: URLSessionWebSocketTask, didOpenWithProtocol protocol: String?
        ) {
            webSocketDelegate?.urlSession(session, webSocketTask: webSocketTask, didOpenWithProtocol: `protocol`)
        }

        func urlSession(
            _ session: URLSession, webSocketTask: URLSessionWebSocketTask,
            didCloseWith closeCode: URLSessionWebSocketTask.CloseCode, reason: Data?
        ) {
            webSocketDelegate?.urlSession(
                session, webSocketTask: webSocketTask, didCloseWith: closeCode, reason: reason)
        }
    }
#endif
