// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import AsyncHTTPClient
public import Logging
public import NIOCore
public import NIOHTTP1

/// The short forms of `execute`.
extension CapturingHTTPClient {
    /// As `HTTPClient.get(url:deadline:logger:)`.
    public func get(
        url: String, deadline: NIODeadline? = nil, logger: Logger? = nil, fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(.GET, url: url, deadline: deadline, logger: logger, fileID: fileID, line: line)
    }

    /// As `HTTPClient.post(url:body:deadline:logger:)`.
    public func post(
        url: String, body: HTTPClient.Body? = nil, deadline: NIODeadline? = nil, logger: Logger? = nil,
        fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(.POST, url: url, body: body, deadline: deadline, logger: logger, fileID: fileID, line: line)
    }

    /// As `HTTPClient.patch(url:body:deadline:logger:)`.
    public func patch(
        url: String, body: HTTPClient.Body? = nil, deadline: NIODeadline? = nil, logger: Logger? = nil,
        fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(.PATCH, url: url, body: body, deadline: deadline, logger: logger, fileID: fileID, line: line)
    }

    /// As `HTTPClient.put(url:body:deadline:logger:)`.
    public func put(
        url: String, body: HTTPClient.Body? = nil, deadline: NIODeadline? = nil, logger: Logger? = nil,
        fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(.PUT, url: url, body: body, deadline: deadline, logger: logger, fileID: fileID, line: line)
    }

    /// As `HTTPClient.delete(url:deadline:logger:)`.
    public func delete(
        url: String, deadline: NIODeadline? = nil, logger: Logger? = nil, fileID: String = #fileID, line: Int = #line
    ) -> EventLoopFuture<HTTPClient.Response> {
        execute(.DELETE, url: url, deadline: deadline, logger: logger, fileID: fileID, line: line)
    }
}

/// Calls by a socket of this machine: they have no host that could be on the allow-list, pass through and are not recorded.
extension CapturingHTTPClient {
    /// `HTTPClient.execute(_:socketPath:urlPath:body:deadline:logger:)`; not recorded, as a socket is no host.
    public func execute(
        _ method: HTTPMethod = .GET, socketPath: String, urlPath: String, body: HTTPClient.Body? = nil,
        deadline: NIODeadline? = nil, logger: Logger? = nil
    ) -> EventLoopFuture<HTTPClient.Response> {
        client.execute(
            method, socketPath: socketPath, urlPath: urlPath, body: body, deadline: deadline, logger: logger)
    }

    /// `HTTPClient.execute(_:secureSocketPath:urlPath:body:deadline:logger:)`; not recorded, as a socket is no host.
    public func execute(
        _ method: HTTPMethod = .GET, secureSocketPath: String, urlPath: String, body: HTTPClient.Body? = nil,
        deadline: NIODeadline? = nil, logger: Logger? = nil
    ) -> EventLoopFuture<HTTPClient.Response> {
        client.execute(
            method, secureSocketPath: secureSocketPath, urlPath: urlPath, body: body, deadline: deadline,
            logger: logger)
    }
}
