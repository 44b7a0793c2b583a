// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// The proxy on the way to a provider, as the user's own environment names it.
struct UpstreamProxy: Sendable, Equatable {
    var host: String
    var port: Int
    /// The value of `Proxy-Authorization`, or nil.
    var authorization: String?
}

/// Which proxy leads to which host, by the variables that curl and most clients obey.
struct UpstreamProxyEnvironment: Sendable {
    private let https: UpstreamProxy?
    private let http: UpstreamProxy?
    private let exceptions: [String]

    /// - Throws: when a variable names what is no proxy that we can use.
    init(_ environment: [String: String]) throws(ProxyError) {
        func value(_ names: String...) -> (name: String, text: String)? {
            for name in names {
                if let text = environment[name], !text.isEmpty { return (name, text) }
            }
            return nil
        }
        https = try Self.proxy(value("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"))
        http = try Self.proxy(value("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"))
        exceptions = (value("no_proxy", "NO_PROXY")?.text ?? "").lowercased().split { ", \t".contains($0) }
            .map(String.init)
    }

    /// The proxy for a host, or nil to connect to it without one.
    func proxy(host: String, port: Int, isSecure: Bool) -> UpstreamProxy? {
        let host = host.lowercased()
        let isLoopback = host == "localhost" || host.hasPrefix("127.") || host == "::1"
        guard !isLoopback, !exceptions.contains(where: { Self.matches($0, host, port) }) else { return nil }
        return isSecure ? https : http
    }

    /// Whether any variable leads to this address, which would be a circle.
    func leads(to host: String, port: Int) -> Bool {
        [https, http].contains { proxy in
            proxy.map { $0.port == port && ($0.host == host || $0.host == "localhost" && host == "127.0.0.1") } ?? false
        }
    }

    private static func matches(_ exception: String, _ host: String, _ port: Int) -> Bool {
        if exception == "*" { return true }
        var name = exception[...]
        if let colon = name.lastIndex(of: ":"), let number = Int(name[name.index(after: colon)...]),
            name.filter({ $0 == ":" }).count == 1
        {
            guard number == port else { return false }
            name = name[..<colon]
        }
        if name.hasPrefix("*.") { name = name.dropFirst() }
        let bare = name.hasPrefix(".") ? name.dropFirst() : name
        return host == bare || host.hasSuffix(".\(bare)")
    }

    private static func proxy(_ variable: (name: String, text: String)?) throws(ProxyError) -> UpstreamProxy? {
        guard let variable else { return nil }
        var rest = variable.text[...]
        if let scheme = rest.range(of: "://") {
            let name = rest[..<scheme].lowercased()
            guard name == "http" else {
                throw ProxyError(
                    .badConfiguration, type: "bad_configuration",
                    "\(variable.name) names a proxy of scheme \(name), which cannot be chained. Only http:// proxies can; "
                        + "unset it, or name the provider's hosts in NO_PROXY.")
            }
            rest = rest[rest.index(scheme, offsetBy: 3)...]
        }
        rest = rest.prefix { $0 != "/" }
        var authorization: String?
        if let at = rest.lastIndex(of: "@") {
            authorization = "Basic " + Base64.encode(percentDecoded(rest[..<at]))
            rest = rest[rest.index(after: at)...]
        }
        var port: Int? = 80
        if let colon = rest.lastIndex(of: ":"), !rest[colon...].contains("]") {
            port = Int(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        }
        let host = rest.filter { $0 != "[" && $0 != "]" }
        guard let port, (1...65_535).contains(port), !host.isEmpty else {
            throw ProxyError(
                .badConfiguration, type: "bad_configuration",
                "\(variable.name) is not of the form http://[user:password@]host:port.")
        }
        return UpstreamProxy(host: host.lowercased(), port: port, authorization: authorization)
    }

    private static func percentDecoded(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}

extension Substring {
    /// Where a text begins, or nil.
    fileprivate func range(of text: String) -> Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
