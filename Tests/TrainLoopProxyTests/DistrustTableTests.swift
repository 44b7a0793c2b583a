// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCertificates
import TrainLoopCore
import TrainLoopProxy

/// How long a failed handshake is remembered, and of whom.
struct DistrustTableTests {
    private let host = "api.openai.com"
    private let start = Timestamp(nanosecondsSinceEpoch: 0)
    private let later = Timestamp(nanosecondsSinceEpoch: DistrustTable.doubtNanoseconds)

    @Test func `a process that never trusted us is let through for as long as it lives`() {
        let table = DistrustTable()
        table.add(host: host, pid: 7, reason: "r", at: start)
        #expect(table.reason(host: host, pid: 7, at: later) == "r")
        #expect(table.reason(host: host, pid: 8, at: start) == nil)
        #expect(table.reason(host: "api.anthropic.com", pid: 7, at: start) == nil)
    }

    @Test func `a process that has trusted us before is captured again after a while`() {
        let table = DistrustTable()
        table.noteTrust(host: host, pid: 7)
        table.add(host: host, pid: 7, reason: "r", at: start)
        #expect(table.reason(host: host, pid: 7, at: start) == "r")
        #expect(table.reason(host: host, pid: 7, at: later) == nil)
    }

    @Test func `what lasts holds for a process that has trusted us as well`() {
        let table = DistrustTable()
        table.noteTrust(host: host, pid: 7)
        table.add(host: host, pid: 7, reason: "lasting", isLasting: true, at: start)
        #expect(table.reason(host: host, pid: 7, at: later) == "lasting")
    }

    @Test func `where a process is not known, doubt lasts a while`() {
        let table = DistrustTable()
        table.add(host: host, pid: nil, reason: "r", at: start)
        #expect(table.reason(host: host, pid: 7, at: start) == "r")
        #expect(table.reason(host: host, pid: 7, at: later) == nil)
    }

    @Test func `an authority lives as long as clients accept, and no longer`() throws {
        for days in [CertificateAuthority.maximumLifetimeDays, 1000] {
            let authority = try CertificateAuthority(commonName: "t", permittedDomains: [host], lifetimeDays: days)
            #expect((authority.remainingSeconds / 86_400).rounded() == 397)
        }
        let standard = try CertificateAuthority(commonName: "t", permittedDomains: [host])
        #expect(standard.remainingSeconds > 30 * 86_400)
    }
}
