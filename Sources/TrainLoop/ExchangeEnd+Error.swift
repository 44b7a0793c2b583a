// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoopCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension ExchangeEnd {
    /// How an exchange ended that ended with an error.
    ///
    /// - Parameter hasResponse: whether the response had begun: a connection lost then has cut it.
    init(_ error: any Error, hasResponse: Bool) {
        if error is CancellationError {
            self = .clientClosed
        } else if let error = error as? URLError {
            self.init(error, hasResponse: hasResponse)
        } else {
            self.init(type: "\(Swift.type(of: error))", message: "\(error)", hasResponse: hasResponse)
        }
    }

    private init(_ error: URLError, hasResponse: Bool) {
        let type: String
        switch error.code {
        case .cancelled, .userCancelledAuthentication:
            self = .clientClosed
            return
        case .timedOut: type = "timeout"
        case .cannotConnectToHost: type = "connection_refused"
        case .cannotFindHost, .dnsLookupFailed: type = "name_not_resolved"
        case .networkConnectionLost: type = "connection_closed"
        // What the Foundation of Linux says of a body that ends too early.
        case .unknown where hasResponse: type = "connection_closed"
        case .secureConnectionFailed, .serverCertificateHasBadDate, .serverCertificateUntrusted,
            .serverCertificateHasUnknownRoot, .serverCertificateNotYetValid, .clientCertificateRejected,
            .clientCertificateRequired:
            type = "tls_failed"
        default: type = "URLError.\(error.code.rawValue)"
        }
        self.init(type: type, message: error.localizedDescription, hasResponse: hasResponse)
    }

    /// - Parameter type: a stable word, such as `timeout`.
    init(type: String, message: String, hasResponse: Bool) {
        let isCut = hasResponse && (type == "connection_closed" || type == "connection_reset")
        self = isCut ? .serverClosed : .networkFailed(type: type, message: message)
    }
}
