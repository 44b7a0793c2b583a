// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// The variables that lead a child's calls through the proxy, and the files that they name.
///
/// Which client obeys which is measured, not read: docs/run.md has the table.
package struct ChildEnvironment {
    /// How the child is to be led.
    package struct Request {
        /// What the child would have had without us.
        package var inherited: [String: String]
        /// Where the files are written.
        package var folder: String
        package var port: Int
        package var token: String?
        package var authorityPEM: String
        package var hosts: [HostPattern]
        /// Variables of base URLs to set, by name.
        package var gatewayVariables: [String: String] = [:]
        /// The library to preload, where asked for.
        package var injectedLibrary: String?
        /// Whether Java is led too.
        package var includesJava = false

        package init(
            inherited: [String: String], folder: String, port: Int, token: String?, authorityPEM: String,
            hosts: [HostPattern]
        ) {
            self.inherited = inherited
            self.folder = folder
            self.port = port
            self.token = token
            self.authorityPEM = authorityPEM
            self.hosts = hosts
        }
    }

    /// What to set, by name; nothing is taken away.
    package private(set) var changes: [String: String] = [:]
    /// What a person should know, a line each.
    package private(set) var notices: [String] = []

    /// Writes the files into the folder and names them in the variables.
    package init(_ request: Request) throws(FileError) {
        var bundles = TrustBundles(
            folder: request.folder, authorityPEM: request.authorityPEM, environment: request.inherited)
        setProxy(request)
        try setTrust(request, &bundles)
        try setNode(request, &bundles)
        try setOthers(request, &bundles)
        if request.includesJava { try setJava(request, &bundles) }
        if let library = request.injectedLibrary { try setInjection(request, library, &bundles) }
        // For a library in the child that records by itself: it can stand down and leave it to us.
        changes["TRAINLOOP_RUN"] = "1"
        changes.merge(request.gatewayVariables) { _, gateway in gateway }
        notices = bundles.notices + Self.exceptions(inherited: request.inherited, hosts: request.hosts)
        if request.gatewayVariables.isEmpty { notices += Self.onThisMachine(request.hosts) }
    }

    private mutating func setProxy(_ request: Request) {
        let credentials = request.token.map { "trainloop:\($0)@" } ?? ""
        // Ruby asks for HTTP_PROXY even where the URL is https.
        for name in ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"] {
            changes[name] = "http://\(credentials)127.0.0.1:\(request.port)"
        }
        let inherited = request.inherited["no_proxy"].flatMap { $0.isEmpty ? nil : $0 } ?? request.inherited["NO_PROXY"]
        let entries = (inherited.map { $0.isEmpty ? [] : [$0] } ?? []) + ["localhost", "127.0.0.1", "::1"]
        for name in ["NO_PROXY", "no_proxy"] { changes[name] = entries.joined(separator: ",") }
    }

    private mutating func setTrust(_ request: Request, _ bundles: inout TrustBundles) throws(FileError) {
        changes["SSL_CERT_FILE"] = try bundles.replacing(["SSL_CERT_FILE"])
        changes["CURL_CA_BUNDLE"] = try bundles.replacing(["CURL_CA_BUNDLE", "SSL_CERT_FILE"])
        changes["REQUESTS_CA_BUNDLE"] = try bundles.replacing(["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
        changes["AWS_CA_BUNDLE"] = try bundles.replacing(["AWS_CA_BUNDLE"])
        changes["PERL_LWP_SSL_CA_FILE"] = try bundles.replacing(["PERL_LWP_SSL_CA_FILE"])
        // Known to few systems: extended where they are set, since there they stand before the others.
        for name in ["NIX_SSL_CERT_FILE", "HTTPLIB2_CA_CERTS"] where !(request.inherited[name] ?? "").isEmpty {
            changes[name] = try bundles.replacing([name])
        }
        changes["DENO_CERT"] = try bundles.adding(to: "DENO_CERT")
        changes["NODE_EXTRA_CA_CERTS"] = try bundles.adding(to: "NODE_EXTRA_CA_CERTS")
    }

    private mutating func setNode(_ request: Request, _ bundles: inout TrustBundles) throws(FileError) {
        changes["NODE_USE_ENV_PROXY"] = "1"
        let path = "\(request.folder)/node-hook.cjs"
        try SmallFile.write(
            NodeHook.source(hosts: request.hosts, port: request.port), to: path, mode: SmallFile.readableByAll)
        changes["NODE_OPTIONS"] = NodeHook.options(loading: path, inherited: request.inherited["NODE_OPTIONS"])
    }

    /// wget and PHP obey the proxy's variables and read their certificates from files of their own.
    private mutating func setOthers(_ request: Request, _ bundles: inout TrustBundles) throws(FileError) {
        let bundle = try bundles.replacing([])
        let wget = "\(request.folder)/wgetrc"
        let home = request.inherited["HOME"] ?? ""
        let own = request.inherited["WGETRC"] ?? "\(home)/.wgetrc"
        let ownContent = (try? SmallFile.read(own)) ?? []
        // What the user's own file says may be a password.
        try SmallFile.write(
            ownContent + Array("\nca_certificate = \(bundle)\n".utf8), to: wget,
            mode: ownContent.isEmpty ? SmallFile.readableByAll : SmallFile.ownersAlone)
        changes["WGETRC"] = wget

        let php = "\(request.folder)/php"
        try SmallFile.makeFolder(php)
        try SmallFile.admitAll(to: php, isListed: true)
        try SmallFile.write(
            "curl.cainfo = \"\(bundle)\"\nopenssl.cafile = \"\(bundle)\"\n", to: "\(php)/trainloop.ini",
            mode: SmallFile.readableByAll)
        // An empty part stands for the folder that PHP was built with.
        changes["PHP_INI_SCAN_DIR"] = "\(request.inherited["PHP_INI_SCAN_DIR"] ?? ""):\(php)"
    }

    private mutating func setJava(_ request: Request, _ bundles: inout TrustBundles) throws(FileError) {
        let store = "\(request.folder)/trust.jks"
        let base = bundles.base(of: nil, fallsBackToSystem: true)
        try SmallFile.write(
            JavaTrustStore.bytes(certificatesPEM: String(decoding: base, as: UTF8.self) + request.authorityPEM),
            to: store, mode: SmallFile.readableByAll)
        let properties = [
            "http.proxyHost=127.0.0.1", "http.proxyPort=\(request.port)",
            "https.proxyHost=127.0.0.1", "https.proxyPort=\(request.port)",
            "javax.net.ssl.trustStore=\(store)", "javax.net.ssl.trustStoreType=JKS",
            "javax.net.ssl.trustStorePassword=\(JavaTrustStore.password)",
        ]
        let options = properties.map { $0.contains(" ") ? "\"-D\($0)\"" : "-D\($0)" }
        let inherited = request.inherited["JAVA_TOOL_OPTIONS"].map { [$0] } ?? []
        changes["JAVA_TOOL_OPTIONS"] = (inherited + options).joined(separator: " ")
    }

    private mutating func setInjection(
        _ request: Request, _ library: String, _ bundles: inout TrustBundles
    ) throws(FileError) {
        let inherited = request.inherited["LD_PRELOAD"].flatMap { $0.isEmpty ? nil : [$0] } ?? []
        changes["LD_PRELOAD"] = (inherited + [library]).joined(separator: ":")
        changes["TRAINLOOP_INJECT_PORT"] = String(request.port)
        changes["TRAINLOOP_INJECT_HOSTS"] = request.hosts.map(\.text).joined(separator: ",")
        changes["TRAINLOOP_INJECT_BUNDLE"] = try bundles.replacing([])
    }

    /// Says which captured hosts the inherited `NO_PROXY` keeps from the proxy.
    static func exceptions(inherited: [String: String], hosts: [HostPattern]) -> [String] {
        let value = inherited["no_proxy"] ?? inherited["NO_PROXY"] ?? ""
        let entries = value.split(whereSeparator: { $0 == "," || $0 == " " }).map { $0.lowercased() }
        let covered = hosts.filter { host in
            guard !isLoopback(host) else { return false }
            let name = host.name.hasPrefix("*.") ? host.name.dropFirst(2) : host.name[...]
            return entries.contains { entry in
                let domain =
                    entry.hasPrefix("*.") ? entry.dropFirst(2) : entry.hasPrefix(".") ? entry.dropFirst() : entry[...]
                return domain == "*" || name == domain || name.hasSuffix("." + domain)
            }
        }
        guard let first = covered.first?.text else { return [] }
        let others = covered.count > 1 ? " and \(covered.count - 1) more" : ""
        return ["NO_PROXY keeps \(first)\(others) from the proxy; most clients will not be recorded there"]
    }

    /// Says which hosts of this machine the user has listed: no client asks a proxy for them.
    static func onThisMachine(_ hosts: [HostPattern]) -> [String] {
        hosts.filter { isLoopback($0) && !DefaultHosts.patterns.contains($0.text) }.map {
            "\($0.text) is this machine, which clients reach without a proxy; --gateway records it by the variables of base URLs"
        }
    }

    private static func isLoopback(_ host: HostPattern) -> Bool {
        host.name == "localhost" || host.name.hasPrefix("127.") || host.name == "::1"
    }
}
