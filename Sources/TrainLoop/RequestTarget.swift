// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where an `http` or `https` URL leads, read without Foundation: on every call's way.
struct RequestTarget {
    var isSecure: Bool
    /// Lower case; an IPv6 address without brackets.
    var host: [UInt8]
    var port: UInt16
    /// Path and query, beginning with `/`.
    var path: [UInt8]

    /// - Returns: nil for a URL of another scheme or without a host.
    init?(_ url: String) {
        let bytes = Array(url.utf8)
        let scheme = bytes.prefix { $0 != UInt8(ascii: ":") }.map(Self.lowercased)
        guard scheme == Array("https".utf8) || scheme == Array("http".utf8),
            bytes[scheme.count...].starts(with: "://".utf8)
        else { return nil }
        isSecure = scheme.count == 5
        let rest = bytes[(scheme.count + 3)...]
        let authority = rest.prefix { !"/?#".utf8.contains($0) }
        let end = rest[authority.endIndex...].prefix { $0 != UInt8(ascii: "#") }
        path = end.first == UInt8(ascii: "/") ? Array(end) : [UInt8(ascii: "/")] + end

        // User information is a credential, and none of the host.
        var name = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        port = isSecure ? 443 : 80
        if let colon = name.lastIndex(of: UInt8(ascii: ":")), !name[colon...].contains(UInt8(ascii: "]")) {
            let digits = name[(colon + 1)...]
            if !digits.isEmpty {
                guard let number = UInt16(String(decoding: digits, as: UTF8.self)) else { return nil }
                port = number
            }
            name = name[..<colon]
        }
        if name.first == UInt8(ascii: "["), name.last == UInt8(ascii: "]") { name = name.dropFirst().dropLast() }
        guard !name.isEmpty else { return nil }
        host = name.map(Self.lowercased)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { 0x41...0x5a ~= byte ? byte | 0x20 : byte }
}
