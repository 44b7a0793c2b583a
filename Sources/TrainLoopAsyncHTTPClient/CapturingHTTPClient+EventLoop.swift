// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import AsyncHTTPClient
public import Logging
public import NIOCore
public import NIOHTTP1
import TrainLoop

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The methods that give futures and tasks.
extension CapturingHTTPClient {
    /// As `HTTPClient.execute(request:delegate:eventLoop:deadline:logger:)`.
    ///
    /// The delegate is called as if it were the client's own; the futures that it returns hold the transfer back as ever.
    public func execute<Delegate: HTTPClientResponseDelegate>(
        request: HTTPClient.Request, delegate: Delegate,
        eventLoop eventLoopPreference: HTTPClient.EventLoopPreference = .indifferent, deadline: NIODeadline? = nil,
        logger: Logger? = nil, fileID: String = #fileID, line: Int = #line
    ) -> HTTPClient.Task<Delegate.Response> {
        var sent = request
        sent.headers.removeTag()
        let url = request.url.absoluteString
        guard let exchange = begin(request.method, url, request.headers, logger, fileID, line) else {
            return client.execute(
                request: sent, delegate: delegate, eventLoop: eventLoopPreference, deadline: deadline, logger: logger)
        }
        return client.execute(
            request: sent, delegate: CapturingResponseDelegate(delegate, exchange), eventLoop: eventLoopPreference,
            deadline: deadline, logger: logger)
    }

    /// As `HTTPClient.execute(request:eventLoop:deadline:logger:)`.
    public func execute(
        request: HTTPClient.Request, eventLoop eventLoopPreference: HTTPClient.EventLoopPreference = .indifferent,
        deadline: NIODeadline? = nil, logger: Logger? = nil, fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(
            request: request, delegate: ResponseAccumulator(request: request), eventLoop: eventLoopPreference,
            deadline: deadline, logger: logger, fileID: fileID, line: line
        ).futureResult
    }

    /// As `HTTPClient.execute(_:url:body:deadline:logger:)`.
    public func execute(
        _ method: HTTPMethod = .GET, url: String, body: HTTPClient.Body? = nil, deadline: NIODeadline? = nil,
        logger: Logger? = nil, fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        do {
            let request = try HTTPClient.Request(url: url, method: method, body: body)
            return execute(request: request, deadline: deadline, logger: logger, fileID: fileID, line: line)
        } catch {
            return client.eventLoopGroup.any().makeFailedFuture(error)
        }
    }
}
