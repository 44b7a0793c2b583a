// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCommands

@Suite struct CheckupTests {
    private let folder: ScratchFolder

    init() throws {
        folder = try ScratchFolder()
    }

    private func write(_ text: String, to name: String) throws {
        let file = folder.url.appending(path: name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    /// What is wrong.
    private func complaints(_ environment: [String: String] = [:], sitePackages: [String] = []) -> [String] {
        Checkup(environment: environment, project: folder.url.path, sitePackages: sitePackages).findings()
            .filter(\.isWrong).map(\.text)
    }

    @Test func `a folder without anything has nothing wrong`() {
        #expect(complaints().isEmpty)
    }

    @Test func `a configuration that cannot be used is told with its line`() throws {
        try write("trainloop:\n  log_level: loud\n", to: "trainloop.config.yaml")
        let complaint = try #require(complaints().first)
        #expect(complaint.contains("trainloop.config.yaml"))
        #expect(complaint.contains("'loud' is no log level"))
    }

    @Test func `a data folder under a file is told`() throws {
        try write("", to: "file")
        let complaint = try #require(complaints(["TRAINLOOP_DATA_FOLDER": "file/data"]).first)
        #expect(complaint.contains("/file is no folder"))
    }

    @Test func `NO_PROXY that covers a provider is told`() {
        let complaint = complaints(["NO_PROXY": "api.anthropic.com"]).first
        #expect(complaint == "NO_PROXY keeps api.anthropic.com from the proxy; most clients will not be recorded there")
    }

    @Test func `a variable that names no certificates is told`() throws {
        try write("hello", to: "ca.pem")
        let path = folder.url.appending(path: "ca.pem").path
        #expect(complaints(["SSL_CERT_FILE": path]) == ["SSL_CERT_FILE names \(path), which holds no certificate"])
        #expect(
            complaints(["REQUESTS_CA_BUNDLE": "/none.pem"])
                == ["REQUESTS_CA_BUNDLE names /none.pem, which cannot be read"])
        try write("-----BEGIN CERTIFICATE-----\n", to: "ca.pem")
        #expect(complaints(["SSL_CERT_FILE": path]).isEmpty)
    }

    @Test func `TRAINLOOP_RUN outside of a run is told`() {
        #expect(complaints(["TRAINLOOP_RUN": "1"]).first?.hasPrefix("TRAINLOOP_RUN is set") == true)
    }

    @Test(arguments: [
        ("https://llm.internal.example/v1", "llm.internal.example"), ("http://localhost:9999/v1", "localhost:9999"),
    ])
    func `a base URL that leads to a host which is not recorded is told`(_ url: String, _ place: String) {
        let complaint = "OPENAI_BASE_URL leads to \(place), which is not on the allow-list. Add it to host_allowlist."
        #expect(complaints(["OPENAI_BASE_URL": url]) == [complaint])
        #expect(complaints(["OPENAI_BASE_URL": url, "TRAINLOOP_HOST_ALLOWLIST": place]).isEmpty)
    }

    @Test func `the Python package without its extension, and another of its name, are told`() throws {
        let packages = folder.url.appending(path: "packages").path
        try write("", to: "packages/trainloop_llm_logging/__init__.py")
        #expect(complaints(sitePackages: [packages]).first?.contains("is another SDK of that name") == true)
        try write("", to: "packages/trainloop_llm_logging/_recorder.py")
        #expect(complaints(sitePackages: [packages]).first?.contains("lacks its extension") == true)
        try write("", to: "packages/trainloop_llm_logging/_trainloop.abi3.so")
        #expect(complaints(sitePackages: [packages]).isEmpty)
        for version in ["0.9.0", "1.0.0"] {
            try write("", to: "packages/trainloop_llm_logging-\(version).dist-info/METADATA")
        }
        #expect(complaints(sitePackages: [packages]).first?.contains("more than once") == true)
    }

    @Test func `the command says what is wrong, and ends with 1`() async throws {
        try write(#"{"dependencies":{"openai":"^5.0.0"}}"#, to: "package.json")
        let fine = try await Programs.run([Programs.trainloop, "doctor"], folder: folder.url)
        #expect(fine.status == 0, "\(fine.output)\(fine.errors)")
        #expect(fine.output.contains("openai ^5.0.0 (node, package.json)\n      recorded by `trainloop run`; "))
        let wrong = try await Programs.run(
            [Programs.trainloop, "doctor"], environment: ["NO_PROXY": "*"], folder: folder.url)
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("WRONG  NO_PROXY keeps"))
    }
}
