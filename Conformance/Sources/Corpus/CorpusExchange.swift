// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// One line of the corpus: an exchange as it was recorded.
package struct CorpusExchange: Sendable {
    package let id: String
    package let provider: String
    package let api: String
    package let streaming: String
    package let head: RequestHead
    package private(set) var request: [UInt8] = []
    /// Bytes of the request that the corpus left out at its end.
    package private(set) var lostRequestByteCount = 0
    /// The corpus has no request: an empty JSON object stands for it.
    package private(set) var isRequestAbsent = false
    package let status: UInt16
    package let responseFields: [HeaderField]
    package let response: [UInt8]
    /// The response as it was sent, content codings and all; nil where the corpus does not have it.
    package let codedResponse: [UInt8]?

    /// - Throws: what is wrong with the line.
    package init(_ line: [UInt8]) throws(LineFault) {
        guard let value = JSONValue(parsing: line) else { throw LineFault("not JSON") }
        guard let id = value["id"]?.string else { throw LineFault("no id") }
        guard let url = value["url"]?.string, let target = TargetURL(url) else { throw LineFault("\(id): no url") }
        self.id = id
        provider = value["provider"]?.string ?? "?"
        api = value["api"]?.string ?? "?"
        streaming = value["streaming"]?.string ?? "?"
        head = RequestHead(
            method: Array((value["method"]?.string ?? "POST").utf8), isSecure: target.isSecure, host: target.host,
            port: target.port, target: target.path, fields: Self.fields(value["request_headers"]))
        status = UInt16(clamping: value["status"]?.integer ?? 0)
        responseFields = Self.fields(value["response_headers"])
        response = try Self.body(value, "response_body", value["response_body_encoding"]?.string, id) ?? []
        codedResponse = try Self.body(value, "response_body_stored_b64", "base64", id)
        try readRequest(value)
    }

    private mutating func readRequest(_ value: JSONValue) throws(LineFault) {
        if let bytes = try Self.body(value, "request_body", value["request_body_encoding"]?.string, id) {
            request = bytes
            if let whole = value["request_body_capped"]?["orig_len"]?.integer {
                lostRequestByteCount = max(0, Int(whole) - bytes.count)
            }
        } else if value["fidelity"]?["request"]?.string == "absent" {
            isRequestAbsent = true
            request = Array("{}".utf8)
        }
    }

    private static func body(
        _ line: JSONValue, _ name: StaticString, _ encoding: String?, _ id: String
    ) throws(LineFault) -> [UInt8]? {
        guard let text = line[name]?.string else { return nil }
        guard encoding == "base64" else { return Array(text.utf8) }
        guard let bytes = Base64Text.decode(text.utf8) else { throw LineFault("\(id): \(name) is no base64") }
        return bytes
    }

    private static func fields(_ list: JSONValue?) -> [HeaderField] {
        var fields: [HeaderField] = []
        list?.forEachElement { pair in
            var words: [String] = []
            pair.forEachElement { words.append($0.string ?? "") }
            if words.count == 2 { fields.append(HeaderField(words[0], words[1])) }
        }
        return fields
    }
}

/// Why a line of a file cannot be used.
package struct LineFault: Error {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// The parts of an absolute URL that a request head needs.
struct TargetURL {
    let isSecure: Bool
    let host: [UInt8]
    let port: UInt16
    let path: [UInt8]

    init?(_ url: String) {
        let bytes = Array(url.utf8)
        if bytes.starts(with: "https://".utf8) {
            isSecure = true
        } else if bytes.starts(with: "http://".utf8) {
            isSecure = false
        } else {
            return nil
        }
        let rest = bytes[(isSecure ? 8 : 7)...]
        let end = rest.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? rest.endIndex
        var authority = rest[..<end]
        if let at = authority.lastIndex(of: 0x40) { authority = authority[(at + 1)...] }
        var number: UInt16 = isSecure ? 443 : 80
        if let colon = authority.lastIndex(of: 0x3A), authority.last != UInt8(ascii: "]") {
            number = UInt16(String(decoding: authority[(colon + 1)...], as: UTF8.self)) ?? number
            authority = authority[..<colon]
        }
        port = number
        host = authority.filter { $0 != 0x5B && $0 != 0x5D }.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
        let path = Array(rest[end...].prefix { $0 != 0x23 })
        self.path = path.first == 0x2F ? path : [0x2F] + path
    }
}

/// Base64 (RFC 4648) as the corpus carries bytes in.
enum Base64Text {
    static func decode(_ text: some Sequence<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        for character in text where character != UInt8(ascii: "=") {
            guard let digit = digit(character) else { return nil }
            bits = bits << 6 | digit
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> bitCount))
            }
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        switch character {
        case 0x41...0x5A: UInt32(character) - 0x41
        case 0x61...0x7A: UInt32(character) - 0x61 + 26
        case 0x30...0x39: UInt32(character) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
