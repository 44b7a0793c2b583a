// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import AsyncHTTPClient
public import Logging
public import NIOCore
import NIOHTTP1
import TrainLoop
import TrainLoopCapture
import TrainLoopCore

/// An `HTTPClient` whose calls to language models are recorded, with the `execute` methods of `HTTPClient` itself.
///
/// ```swift
/// let client = HTTPClient.shared.capturing
/// let response = try await client.execute(HTTPClientRequest(url: url), timeout: .seconds(60))
/// ```
///
/// The client inside does all the work: pooling, TLS, redirects, time-outs and back-pressure are its own. Bodies are recorded as they pass, a
/// piece at a time.
public struct CapturingHTTPClient: Sendable {
    /// The client that does the work; shut it down as ever.
    public let client: HTTPClient

    init(_ client: HTTPClient) {
        self.client = client
    }

    /// As `HTTPClient.execute(_:deadline:logger:)`.
    ///
    /// A response whose body is never read to its end is recorded as given up by the client, when its iterator or the response is let go.
    public func execute(
        _ request: HTTPClientRequest, deadline: NIODeadline, logger: Logger? = nil, fileID: String = #fileID,
        line: Int = #line
    ) async throws -> HTTPClientResponse {
        var sent = request
        sent.headers.remove(name: TrainLoop.tagHeader)
        guard let exchange = begin(request.method, request.url, request.headers, logger, fileID, line) else {
            return try await client.execute(sent, deadline: deadline, logger: logger)
        }
        sent.body = await CapturedRequestBody.following(request.body, exchange)
        do {
            var response = try await client.execute(sent, deadline: deadline, logger: logger)
            exchange.receive(response, to: request)
            response.body = .stream(CapturedResponseBody(response.body, exchange))
            return response
        } catch {
            exchange.endByClient(throwing: error)
            throw error
        }
    }

    /// As `HTTPClient.execute(_:timeout:logger:)`.
    ///
    /// A response whose body is never read to its end is recorded as given up by the client, when its iterator or the response is let go.
    public func execute(
        _ request: HTTPClientRequest, timeout: TimeAmount, logger: Logger? = nil, fileID: String = #fileID,
        line: Int = #line
    ) async throws -> HTTPClientResponse {
        try await execute(request, deadline: .now() + timeout, logger: logger, fileID: fileID, line: line)
    }

    /// Opens the record of a request; nil when there is none to be.
    func begin(
        _ method: HTTPMethod, _ url: String, _ headers: HTTPHeaders, _ logger: Logger?, _ fileID: String, _ line: Int
    ) -> CapturedExchange? {
        guard let collector = TrainLoop.collector else { return nil }
        var labels = CallLabels.ofTask(fileID: fileID, line: line)
        // Whether the client decodes is its own secret.
        labels.responseForm = .unknown
        let exchange = CapturedExchange(
            method.rawValue, url: url, fields: headers.fields + Ambience.fields(besides: headers),
            client: "asynchttpclient", labels: Ambience.adding(to: labels, of: logger), collector: collector)
        return exchange.isCaptured ? exchange : nil
    }
}

extension HTTPClient {
    /// This client, with its calls to language models on record.
    public var capturing: CapturingHTTPClient { CapturingHTTPClient(self) }
}

extension HTTPHeaders {
    var fields: [HeaderField] { map { HeaderField($0.name, $0.value) } }
}

extension CapturedExchange {
    fileprivate func receive(_ response: HTTPClientResponse, to request: HTTPClientRequest) {
        if response.history.count > 1 {
            receive(.warning("redirects were followed; the response is that of the last request"))
        }
        self.response(status: Int(response.status.code), fields: response.headers.fields)
        // Nobody reads a body that cannot be.
        let isEmpty =
            request.method == .HEAD || response.headers.first(name: "content-length") == "0"
            || [.noContent, .notModified].contains(response.status)
        if isEmpty { end() }
    }
}
