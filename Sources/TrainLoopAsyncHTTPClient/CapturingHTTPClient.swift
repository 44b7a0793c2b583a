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
        sent.headers.removeTag()
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
        CapturedExchange.begin(
            method.rawValue, url: url, fields: headers.held(adding: Ambience.fields(besides: headers)),
            route: "swift:asynchttpclient", collector: TrainLoop.collector,
            labels: Ambience.labels(of: logger, fileID: fileID, line: line))
    }
}

extension HTTPClient {
    /// This client, with its calls to language models on record.
    public var capturing: CapturingHTTPClient { CapturingHTTPClient(self) }
}

extension HTTPHeaders {
    /// Takes off the tag, which is ours and leaves with nobody.
    mutating func removeTag() {
        // Removing nothing would copy all.
        if contains(name: TrainLoop.tagHeader) { remove(name: TrainLoop.tagHeader) }
    }

    /// The fields for a record.
    ///
    /// - Parameter more: fields for the record alone.
    func held(adding more: [HeaderField] = []) -> HeldFields {
        let byteCount = reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        return HeldFields(count: count + more.count, textByteCount: byteCount) {
            map { HeaderField($0.name, $0.value) } + more
        }
    }
}

extension CapturedExchange {
    fileprivate func receive(_ response: HTTPClientResponse, to request: HTTPClientRequest) {
        if response.history.count > 1 {
            receive(.warning("redirects were followed; the response is that of the last request"))
        }
        self.response(status: Int(response.status.code), fields: response.headers.held())
        // Nobody reads a body that cannot be.
        let isEmpty =
            request.method == .HEAD || response.status == .noContent || response.status == .notModified
            || response.headers.first(name: "content-length") == "0"
        if isEmpty { end() }
    }
}
