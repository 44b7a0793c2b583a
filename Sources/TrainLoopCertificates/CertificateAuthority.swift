// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Crypto
import FoundationEssentials
import NIOCore
package import NIOSSL
import SwiftASN1
import Synchronization
import X509

/// A certificate authority for the ends of TLS on this machine: the intercepting proxy and the simulator.
///
/// P-256. The certificate's name constraints (critical; RFC 5280, 4.2.1.10) bar it from every host but the permitted ones
/// and loopback addresses. Leaves are minted per host, share one key and are cached. Thread-safe.
package final class CertificateAuthority: Sendable {
    /// Clocks of machines differ; certificates are valid from an hour ago.
    private static let backdatingSeconds: Double = 3600
    /// What clients accept for a server's certificate at the most: 397 days.
    package static let maximumLifetimeDays = 397
    /// Hosts whose contexts are kept; the allow-list has fewer, and a client cannot grow it further.
    private static let maximumContextCount = 512

    private let certificate: Certificate
    private let key: Certificate.PrivateKey
    private let leafKey: Certificate.PrivateKey
    private let contexts = Mutex<[String: NIOSSLContext]>([:])

    /// The certificate that clients must trust, as PEM.
    package let certificatePEM: String

    /// - Parameters:
    ///   - commonName: what a person reads in a certificate viewer.
    ///   - permittedDomains: DNS subtrees that leaves may name; IP addresses of loopback are always permitted.
    ///   - lifetimeDays: days until the certificate and its leaves expire; clamped to `maximumLifetimeDays`.
    package convenience init(
        commonName: String, permittedDomains: [String], lifetimeDays: Int = maximumLifetimeDays
    ) throws {
        let lifetimeDays = min(lifetimeDays, Self.maximumLifetimeDays)
        let key = Certificate.PrivateKey(P256.Signing.PrivateKey())
        let name = try DistinguishedName { CommonName(commonName) }
        let now = Date()
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: key.publicKey,
            notValidBefore: now.addingTimeInterval(-Self.backdatingSeconds),
            notValidAfter: now.addingTimeInterval(Double(lifetimeDays) * 86_400), issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: key.publicKey)
                Critical(
                    NameConstraints(
                        permittedDNSDomains: NameConstraints.DNSNames(permittedDomains),
                        permittedIPRanges: NameConstraints.IPRanges(Self.loopbackRanges)))
            }, issuerPrivateKey: key)
        try self.init(certificate: certificate, key: key)
    }

    /// Takes up an authority that `serialized` gave, certificate and private key as PEM.
    package convenience init(serialized: String) throws {
        let documents = try PEMDocument.parseMultiple(pemString: serialized)
        guard let certificate = documents.first(where: { $0.discriminator == "CERTIFICATE" }),
            let key = documents.first(where: { $0.discriminator.hasSuffix("PRIVATE KEY") })
        else {
            throw CertificateAuthorityError(
                message: "it does not hold a certificate and a private key in PEM; remove it and a new one is made")
        }
        try self.init(
            certificate: Certificate(pemDocument: certificate), key: Certificate.PrivateKey(pemDocument: key))
    }

    private init(certificate: Certificate, key: Certificate.PrivateKey) throws {
        self.certificate = certificate
        self.key = key
        self.leafKey = Certificate.PrivateKey(P256.Signing.PrivateKey())
        self.certificatePEM = try certificate.serializeAsPEM().pemString + "\n"
    }

    /// Certificate and private key as PEM, for a file of mode 0600.
    package var serialized: String {
        get throws { certificatePEM + (try key.serializeAsPEM().pemString) + "\n" }
    }

    /// Seconds from now until the certificate expires; negative when it has.
    package var remainingSeconds: Double {
        certificate.notValidAfter.timeIntervalSinceNow
    }

    /// The DNS subtrees that leaves may name.
    package var permittedDomains: [String] {
        get throws { try certificate.extensions.nameConstraints.map { Array($0.permittedDNSDomains) } ?? [] }
    }

    /// A server context for `host` (DNS name or IP address) that offers only `http/1.1` by ALPN.
    ///
    /// - Throws: when the host is not among the permitted domains, or no name at all.
    package func serverContext(host: String) throws -> NIOSSLContext {
        let host = host.lowercased()
        if let context = contexts.withLock({ $0[host] }) { return context }
        let context = try NIOSSLContext(configuration: serverConfiguration(host: host))
        contexts.withLock { contexts in
            if contexts.count >= Self.maximumContextCount { contexts.removeAll() }
            contexts[host] = context
        }
        return context
    }

    /// What `serverContext` is made of, with a new leaf.
    package func serverConfiguration(host: String) throws -> TLSConfiguration {
        let name = try alternativeName(host)
        let now = Date()
        let leaf = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: leafKey.publicKey,
            notValidBefore: now.addingTimeInterval(-Self.backdatingSeconds),
            notValidAfter: certificate.notValidAfter, issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(Self.commonName(host, name)) },
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames([name])
                SubjectKeyIdentifier(hash: leafKey.publicKey)
                AuthorityKeyIdentifier(keyIdentifier: SubjectKeyIdentifier(hash: key.publicKey).keyIdentifier)
            }, issuerPrivateKey: key)
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try Self.forTLS(leaf)), .certificate(try Self.forTLS(certificate))],
            privateKey: .privateKey(
                try NIOSSLPrivateKey(bytes: Array(leafKey.serializeAsPEM().pemString.utf8), format: .pem)))
        configuration.applicationProtocols = ["http/1.1"]
        configuration.shutdownTimeout = .seconds(1)
        return configuration
    }

    private static func forTLS(_ certificate: Certificate) throws -> NIOSSLCertificate {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return try NIOSSLCertificate(bytes: serializer.serializedBytes, format: .der)
    }

    // MARK: - Names

    /// 127.0.0.0/8 and ::1/128, as address and mask.
    private static let loopbackRanges = [
        ASN1OctetString(contentBytes: [127, 0, 0, 0, 255, 0, 0, 0]),
        ASN1OctetString(
            contentBytes: [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 255, count: 16)[...]),
    ]

    private func alternativeName(_ host: String) throws -> GeneralName {
        if host == "::1" {
            return .ipAddress(ASN1OctetString(contentBytes: [UInt8](repeating: 0, count: 15) + [1][...]))
        }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        if octets.count == 4, octets.allSatisfy({ $0 != nil }) {
            let address = octets.compactMap(\.self)
            guard address[0] == 127 else { throw refusal(host) }
            return .ipAddress(ASN1OctetString(contentBytes: address[...]))
        }
        let isPermitted = try permittedDomains.contains { host == $0 || host.hasSuffix(".\($0)") }
        guard isPermitted, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { throw refusal(host) }
        return .dnsName(host)
    }

    /// The alternative name is what counts; the common name must not stand in its way.
    ///
    /// Longer than 64 characters it is invalid (RFC 5280, A.1). And an address in it is a DNS name to OpenSSL, which then
    /// finds it outside of the authority's domains.
    private static func commonName(_ host: String, _ name: GeneralName) -> String {
        guard case .dnsName = name, host.utf8.count <= 64 else { return "TrainLoop" }
        return host
    }

    private func refusal(_ host: String) -> CertificateAuthorityError {
        CertificateAuthorityError(message: "this authority may not vouch for \(host)")
    }
}

/// What an authority cannot do.
package struct CertificateAuthorityError: Error, Sendable, CustomStringConvertible {
    package var message: String

    package var description: String { message }
}
