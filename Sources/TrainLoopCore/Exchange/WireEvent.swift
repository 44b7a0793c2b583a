// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One header field as it was on the wire: order, case and repetition are the message's own.
public struct HeaderField: Sendable {
    /// The field name in its original case, without the colon.
    public var name: [UInt8]
    /// The field value without surrounding white space; any bytes.
    public var value: [UInt8]

    public init(name: [UInt8], value: [UInt8]) {
        self.name = name
        self.value = value
    }

    public init(_ name: String, _ value: String) {
        self.init(name: Array(name.utf8), value: Array(value.utf8))
    }
}

/// The head of a request, with the authority already known from the connection or the `Host` field.
public struct RequestHead: Sendable {
    /// The method as sent, such as `POST`.
    public var method: [UInt8]
    /// True for `https`.
    public var isSecure: Bool
    /// The host without port, lower case; an IPv6 address without brackets.
    public var host: [UInt8]
    public var port: UInt16
    /// The origin-form target: path and query, as sent, beginning with `/`.
    public var target: [UInt8]
    public var fields: [HeaderField]

    public init(
        method: [UInt8], isSecure: Bool, host: [UInt8], port: UInt16, target: [UInt8], fields: [HeaderField]
    ) {
        self.method = method
        self.isSecure = isSecure
        self.host = host
        self.port = port
        self.target = target
        self.fields = fields
    }
}

/// The head of a final response (1xx heads, save 101, are not reported).
public struct ResponseHead: Sendable {
    public var status: UInt16
    public var fields: [HeaderField]

    public init(status: UInt16, fields: [HeaderField]) {
        self.status = status
        self.fields = fields
    }
}

/// How an exchange ended.
public enum ExchangeEnd: Sendable {
    /// The response was whole by its own framing.
    case complete
    /// The client went away before the response was whole.
    case clientClosed
    /// The server went away before the response was whole.
    case serverClosed
    /// No response could be had: `type` is a stable word such as `connection_refused`, `message` is for people.
    case networkFailed(type: String, message: String)
    /// We lost sight of the exchange (a bound, a process that died); the application did not.
    case captureFailed(message: String)
}

/// What a front saw of one exchange, in order.
///
/// Body bytes are content: transfer coding and content coding are already taken off. Any split of the same bytes gives
/// the same record.
public enum WireEvent: Sendable {
    case requestHead(RequestHead)
    case requestBody([UInt8])
    case requestEnd
    case responseHead(ResponseHead)
    case responseBody([UInt8])
    /// The last event of every exchange.
    case end(ExchangeEnd)
    /// Something the front must confess about this exchange, such as a chunk it had no room for. Goes to `capture.warnings`.
    case warning(String)
    /// `byteCount` bytes of a body were passed on but not handed over (no room); the record is marked truncated.
    case requestBodyLost(byteCount: Int)
    case responseBodyLost(byteCount: Int)
}
