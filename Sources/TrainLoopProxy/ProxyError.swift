// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the proxy cannot do, with the answer that a client gets for it.
package struct ProxyError: Error, Sendable, CustomStringConvertible {
    /// Why, in words that do not change.
    package struct Code: Sendable, Equatable {
        private enum Value { case badConfiguration, upstreamUnreachable, upstreamUntrusted, badRequest, refused }
        private let value: Value

        /// The configuration asks for what cannot be.
        package static let badConfiguration = Code(value: .badConfiguration)
        /// The provider, or the proxy on the way to it, cannot be reached.
        package static let upstreamUnreachable = Code(value: .upstreamUnreachable)
        /// The provider's certificate is not one that we trust.
        package static let upstreamUntrusted = Code(value: .upstreamUntrusted)
        /// The client's bytes are not what this port speaks.
        package static let badRequest = Code(value: .badRequest)
        /// The client may not use this port.
        package static let refused = Code(value: .refused)
    }

    package var code: Code
    /// What was wrong, where, and what to do.
    package var message: String
    /// A stable word for the record, such as `connection_refused`.
    package var type: String

    init(_ code: Code, type: String, _ message: String) {
        self.code = code
        self.type = type
        self.message = message
    }

    package var description: String { message }
}
