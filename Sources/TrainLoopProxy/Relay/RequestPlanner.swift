// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// What a request head becomes on its way out: the bytes to send, where to, and what the record says.
struct RequestPlan {
    var target: UpstreamTarget
    /// The head to send; the client's own bytes wherever nothing must be changed.
    var bytes: [UInt8]
    /// The head for the record, or nil when the exchange is not to be captured.
    var recorded: RequestHead?
    /// What was changed and must be said.
    var warnings: [String]
}

/// An answer that the proxy itself gives.
struct ProxyAnswer: Error {
    var status: Int
    var reason: String
    /// For the person who reads the client's log: what is wrong and what to do.
    var text: String
    var fields: [(String, String)] = []

    var bytes: [UInt8] {
        let body = Array("trainloop: \(text)\n".utf8)
        var head = "HTTP/1.1 \(status) \(reason)\r\n"
        for (name, value) in fields { head += "\(name): \(value)\r\n" }
        head += "Content-Type: text/plain; charset=utf-8\r\nContent-Length: \(body.count)\r\nConnection: close\r\n\r\n"
        return Array(head.utf8) + body
    }
}

/// Decides where a request goes and which lines of its head must change.
struct RequestPlanner: Sendable {
    /// The lines that are the way of hop to hop between a client and its forward proxy.
    private static let proxyFields: [StaticString] = ["proxy-authorization", "proxy-connection"]
    private static let tagField: StaticString = "x-trainloop-tag"

    private let expectedAuthorization: [UInt8]?
    private let token: String?
    private let providers: [(name: String, target: UpstreamTarget, path: String)]
    private let undecodableCodings: [String]

    init(_ configuration: ProxyConfiguration) throws(ProxyError) {
        token = configuration.token
        expectedAuthorization = configuration.token.map {
            Array("basic \(Base64.encode(Array("trainloop:\($0)".utf8)))".utf8)
        }
        undecodableCodings = configuration.undecodableCodings
        var providers: [(String, UpstreamTarget, String)] = []
        for provider in configuration.gatewayProviders {
            guard let (target, path) = Self.url(Array(provider.upstream.utf8)) else {
                throw ProxyError(
                    .badConfiguration, type: "bad_configuration",
                    "the gateway's provider \(provider.name) has no usable upstream: '\(provider.upstream)' is no http or "
                        + "https URL.")
            }
            let base = String(decoding: path, as: UTF8.self)
            providers.append((provider.name, target, base.hasSuffix("/") ? String(base.dropLast()) : base))
        }
        self.providers = providers
    }

    /// Whether the head shows the token of the run.
    func isAuthorized(_ head: HTTP1Head) -> Bool {
        guard let expectedAuthorization else { return true }
        return head.values("proxy-authorization").contains { value in
            // The scheme ignores case (RFC 9110, 11.1); the credentials do not. No early exit: no timing to learn from.
            let scheme = value.prefix(6).map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
            let given = scheme + value.dropFirst(6)
            guard given.count == expectedAuthorization.count else { return false }
            return zip(given, expectedAuthorization).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
        }
    }

    static let authorizationRequired = ProxyAnswer(
        status: 407, reason: "Proxy Authentication Required",
        text: "this proxy serves one run only, and the request does not show its token. Use the proxy URL from the "
            + "environment of the run, with its user and password.",
        fields: [("Proxy-Authenticate", "Basic realm=\"trainloop\"")])

    /// A request inside a tunnel, whose target is known.
    func plan(_ head: HTTP1Head, in target: UpstreamTarget) -> RequestPlan {
        plan(head, to: target, path: head.start.second, startLine: nil, drops: [], host: nil, isCaptured: true)
    }

    /// A request on the proxy's own port: in absolute form, or with the gateway's path.
    ///
    /// - Parameters:
    ///   - isCaptured: whether exchanges with a host are recorded.
    ///   - forwardProxy: the user's own proxy that a request for a host goes to whole.
    func plan(
        _ head: HTTP1Head, isCaptured: (UpstreamTarget) -> Bool, forwardProxy: (UpstreamTarget) -> UpstreamProxy?
    ) throws(ProxyAnswer) -> RequestPlan {
        if head.start.second.first == 0x2f { return try planGateway(head, forwardProxy) }
        guard let (target, path) = Self.url(head.start.second), !target.isSecure else {
            throw ProxyAnswer(
                status: 400, reason: "Bad Request",
                text: "the request's target is neither a path nor an http:// URL. For https use CONNECT.")
        }
        guard isAuthorized(head) else { throw Self.authorizationRequired }
        let origin = path.isEmpty || path[0] != 0x2f ? [0x2f] + path : path
        return plan(
            head, to: target, path: origin, startLine: startLine(head, target, origin, by: forwardProxy(target)),
            drops: Self.proxyFields, host: nil, isCaptured: isCaptured(target))
    }

