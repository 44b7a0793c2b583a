// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What is known of an exchange before its first byte.
public struct CaptureContext: Sendable {
    /// The 16 bytes of a UUIDv7 (RFC 9562).
    public var id: [UInt8]
    /// Where it was seen: `proxy`, `gateway`, `sni`, `swift:urlsession`, `python:httpx` ...
    public var route: String
    /// Who saw it, such as `trainloop/1.0.0`.
    public var by: String
    /// The client's process, where known.
    public var pid: Int32?
    /// Counts the exchanges of one run, from 1.
    public var sequence: Int
    /// The tag of calls that carry none of their own; empty for none.
    public var defaultTag: String
    /// The caller's own file and line, where known.
    public var location: (file: String, line: String)?
    /// The session and the user that the application names for the call; empty for none.
    public var session = ""
    public var user = ""
    /// The application's own words about the call, in the order in which they are written.
    public var meta: [(name: String, value: String)] = []
    /// Whether the front sees bytes as they arrive; where it is given a whole response, the record tells no timing.
    public var seesArrivals = true
    /// What becomes of media in the record; whoever chooses `blob` stores the line's `blobs`.
    public var media = MediaPolicy.keep

    public init(id: [UInt8], route: String, by: String, pid: Int32? = nil, sequence: Int, defaultTag: String = "") {
        self.id = id
        self.route = route
        self.by = by
        self.pid = pid
        self.sequence = sequence
        self.defaultTag = defaultTag
    }
}

/// The bounds of one exchange, in bytes of content.
public struct CaptureLimits: Sendable {
    /// Request content kept for parsing; what is beyond is counted and the record says `truncated`.
    public var requestByteCount: Int
    /// Response content kept: of a plain body, or of what a stream's events add up to.
    public var responseByteCount: Int
    /// One server-sent event; a larger one is skipped and told.
    public var eventByteCount: Int
    /// Shapes of a stream's events that are known at once, a shortcut that changes no record.
    package var templateCount = 4

    /// 32 MiB: above the request limit of every provider in the default list (Anthropic: 32 MB; Gemini: 20 MB inline).
    public init(requestByteCount: Int = 32 << 20, responseByteCount: Int = 32 << 20, eventByteCount: Int = 16 << 20) {
        self.requestByteCount = requestByteCount
        self.responseByteCount = responseByteCount
        self.eventByteCount = eventByteCount
    }
}
