// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Where an `http` or `https` URL leads, read without Foundation: on every call's way.
struct RequestTarget {
    /// Scheme and authority as written.
    let origin: Substring
    /// Path, query and fragment as written.
    let rest: Substring

    /// - Returns: nil where no authority is.
    init?(_ url: String) {
        var url = url
        guard let end = url.withUTF8({ Self.endOfOrigin($0) }) else { return nil }
        let index = url.utf8.index(url.startIndex, offsetBy: end)
        origin = url[..<index]
        rest = url[index...]
    }

    private static func endOfOrigin(_ url: UnsafeBufferPointer<UInt8>) -> Int? {
        let slash = UInt8(ascii: "/")
        guard let colon = url.firstIndex(of: UInt8(ascii: ":")), colon + 2 < url.count, url[colon + 1] == slash,
            url[colon + 2] == slash
        else { return nil }
        return url[(colon + 3)...].firstIndex { $0 == slash || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }
            ?? url.count
    }

    /// Path and query, beginning with `/`.
    var path: [UInt8] {
        let path = rest.utf8.prefix { $0 != UInt8(ascii: "#") }
        return path.first == UInt8(ascii: "/") ? Array(path) : [UInt8(ascii: "/")] + path
    }
}

/// The server of a request.
struct RequestOrigin: Sendable {
    var isSecure: Bool
    /// Lower case; an IPv6 address without brackets.
    var host: [UInt8]
    var port: UInt16

    /// - Parameter text: a scheme and an authority.
    /// - Returns: nil for another scheme than `http` or `https`, and without a host.
    init?(_ text: Substring) {
        let bytes = Array(text.utf8)
        let scheme = bytes.prefix { $0 != UInt8(ascii: ":") }.map(Self.lowercased)
        guard scheme == Array("https".utf8) || scheme == Array("http".utf8) else { return nil }
        isSecure = scheme.count == 5
        let authority = bytes.dropFirst(scheme.count + 3)

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
