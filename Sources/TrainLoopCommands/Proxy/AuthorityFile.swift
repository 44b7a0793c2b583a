// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCertificates

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The authority of the long-lived proxy, kept in a file of mode 0600 so that clients trust it across restarts.
///
/// The file begins with lines that tell when the certificate expires and which domains it may name; then certificate and
/// key follow as PEM. A new authority is made when the old one expires within 30 days, or serves other domains.
package struct AuthorityFile {
    /// Below the 398 days that clients accept at most.
    package static let lifetimeDays = 365
    private static let renewalSeconds = 30 * 86_400

    package let authority: CertificateAuthority
    private let path: String
    /// What the file is to hold; nil where it holds it.
    private let content: String?

    /// Whether clients have to trust anew.
    package var isNew: Bool { content != nil }

    /// Reads the authority, or makes a new one, which is not written yet.
    ///
    /// - Parameters:
    ///   - path: absolute; its folder exists.
    ///   - now: seconds since 1970.
    package init(path: String, permittedDomains: [String], now: Int = time(nil)) throws {
        self.path = path
        let domains = permittedDomains.sorted().joined(separator: ",")
        if let kept = try Self.read(path), kept.domains == domains, kept.expiry - now > Self.renewalSeconds,
            let authority = try? CertificateAuthority(serialized: kept.serialized)
        {
            self.authority = authority
            content = nil
            return
        }
        authority = try CertificateAuthority(
            commonName: "TrainLoop proxy of this machine", permittedDomains: permittedDomains,
            lifetimeDays: Self.lifetimeDays)
        let serialized = try authority.serialized
        content = "# expires: \(now + Self.lifetimeDays * 86_400)\n# domains: \(domains)\n\(serialized)"
    }

    /// Puts a new authority in the place of the one in the file.
    package func save() throws(FileError) {
        if let content { try SmallFile.write(content, to: path) }
    }

    private static func read(_ path: String) throws(FileError) -> (expiry: Int, domains: String, serialized: String)? {
        let content: [UInt8]
        do {
            content = try SmallFile.read(path)
        } catch {
            guard error.errorNumber == ENOENT else { throw error }
            return nil
        }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            // A key that others could read is no secret any more.
            return nil
        }
        let lines = String(decoding: content, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        guard lines.count > 2, lines[0].hasPrefix("# expires: "), lines[1].hasPrefix("# domains: "),
            let expiry = Int(lines[0].dropFirst(11))
        else { return nil }
        return (expiry, String(lines[1].dropFirst(11)), lines.dropFirst(2).joined(separator: "\n"))
    }
}
