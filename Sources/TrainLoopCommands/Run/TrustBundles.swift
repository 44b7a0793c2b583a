// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Files of certificates for clients that take one: what they trusted before, and our own authority.
struct TrustBundles {
    /// Where systems keep the certificates that they trust, as one file.
    static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt",  // Debian, Ubuntu, Arch, Alpine
        "/etc/pki/tls/certs/ca-bundle.crt",  // Fedora, Red Hat
        "/etc/ssl/ca-bundle.pem",  // SUSE
        "/etc/ssl/cert.pem",  // macOS, the BSDs
    ]

    private let folder: String
    private let authorityPEM: String
    private let environment: [String: String]
    private var written: [String: String] = [:]
    /// What a person should know, a line each.
    private(set) var notices: [String] = []

    /// - Parameters:
    ///   - folder: where the files are written.
    ///   - environment: the one whose variables say what was trusted before.
    init(folder: String, authorityPEM: String, environment: [String: String]) {
        self.folder = folder
        self.authorityPEM = authorityPEM
        self.environment = environment
    }

    /// A file of what the first of `variables` that is set names, else of what the system trusts, and our authority.
    mutating func replacing(_ variables: [String]) throws(FileError) -> String {
        let name = variables.first { !(environment[$0] ?? "").isEmpty }
        return try bundle(base: name, fallsBackToSystem: true)
    }

    /// A file of what `variable` names, if it is set, and our authority: for variables that add to what is trusted.
    mutating func adding(to variable: String) throws(FileError) -> String {
        let isSet = !(environment[variable] ?? "").isEmpty
        return try bundle(base: isSet ? variable : nil, fallsBackToSystem: false)
    }

    /// The certificates that the bundle of `variables` begins with, as PEM text.
    mutating func base(of variable: String?, fallsBackToSystem: Bool) -> [UInt8] {
        if let variable, let path = environment[variable] {
            if let content = Self.certificates(at: path) { return content }
            notices.append("\(variable) names \(path), which holds no certificates that can be read")
        }
        guard fallsBackToSystem else { return [] }
        for path in Self.systemFiles {
            if let content = Self.certificates(at: path) { return content }
        }
        let message = "this system's certificates were not found; name their file in SSL_CERT_FILE"
        if !notices.contains(message) { notices.append(message) }
        return []
    }

    private mutating func bundle(base variable: String?, fallsBackToSystem: Bool) throws(FileError) -> String {
        let source = variable.flatMap { environment[$0] } ?? (fallsBackToSystem ? "system" : "none")
        if let path = written[source] { return path }
        var content = base(of: variable, fallsBackToSystem: fallsBackToSystem)
        if let last = content.last, last != UInt8(ascii: "\n") { content.append(UInt8(ascii: "\n")) }
        let path = "\(folder)/\(source == "none" ? "certificate" : "bundle-\(written.count + 1)").pem"
        try SmallFile.write(content + Array(authorityPEM.utf8), to: path, mode: SmallFile.readableByAll)
        written[source] = path
        return path
    }

    /// The content of a file, or of all files of a folder, with certificates; nil when there is none.
    private static func certificates(at path: String) -> [UInt8]? {
        if let content = try? SmallFile.read(path) { return content.isEmpty ? nil : content }
        let names = SmallFile.names(in: path).sorted()
        let contents = names.compactMap { try? SmallFile.read("\(path)/\($0)") }
        let joined = Array(contents.filter { $0.starts(with: "-----BEGIN".utf8) }.joined(separator: "\n".utf8))
        return joined.isEmpty ? nil : joined
    }
}
