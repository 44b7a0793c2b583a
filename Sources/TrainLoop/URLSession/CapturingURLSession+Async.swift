// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import Foundation

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// The methods that return a whole body.
extension CapturingURLSession {
    /// As `URLSession.data(for:delegate:)`.
    public func data(
        for request: URLRequest, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID,
        line: Int = #line
    ) async throws -> (Data, URLResponse) {
        let exchange = begin(request, UploadBody(of: request), seesArrivals: false, fileID, line)
        return try await exchange.following(request.url) {
            try await session.data(for: request.withoutTag, delegate: delegate)
        }
    }

    /// As `URLSession.data(from:delegate:)`.
    public func data(
        from url: URL, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID, line: Int = #line
    ) async throws -> (Data, URLResponse) {
        try await data(for: URLRequest(url: url), delegate: delegate, fileID: fileID, line: line)
    }

    /// As `URLSession.upload(for:from:delegate:)`.
    public func upload(
        for request: URLRequest, from bodyData: Data, delegate: (any URLSessionTaskDelegate)? = nil,
        fileID: String = #fileID, line: Int = #line
    ) async throws -> (Data, URLResponse) {
        let exchange = begin(request, .data(bodyData), seesArrivals: false, fileID, line)
        return try await exchange.following(request.url) {
            try await session.upload(for: request.withoutTag, from: bodyData, delegate: delegate)
        }
    }

    /// As `URLSession.upload(for:fromFile:delegate:)`.
    public func upload(
        for request: URLRequest, fromFile fileURL: URL, delegate: (any URLSessionTaskDelegate)? = nil,
        fileID: String = #fileID, line: Int = #line
    ) async throws -> (Data, URLResponse) {
        let exchange = begin(request, .file(fileURL), seesArrivals: false, fileID, line)
        return try await exchange.following(request.url) {
            try await session.upload(for: request.withoutTag, fromFile: fileURL, delegate: delegate)
        }
    }

    /// As `URLSession.download(for:delegate:)`; the record holds what the file holds.
    public func download(
        for request: URLRequest, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID,
        line: Int = #line
    ) async throws -> (URL, URLResponse) {
        let exchange = begin(request, UploadBody(of: request), seesArrivals: false, fileID, line)
        do {
            let (file, response) = try await session.download(for: request.withoutTag, delegate: delegate)
            exchange?.finish(response, file: file, askedOf: request.url)
            return (file, response)
        } catch {
            exchange?.end(throwing: error)
            throw error
        }
    }

    /// As `URLSession.download(from:delegate:)`; the record holds what the file holds.
    public func download(
        from url: URL, delegate: (any URLSessionTaskDelegate)? = nil, fileID: String = #fileID, line: Int = #line
    ) async throws -> (URL, URLResponse) {
        try await download(for: URLRequest(url: url), delegate: delegate, fileID: fileID, line: line)
    }
}

extension Optional where Wrapped == CapturedExchange {
    /// Passes on what `load` gives, and tells the exchange.
    fileprivate func following(
        _ url: URL?, _ load: () async throws -> (Data, URLResponse)
    ) async throws -> (Data, URLResponse) {
        do {
            let (data, response) = try await load()
            self?.finish(response, body: data, askedOf: url)
            return (data, response)
        } catch {
            self?.end(throwing: error)
            throw error
        }
    }
}
