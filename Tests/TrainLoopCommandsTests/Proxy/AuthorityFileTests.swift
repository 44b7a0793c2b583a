// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCertificates
import TrainLoopCommands

@Suite struct AuthorityFileTests {
    private let scratch: ScratchFolder
    private var path: String { scratch.url.appending(path: "authority.pem").path }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func saved(_ domains: [String], now: Int = 1_800_000_000) throws -> AuthorityFile {
        let file = try AuthorityFile(path: path, permittedDomains: domains, now: now)
        try file.save()
        return file
    }

    @Test func `the authority is the same from one start to the next, and its file its owner's alone`() throws {
        let first = try saved(["b.example", "a.example"])
        let second = try saved(["a.example", "b.example"])
        #expect(first.isNew && !second.isNew)
        #expect(first.authority.certificatePEM == second.authority.certificatePEM)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `it is made anew for other hosts, near its end, and when others could read the key`() throws {
        let first = try saved(["a.example"])
        let otherHosts = try saved(["c.example"])
        #expect(otherHosts.isNew)
        #expect(otherHosts.authority.certificatePEM != first.authority.certificatePEM)
        let later = 1_800_000_000 + (AuthorityFile.lifetimeDays - 31) * 86_400
        #expect(try !saved(["c.example"], now: later).isNew)
        #expect(try saved(["c.example"], now: later + 2 * 86_400).isNew)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(try saved(["c.example"], now: later).isNew)
    }

    @Test func `a file that is no authority is replaced, and one that cannot be read is told`() throws {
        try "garbage".write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        #expect(try saved(["a.example"]).isNew)
        #expect(throws: FileError.self) {
            try AuthorityFile(path: "\(path)/inside", permittedDomains: ["a.example"])
        }
    }
    @Test func `a new authority replaces none until it is saved`() throws {
        let first = try saved(["a.example"])
        #expect(try AuthorityFile(path: path, permittedDomains: ["b.example"], now: 1_800_000_000).isNew)
        let kept = try AuthorityFile(path: path, permittedDomains: ["a.example"], now: 1_800_000_000)
        #expect(!kept.isNew)
        #expect(kept.authority.certificatePEM == first.authority.certificatePEM)
    }
}

@Suite struct ProxyInstructionsTests {
    @Test func `a shell reads each value as it is`() async throws {
        let odd = ["A": "plain", "B": "two words", "C": "it's $HOME `x` \"q\" \\", "D": "", "E": "--require \"/a b\""]
        let text = ProxyInstructions.text(port: 4141, variables: odd, authorityFile: "/a")
        let script = "\(text)printf '%s|' \"$A\" \"$B\" \"$C\" \"$D\" \"$E\""
        let outcome = try await Programs.run(["/bin/sh", "-c", script])
        #expect(outcome.output == "plain|two words|it's $HOME `x` \"q\" \\||--require \"/a b\"|")
        #expect(outcome.errors == "")
    }
}
