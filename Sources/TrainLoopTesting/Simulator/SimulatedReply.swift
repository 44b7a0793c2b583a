// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the simulator does for one request, step by step.
struct SimulatedReply {
    enum Framing {
        case length
        case chunked
        case untilClose
    }

    var status = 200
    var fields: [(String, String)] = []
    /// The body in the pieces in which it is sent.
    var pieces: [[UInt8]] = []
    var framing = Framing.length
    /// Waited before the head, in milliseconds.
    var headDelay = 0
    /// Waited before each piece but the first, in milliseconds.
    var pieceDelay = 0
    /// The connection is cut after so many pieces; at 0 before the head.
    var cutAfterPieces: Int?
    /// The head itself is sent by half; the connection is cut there.
    var cutsHead = false
    /// The client's request was the connection's last.
    var isLast = false
    /// The client asked for the head alone (RFC 9110, 9.3.2).
    var isHeadOnly = false
    /// `Content-Length` says this instead of the truth.
    var claimedLength: Int?

    static func json(_ json: SimulatedJSON, status: Int = 200) -> SimulatedReply {
        SimulatedReply(
            status: status, fields: [("Content-Type", "application/json")], pieces: [Array(json.text.utf8)])
    }

    /// A stream of server-sent events.
    static func events(_ events: [(name: String?, data: String)], _ directives: SimulatedDirectives) -> SimulatedReply {
        let lineEnd = directives.has("crlf") ? "\r\n" : "\n"
        let comment = directives.has("comments") ? ": ping\(lineEnd)\(lineEnd)" : ""
        let pieces = events.map { event in
            let name = event.name.map { "event: \($0)\(lineEnd)" } ?? ""
            return Array("\(comment)\(name)data: \(event.data)\(lineEnd)\(lineEnd)".utf8)
        }
        return SimulatedReply(
            fields: [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache")],
            pieces: pieces, framing: .chunked)
    }

    /// Head and framed pieces, ready to be written in order.
    var wirePieces: [[UInt8]] {
        let pieces = framedPieces
        guard let head = pieces.first else { return [] }
        if cutsHead { return [Array(head[..<(head.count / 2)])] }
        return isHeadOnly ? [head] : pieces
    }

    private var framedPieces: [[UInt8]] {
        var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        if isLast || framing == .untilClose { head += "Connection: close\r\n" }
        switch framing {
        case .length:
            head += "Content-Length: \(claimedLength ?? pieces.reduce(0) { $0 + $1.count })\r\n\r\n"
            return [Array(head.utf8)] + pieces
        case .untilClose: return [Array((head + "\r\n").utf8)] + pieces
        case .chunked:
            head += "Transfer-Encoding: chunked\r\n\r\n"
            let chunks = pieces.map { Array("\(String($0.count, radix: 16))\r\n".utf8) + $0 + [0x0d, 0x0a] }
            return [Array(head.utf8)] + chunks + [Array("0\r\n\r\n".utf8)]
        }
    }

    private static func reason(_ status: Int) -> String {
        switch status {
        case 200: "OK"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 429: "Too Many Requests"
        case 500: "Internal Server Error"
        case 503: "Service Unavailable"
        case 529: "Overloaded"
        default: "Status"
        }
    }
}
