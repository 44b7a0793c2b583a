// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// The whole way, with clients that need nothing installed; `make proof` runs all.
@Suite(.serialized) struct IntegrationTestsCommandTests {
    private static let repository = Programs.fixtures.appending(path: "../../..").standardizedFileURL
    private let folder: ScratchFolder

    /// A catalogue of the test's own, with the programs of the repository.
    init() throws {
        folder = try ScratchFolder()
        let integration = folder.url.appending(path: "Integration")
        try FileManager.default.createDirectory(at: integration, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: integration.appending(path: "programs"),
            withDestinationURL: Self.repository.appending(path: "Integration/programs"))
        let list = """
            {"name":"http.client","program":"python/http_client.py","install":[],"plugins":[],"reach":"preload"}
            {"name":"curl","program":"curl_client.sh","command":["sh","{program}"],"version":["curl","--version"]}
            {"name":"none","program":"curl_client.sh","command":["no-such-interpreter"]}
            """
        try list.write(to: integration.appending(path: "catalogue.jsonl"), atomically: true, encoding: .utf8)
    }

    private func tests(_ options: String...) async throws -> ProcessOutcome {
        try await Programs.run(
            [
                Programs.trainloop, "integration-tests", "--programs", "Integration", "--python-package",
                Self.repository.appending(path: "Python").path,
            ] + options, environment: ["XDG_CACHE_HOME": folder.url.appending(path: "cache").path], folder: folder.url)
    }

    @Test func `a client of Python's own library is proved, and one that is not there is skipped`() async throws {
        guard Programs.find("python3") != nil else { try Test.cancel("SKIP: python3 is not installed") }
        let outcome = try await tests("--test", "http.client", "none", "--scenario", "tool-call", "--verbose")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
        #expect(outcome.output.contains(", tool-call, run, simulated: 1 exchange, "))
        #expect(outcome.output.contains("SKIP none, tool-call, run, simulated: no-such-interpreter is not installed"))
        #expect(outcome.output.contains("/events/"), "verbose shows files")
        #expect(!outcome.output.contains("sk-canary"), "a key is printed")
    }

    @Test(arguments: [
        ("host-list", "api.openai.com is not on the allow-list (host.invalid)"),
        ("folder", "bare.out/data writable?"), ("not-collecting", "was not run under `trainloop run`"),
        ("altered-record", "truth: status is \"not ok\", the library has \"ok\""),
        ("lost-record", "2 records were written, and 1 are there"), ("doubled-record", "once: a record too many"),
        ("leaked-key", "clean: a key is in events/"), ("changed-output", "with us 'one line more'"),
    ])
    func `capture that is broken on purpose fails, and the cause is named`(_ kind: String, _ cause: String) async throws
    {
        guard Programs.find("curl") != nil else { try Test.cancel("SKIP: curl is not installed") }
        let outcome = try await tests("--test", "curl", "--scenario", "plain", "--sabotage", kind)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains(cause), "\(outcome.output)")
    }

    @Test func `nothing proved is no success, and a name that matches nothing lists the names`() async throws {
        let skipped = try await tests("--test", "none")
        #expect(skipped.status == 1)
        #expect(skipped.output.contains("nothing was proved"))
        let unknown = try await tests("--test", "gopher")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("There are: http.client, curl, none."))
    }

    @Test func `without a key the live test is skipped, and a failure where it is required`() async throws {
        let outcome = try await tests("--live", "--test", "curl", "--require", "curl")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("SKIP curl, smoke, run, live: it has no live test"))
        #expect(outcome.output.contains("FAIL curl is required, and skipped"))
    }

    @Test func `a program of one's own is held to its number of calls`() async throws {
        guard Programs.find("curl") != nil else { try Test.cancel("SKIP: curl is not installed") }
        let program = folder.url.appending(path: "own.sh")
        let text = """
            #!/bin/sh
            curl --silent --fail https://api.openai.com/v1/chat/completions -H "Authorization: Bearer $OPENAI_API_KEY" \
            -d '{"model":"m","messages":[{"role":"user","content":"Hello"}]}'
            """
        try await Programs.write(text, to: program)
        let right = try await tests("--program", "own.sh", "--expect-calls", "1")
        #expect(right.status == 0, "\(right.output)\(right.errors)")
        let wrong = try await tests("--program", "own.sh", "--expect-calls", "2")
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("once: 2 calls are expected, 1 records are there"))
    }
}
