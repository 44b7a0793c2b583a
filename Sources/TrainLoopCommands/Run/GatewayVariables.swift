// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore
package import TrainLoopProxy

/// The base-URL variables of the gateway, and where each leads.
///
/// A variable that was set already keeps its destination: its value becomes the provider's upstream. Another variable of the
/// same provider then stays unset, for clients differ in which of the two they prefer.
package struct GatewayVariables {
    private struct Known {
        var variable: String
        /// The first path segment.
        var provider: String
        /// The provider's own address.
        var upstream: String
        /// What clients of this variable expect at the end of its value.
        var path: String
    }

    private static let known = [
        Known(variable: "OPENAI_BASE_URL", provider: "openai", upstream: "https://api.openai.com", path: "/v1"),
        Known(variable: "OPENAI_API_BASE", provider: "openai", upstream: "https://api.openai.com", path: "/v1"),
        Known(variable: "ANTHROPIC_BASE_URL", provider: "anthropic", upstream: "https://api.anthropic.com", path: ""),
        Known(variable: "ANTHROPIC_API_BASE", provider: "anthropic", upstream: "https://api.anthropic.com", path: ""),
        Known(
            variable: "GOOGLE_GEMINI_BASE_URL", provider: "gemini",
            upstream: "https://generativelanguage.googleapis.com", path: ""),
        Known(
            variable: "GEMINI_API_BASE", provider: "gemini", upstream: "https://generativelanguage.googleapis.com",
            path: "/v1beta"),
        Known(variable: "OLLAMA_HOST", provider: "ollama", upstream: "http://127.0.0.1:11434", path: ""),
    ]

    private let inherited: [String: String]
    /// What the proxy is to serve.
    package let providers: [GatewayProvider]
    /// Variables set to something that is no address; left as they are.
    package let notices: [String]

    package init(inherited: [String: String]) {
        self.inherited = inherited
        var providers: [GatewayProvider] = []
        var notices: [String] = []
        for known in Self.known where !Self.isLeftUnset(known, inherited) {
            guard let provider = Self.provider(known, inherited) else {
                notices.append("\(known.variable) is no http or https address, and is left as it is")
                continue
            }
            if !providers.contains(where: { $0.name == provider.name }) { providers.append(provider) }
        }
        self.providers = providers
        self.notices = notices
    }

    /// The variables for the child.
    package func values(port: Int, token: String?) -> [String: String] {
        var values: [String: String] = [:]
        for known in Self.known where !Self.isLeftUnset(known, inherited) {
            guard let provider = Self.provider(known, inherited) else { continue }
            let path = provider.name == known.provider ? known.path : ""
            let secret = token.map { "/\($0)" } ?? ""
            values[known.variable] = "http://127.0.0.1:\(port)\(secret)/\(provider.name)\(path)"
        }
        return values
    }

    /// The authorities of the upstreams, as patterns: what is led through the gateway is recorded, listed or not.
    package var hosts: [HostPattern] {
        providers.compactMap { provider in
            guard let start = provider.upstream.firstRange(of: "://")?.upperBound else { return nil }
            return HostPattern(String(provider.upstream[start...].prefix { $0 != "/" }))
        }
    }

    private static func isSet(_ variable: String, _ inherited: [String: String]) -> Bool {
        inherited[variable].map { !$0.isEmpty } ?? false
    }

    /// Whether only another variable of the same provider was set.
    private static func isLeftUnset(_ known: Known, _ inherited: [String: String]) -> Bool {
        guard !isSet(known.variable, inherited) else { return false }
        return Self.known.contains { $0.provider == known.provider && isSet($0.variable, inherited) }
    }

    private static func provider(_ known: Known, _ inherited: [String: String]) -> GatewayProvider? {
        guard var value = inherited[known.variable], !value.isEmpty else {
            return GatewayProvider(name: known.provider, upstream: known.upstream)
        }
        if known.variable == "OLLAMA_HOST" { value = ollamaAddress(value) }
        while value.hasSuffix("/") { value.removeLast() }
        guard value.hasPrefix("http://") || value.hasPrefix("https://"), !value.hasSuffix(":") else { return nil }
        let name = known.variable.lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
        return GatewayProvider(name: name, upstream: value)
    }

    /// Ollama's variable may lack a scheme, a host and a port.
    ///
    /// 0.0.0.0 means this machine; the port is Ollama's own only where no scheme is named.
    private static func ollamaAddress(_ value: String) -> String {
        let schemeEnd = value.firstRange(of: "://")
        let scheme = schemeEnd.map { value[..<$0.lowerBound] } ?? "http"
        let rest = schemeEnd.map { value[$0.upperBound...] } ?? value[...]
        let authority = rest.prefix { $0 != "/" }
        // The colons of an IPv6 address stand in brackets; without them there is no port.
        let afterAddress = authority.lastIndex(of: "]").map { authority[$0...] } ?? authority
        let colon = afterAddress.count(where: { $0 == ":" }) == 1 ? afterAddress.lastIndex(of: ":") : nil
        var host = authority[..<(colon ?? authority.endIndex)]
        if host.isEmpty || host == "0.0.0.0" { host = "127.0.0.1" }
        let port = colon.map { authority[$0...] } ?? (schemeEnd == nil ? ":11434" : "")
        let address = host.contains(":") && !host.hasPrefix("[") ? "[\(host)]" : String(host)
        return "\(scheme)://\(address)\(port)\(rest[authority.endIndex...])"
    }
}
