// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The record's `url`: scheme, host, port unless it is the scheme's own, path, and the query without secrets.
struct EncodedURL {
    private(set) var bytes: [UInt8] = []
    /// The values that were taken out of the query.
    private(set) var removedValues: [[UInt8]] = []

    init(_ head: RequestHead?) {
        guard let head else { return }
        bytes.reserveCapacity(head.host.count &+ head.target.count &+ 16)
        bytes.append(contentsOf: Array((head.isSecure ? "https://" : "http://").utf8))
        let isAddress = head.host.contains(UInt8(ascii: ":"))
        if isAddress { bytes.append(UInt8(ascii: "[")) }
        bytes.append(contentsOf: head.host)
        if isAddress { bytes.append(UInt8(ascii: "]")) }
        if head.port != (head.isSecure ? 443 : 80), head.port != 0 {
            bytes.append(UInt8(ascii: ":"))
            appendDigits(head.port)
        }
        appendTarget(head.target)
    }

    private mutating func appendDigits(_ port: UInt16) {
        var divisor: UInt16 = 10_000
        while divisor > port { divisor /= 10 }
        while divisor > 0 {
            bytes.append(0x30 &+ UInt8(truncatingIfNeeded: port / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func appendTarget(_ target: [UInt8]) {
        guard let mark = target.firstIndex(of: UInt8(ascii: "?")) else {
            bytes.append(contentsOf: target)
            return
        }
        bytes.append(contentsOf: target[..<mark])
        var separator = UInt8(ascii: "?")
        for pair in target[(mark &+ 1)...].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let equals = pair.firstIndex(of: UInt8(ascii: "="))
            let name = pair[..<(equals ?? pair.endIndex)]
            if Self.isSecret(Self.decoded(name)) {
                if let equals, equals &+ 1 < pair.endIndex { keepRemoved(Array(pair[(equals &+ 1)...])) }
                continue
            }
            bytes.append(separator)
            bytes.append(contentsOf: pair)
            separator = UInt8(ascii: "&")
        }
    }

    private mutating func keepRemoved(_ value: [UInt8]) {
        removedValues.append(value)
        let plain = Self.decoded(value[...], lowercasing: false)
        if plain.count != value.count { removedValues.append(plain) }
    }

    /// Names, lower case, whose values let someone in.
    private static let secretNames: [StaticString] = [
        "key", "access_token", "accesstoken", "access_key", "token", "auth_token", "id_token", "refresh_token",
        "session_token", "auth", "authorization", "bearer", "sig", "signature", "code", "password", "passwd", "pwd",
        "subscription-key", "ocp-apim-subscription-key",
    ]

    private static let secretEnds: [StaticString] = ["apikey", "api_key", "api-key", "secret"]

    /// How AWS and Google sign, and not with what.
    private static let plainEnds: [StaticString] = ["algorithm", "date", "expires", "signedheaders"]

    /// - Parameter name: in lower case.
    static func isSecret(_ name: [UInt8]) -> Bool {
        for word in secretNames where ASCII.isEqual(name, word) { return true }
        for word in secretEnds where ASCII.hasSuffix(name, word) { return true }
        guard ASCII.hasPrefix(name, "x-amz-") || ASCII.hasPrefix(name, "x-goog-") else { return false }
        for end in plainEnds where ASCII.hasSuffix(name, end) { return false }
        return true
    }

    /// Percent escapes undone.
    static func decoded(_ text: ArraySlice<UInt8>, lowercasing: Bool = true) -> [UInt8] {
        var plain: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            var byte = text[index]
            if byte == UInt8(ascii: "%"), index &+ 2 < text.endIndex {
                let high = JSONScan.hexadecimal(text[index &+ 1])
                let low = JSONScan.hexadecimal(text[index &+ 2])
                if high < 16, low < 16 {
                    byte = high << 4 | low
                    index &+= 2
                }
            }
            plain.append(lowercasing ? byte.lowercasedASCII : byte)
            index &+= 1
        }
        return plain
    }
}
