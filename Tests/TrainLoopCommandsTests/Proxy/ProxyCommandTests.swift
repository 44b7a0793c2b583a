// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCommands

/// `trainloop proxy` as a process.
@Suite(.serialized) struct ProxyCommandTests {
    private let scratch: ScratchFolder

    init() throws {
        scratch = try ScratchFolder()
    }

    private func start(
        _ options: [String] = [], state: String = "state", environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try Programs.start(
            [Programs.trainloop, "proxy", "--folder", state, "--data-folder", "data"] + options,
            environment: environment, folder: scratch.url)
    }

    /// The files of a state folder by their names.
    private func files(_ state: String) throws -> [String: Data] {
        let folder = scratch.url.appending(path: state)
        var files: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
            files[name] = try? Data(contentsOf: folder.appending(path: name))
        }
        return files
    }

    private func variables(_ program: RunningProgram) async -> [String: String] {
        let lines = await program.output.lines { $0.hasPrefix("# Clients") }
        let exports = lines.compactMap { line -> (String, String)? in
            guard line.hasPrefix("export "), let equals = line.firstIndex(of: "=") else { return nil }
            return (String(line[..<equals].dropFirst(7)), String(line[line.index(after: equals)...]))
        }
        return Dictionary(exports, uniquingKeysWith: { $1 })
    }

    private func bundle(_ variables: [String: String]) throws -> String {
        try String(contentsOfFile: #require(variables["SSL_CERT_FILE"]), encoding: .utf8)
    }

    @Test func `authority and token are the same from one start to the next, and a signal ends it well`() async throws {
        let first = try start(["--port", "0"])
        let firstVariables = await variables(first)
        let firstBundle = try bundle(firstVariables)
        first.signal(SIGTERM)
        #expect(await first.status() == 0)
        #expect(
            await first.errors.text()
                == """
                trainloop: made a new certificate authority: programs must be started anew
                trainloop: 0 exchanges seen, 0 recorded, 0 unparsed, 0 bypassed -> data

                """)

        let second = try start(["--port", "0"])
        let secondVariables = await variables(second)
        #expect(try bundle(secondVariables) == firstBundle)
        second.signal(SIGINT)
        #expect(await second.status() == 0)
        #expect(await second.errors.text().split(separator: "\n").count == 1)
        let addresses = [firstVariables, secondVariables].map { $0["HTTPS_PROXY"]?.split(separator: "@").first }
        #expect(addresses[0] == addresses[1])
        #expect(addresses[0]?.utf8.count == "http://trainloop:".utf8.count + 32)
    }

    @Test func `a port that is taken, and options that contradict each other, are told`() async throws {
        let first = try start(["--port", "0", "--no-token"])
        let address = try #require(await variables(first)["HTTPS_PROXY"])
        #expect(address.hasPrefix("http://127.0.0.1:"))
        let port = String(address.split(separator: ":").last ?? "")
        let second = try start(["--port", port], state: "other")
        #expect(await second.status() == 125)
        #expect(await second.errors.text().contains("cannot listen on 127.0.0.1:\(port)"))
        first.signal(SIGTERM)
        #expect(await first.status() == 0)
        for options in [["--token", "a", "--no-token"], ["--java"], ["--port", "70000"], ["--token", "a b"]] {
            #expect(try await Programs.run([Programs.trainloop, "proxy"] + options).status == 64)
        }
    }

    @Test func `a folder serves one proxy at a time, and a second one changes nothing in it`() async throws {
        let first = try start(["--port", "0"])
        _ = await variables(first)
        let before = try files("state")
        let path = scratch.url.appending(path: "state").path
        let error = await #expect(throws: RunError.self) {
            try await StateFolder(path, patience: .milliseconds(200))
        }
        #expect(error?.message.hasPrefix("another trainloop proxy uses \(path); ") ?? false)
        #expect(error?.message.contains("--folder") ?? false)
        #expect(try files("state") == before)
        // One that is started before the other has ended waits for it.
        let second = try start(["--port", "0"], environment: ["TRAINLOOP_HOST_ALLOWLIST": "llm.example.com"])
        first.signal(SIGTERM)
        #expect(await first.status() == 0)
        _ = await variables(second)
        #expect(try files("state") != before)
        second.signal(SIGTERM)
        #expect(await second.status() == 0)
    }

    @Test func `a proxy that cannot listen leaves the authority as it is`() async throws {
        let first = try start(["--port", "0", "--no-token"])
        let address = try #require(await variables(first)["HTTPS_PROXY"])
        let other = try start(["--port", "0"], state: "other")
        _ = await variables(other)
        other.signal(SIGTERM)
        #expect(await other.status() == 0)
        let before = try files("other")
        let again = try start(
            ["--port", String(address.split(separator: ":").last ?? "")], state: "other",
            environment: ["TRAINLOOP_HOST_ALLOWLIST": "llm.example.com"])
        #expect(await again.status() == 125)
        #expect(try files("other") == before)
        first.signal(SIGTERM)
        #expect(await first.status() == 0)
    }
}
