// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TrainLoop
import TrainLoopCore

extension CapturedExchange {
    /// The exchange ended with an error of the client or of what it is made of.
    func endByClient(throwing error: any Error) {
        switch Self.word(for: error) {
        case "cancelled": end(.clientClosed)
        case let type?: end(type: type, message: "\(error)")
        case nil: end(throwing: error)
        }
    }

    /// A stable word for an error; nil for one that is none of the client's.
    private static func word(for error: any Error) -> String? {
        if let error = error as? HTTPClientError { return word(forClient: error) }
        if let error = error as? NIOConnectionError { return word(forConnection: error) }
        if error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError { return "tls_failed" }
        if let error = error as? HTTPParserError, error == .invalidEOFState { return "connection_closed" }
        if let error = error as? IOError { return word(forSystem: error.errnoCode) }
        if error is NIOTooManyBytesError { return "cancelled" }
        return nil
    }

    private static func word(forClient error: HTTPClientError) -> String {
        switch error {
        case .cancelled, .requestStreamCancelled: "cancelled"
        case .readTimeout, .writeTimeout, .connectTimeout, .deadlineExceeded, .getConnectionFromPoolTimeout,
            .socksHandshakeTimeout, .httpProxyHandshakeTimeout, .tlsHandshakeTimeout:
            "timeout"
        case .remoteConnectionClosed, .uncleanShutdown: "connection_closed"
        case .proxyAuthenticationRequired, .invalidProxyResponse: "proxy_failed"
        default: "HTTPClientError.\(error.shortDescription)"
        }
    }

    private static func word(forConnection error: NIOConnectionError) -> String {
        if error.connectionErrors.isEmpty { return "name_not_resolved" }
        let code = error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
        return code.map(word(forSystem:)) ?? "connection_failed"
    }

    private static func word(forSystem code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "connection_refused"
        case ECONNRESET, EPIPE: "connection_reset"
        case ETIMEDOUT: "timeout"
        default: "connection_failed"
        }
    }
}