    private func planGateway(
        _ head: HTTP1Head, _ forwardProxy: (UpstreamTarget) -> UpstreamProxy?
    ) throws(ProxyAnswer) -> RequestPlan {
        var segments = head.start.second.dropFirst().split(
            separator: 0x2f, maxSplits: token == nil ? 1 : 2, omittingEmptySubsequences: false)[...]
        if let token {
            guard let given = segments.popFirst(), given.elementsEqual(token.utf8) else {
                throw ProxyAnswer(
                    status: 403, reason: "Forbidden",
                    text:
                        "this port is the proxy of a trainloop run. A path on it must begin with the token of the run: use "
                        + "the base URL from the run's environment.")
            }
        }
        let name = String(decoding: segments.popFirst() ?? [], as: UTF8.self)
        guard let provider = providers.first(where: { $0.name == name }) else {
            let known = providers.map(\.name).joined(separator: ", ")
            throw ProxyAnswer(
                status: 404, reason: "Not Found",
                text:
                    "the gateway has no provider '\(name)'; it has \(known.isEmpty ? "none: run with --gateway" : known)."
            )
        }
        let path = Array(provider.path.utf8) + [0x2f] + (segments.popFirst() ?? [])
        return plan(
            head, to: provider.target, path: path,
            startLine: startLine(head, provider.target, path, by: forwardProxy(provider.target)),
            drops: Self.proxyFields, host: provider.target.authority, isCaptured: true)
    }

    /// The start line, and behind it what the user's own proxy asks for.
    private func startLine(
        _ head: HTTP1Head, _ target: UpstreamTarget, _ path: [UInt8], by proxy: UpstreamProxy?
    ) -> [UInt8] {
        let place = proxy == nil ? [] : Array("http://\(target.authority)".utf8)
        let line = head.start.first + [0x20] + place + path + [0x20] + head.start.third + [0x0d, 0x0a]
        guard let authorization = proxy?.authorization else { return line }
        return line + Array("Proxy-Authorization: \(authorization)\r\n".utf8)
    }

    private func plan(
        _ head: HTTP1Head, to target: UpstreamTarget, path: [UInt8], startLine: [UInt8]?, drops: [StaticString],
        host: String?, isCaptured: Bool
    ) -> RequestPlan {
        var bytes = startLine ?? Array(head.bytes[..<head.startLineEnd])
        var isChanged = startLine != nil
        var warnings: [String] = []
        for line in head.lines {
            if isCaptured && line.field.isNamed(Self.tagField) || drops.contains(where: { line.field.isNamed($0) }) {
                isChanged = true
            } else if let host, line.field.isNamed("host") {
                bytes += Array("Host: \(host)\r\n".utf8)
                isChanged = true
            } else if isCaptured, let reduced = reducedCodings(line.field) {
                bytes += Array("Accept-Encoding: \(reduced)\r\n".utf8)
                isChanged = true
                warnings.append(
                    "accept-encoding was sent as '\(reduced)': this machine cannot decode "
                        + undecodableCodings.joined(separator: ", "))
            } else {
                bytes += head.bytes[line.range]
            }
        }
        bytes += [0x0d, 0x0a]
        let recorded = RequestHead(
            method: head.start.first, isSecure: target.isSecure, host: Array(target.name.utf8),
            port: UInt16(clamping: target.port), target: path, fields: head.fields)
        return RequestPlan(
            target: target, bytes: isChanged ? bytes : head.bytes, recorded: isCaptured ? recorded : nil,
            warnings: warnings)
    }

    /// The field's value without codings that this machine cannot decode, or nil when there is nothing to take away.
    private func reducedCodings(_ field: HeaderField) -> String? {
        guard !undecodableCodings.isEmpty, field.isNamed("accept-encoding") else { return nil }
        let codings = String(decoding: field.value, as: UTF8.self).split(separator: ",").map { coding in
            coding.filter { $0 != " " && $0 != "\t" }
        }
        let kept = codings.filter { coding in
            !undecodableCodings.contains(coding.prefix { $0 != ";" }.lowercased())
        }
        guard kept.count < codings.count else { return nil }
        return kept.isEmpty ? "identity" : kept.joined(separator: ", ")
    }

    /// Target and path of an absolute URL; user information is passed over.
    static func url(_ bytes: [UInt8]) -> (target: UpstreamTarget, path: [UInt8])? {
        let text = String(decoding: bytes.prefix(8), as: UTF8.self).lowercased()
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let rest = bytes.dropFirst(isSecure ? 8 : 7)
        let authority = rest.prefix { $0 != 0x2f && $0 != 0x3f && $0 != 0x23 }
        let hostAndPort = authority.lastIndex(of: 0x40).map { authority[($0 + 1)...] } ?? authority
        guard let (host, port) = Self.hostAndPort(hostAndPort, defaultPort: isSecure ? 443 : 80) else { return nil }
        return (UpstreamTarget(isSecure: isSecure, host: host, port: port), Array(rest.dropFirst(authority.count)))
    }

    /// Host (lower case, without brackets) and port of `host:port`.
    static func hostAndPort(_ bytes: ArraySlice<UInt8>, defaultPort: Int?) -> (host: String, port: Int)? {
        var host = bytes
        var port = defaultPort
        if let colon = bytes.lastIndex(of: 0x3a), !bytes[colon...].contains(0x5d) {
            host = bytes[..<colon]
            port = Int(String(decoding: bytes[(colon + 1)...], as: UTF8.self))
        }
        if host.first == 0x5b, host.last == 0x5d { host = host.dropFirst().dropLast() }
        guard let port, (1...65_535).contains(port), !host.isEmpty, host.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            return nil
        }
        return (String(decoding: host, as: UTF8.self).lowercased(), port)
    }
}
