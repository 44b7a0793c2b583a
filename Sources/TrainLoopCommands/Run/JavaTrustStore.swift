// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Crypto
import SwiftASN1

/// A Java key store (format JKS) of trusted certificates, made without Java.
package enum JavaTrustStore {
    /// Java's own default; the store holds nothing secret.
    static let password = "changeit"

    /// The bytes of a store with every certificate of a PEM text.
    package static func bytes(certificatesPEM: String) -> [UInt8] {
        let certificates = derCertificates(certificatesPEM)
        var store: [UInt8] = []
        store.append(bigEndian: UInt32(0xfeed_feed))
        store.append(bigEndian: UInt32(2))
        store.append(bigEndian: UInt32(certificates.count))
        for (index, certificate) in certificates.enumerated() {
            store.append(bigEndian: UInt32(2))
            store.append(javaString: "trainloop-\(index)")
            store.append(bigEndian: UInt64(0))
            store.append(javaString: "X.509")
            store.append(bigEndian: UInt32(certificate.count))
            store += certificate
        }
        // The format's own integrity check: the password in UTF-16, a phrase and the content.
        var digest = Insecure.SHA1()
        digest.update(data: password.utf16.flatMap { [UInt8($0 >> 8), UInt8(truncatingIfNeeded: $0)] })
        digest.update(data: Array("Mighty Aphrodite".utf8))
        digest.update(data: store)
        return store + Array(digest.finalize())
    }

    private static func derCertificates(_ text: String) -> [[UInt8]] {
        let begin = "-----BEGIN CERTIFICATE-----"
        let end = "-----END CERTIFICATE-----"
        var certificates: [[UInt8]] = []
        var block: [Substring]?
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix(begin) { block = [] }
            block?.append(line)
            guard line.hasPrefix(end), let lines = block else { continue }
            block = nil
            if let document = try? PEMDocument(pemString: lines.joined(separator: "\n")) {
                certificates.append(document.derBytes)
            }
        }
        return certificates
    }
}

extension [UInt8] {
    fileprivate mutating func append(bigEndian value: some FixedWidthInteger) {
        for shift in stride(from: value.bitWidth - 8, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// As Java's `DataOutput.writeUTF`, for ASCII.
    fileprivate mutating func append(javaString text: String) {
        append(bigEndian: UInt16(text.utf8.count))
        self += text.utf8
    }
}
