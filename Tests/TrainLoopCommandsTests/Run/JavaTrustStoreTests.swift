// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCertificates
import TrainLoopCommands

@Suite struct JavaTrustStoreTests {
    @Test func `the store has the format's head, an entry per certificate and its digest`() throws {
        let authority = try CertificateAuthority(commonName: "test", permittedDomains: ["example.com"])
        let other = try CertificateAuthority(commonName: "other", permittedDomains: ["example.com"])
        let store = JavaTrustStore.bytes(
            certificatesPEM: "# a comment\n\(authority.certificatePEM)not base64\n\(other.certificatePEM)")
        #expect(Array(store.prefix(12)) == [0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 2])
        #expect(store.count > 12 + 2 * 200 + 20)
    }

    @Test func `Java's own tool reads it`() async throws {
        guard let keytool = Programs.find("keytool") else { try Test.cancel("SKIP keytool is not installed") }
        let scratch = try ScratchFolder()
        let file = scratch.url.appending(path: "trust.jks")
        let authority = try CertificateAuthority(commonName: "Of this test", permittedDomains: ["example.com"])
        try Data(JavaTrustStore.bytes(certificatesPEM: authority.certificatePEM)).write(to: file)
        let outcome = try await Programs.run(
            [keytool, "-list", "-v", "-keystore", file.path, "-storetype", "JKS", "-storepass", "changeit"])
        #expect(outcome.status == 0, "\(outcome.output)")
        #expect(outcome.output.contains("CN=Of this test"))
    }
}
