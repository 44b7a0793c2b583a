// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if !canImport(FoundationNetworking)
    import Foundation

    // The session asks which methods its delegate has, and behaves accordingly: those that are not observed are the user's
    // delegate's own, by forwarding. Of those observed each does what the session does where there is none.

    extension URLSessionObserver {
        override func responds(to selector: Selector!) -> Bool {
            super.responds(to: selector) || (delegate as? NSObject)?.responds(to: selector) ?? false
        }

        override func forwardingTarget(for selector: Selector!) -> Any? { delegate }
    }

    extension URLSessionObserver: URLSessionDataDelegate, URLSessionDownloadDelegate {
        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) {
            let completion: @Sendable (URLRequest?) -> Void = { [self] request in
                sawRedirect(response, to: request, of: task)
                completionHandler(request)
            }
            let user = delegate as? any URLSessionTaskDelegate
            guard
                let pass = user?.urlSession(_:task:willPerformHTTPRedirection:newRequest:completionHandler:)
            else { return completion(request) }
            pass(session, task, response, request, completion)
        }

        func urlSession(
            _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
            completionHandler: @escaping @Sendable (URLSession.AuthChallengeDisposition, URLCredential?) -> Void
        ) {
            let user = delegate as? any URLSessionTaskDelegate
            guard let pass = user?.urlSession(_:task:didReceive:completionHandler:) else {
                return completionHandler(.performDefaultHandling, nil)
            }
            pass(session, task, challenge) { [self] disposition, credential in
                sawChallenge(challenge, disposition, of: task)
                completionHandler(disposition, credential)
            }
        }

        func urlSession(_ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?) {
            sawEnd(error, of: task)
            (delegate as? any URLSessionTaskDelegate)?.urlSession?(session, task: task, didCompleteWithError: error)
        }

        func urlSession(
            _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
            completionHandler: @escaping @Sendable (URLSession.ResponseDisposition) -> Void
        ) {
            sawResponse(response, of: dataTask)
            let user = delegate as? any URLSessionDataDelegate
            guard let pass = user?.urlSession(_:dataTask:didReceive:completionHandler:) else {
                return completionHandler(.allow)
            }
            pass(session, dataTask, response, completionHandler)
        }

        func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
            sawData(data, of: dataTask)
            (delegate as? any URLSessionDataDelegate)?.urlSession?(session, dataTask: dataTask, didReceive: data)
        }

        func urlSession(
            _ session: URLSession, downloadTask: URLSessionDownloadTask, didFinishDownloadingTo location: URL
        ) {
            sawDownload(location, of: downloadTask)
            (delegate as? any URLSessionDownloadDelegate)?.urlSession(
                session, downloadTask: downloadTask, didFinishDownloadingTo: location)
        }
    }
#endif
