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
            {"name":"broken","program":"curl_client.sh","build":["sh","-c","exit 7"],"command":["sh"]}
            {"name":"silent","program":"curl_client.sh","command":["sh","-c","echo EXPECT []"]}
            """
        try list.write(to: integration.appending(path: "catalogue.jsonl"), atomically: true, encoding: .utf8)
    }

    private func command(_ options: [String]) -> [String] {
        [
            Programs.trainloop, "integration-tests", "--programs", "Integration", "--python-package",
            Self.repository.appending(path: "Python").path,
        ] + options
    }

    private func tests(_ options: String...) async throws -> ProcessOutcome { try await tests(options) }

    private func tests(_ options: [String], environment: [String: String] = [:]) async throws -> ProcessOutcome {
        let cache = ["XDG_CACHE_HOME": folder.url.appending(path: "cache").path]
        return try await Programs.run(
            command(options), environment: cache.merging(environment) { $1 }, folder: folder.url)
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
        ("folder", "program.out/data writable?"), ("not-collecting", "was not run under `trainloop run`"),
        ("unparsed-record", "api is \"unknown\", of a call that the library knows"),
        ("altered-record", "truth: status is \"not ok\", the library has \"ok\""),
        ("lost-record", "2 records were written, and 1 are there"), ("doubled-record", "once: a record too many"),
        ("leaked-key", "clean: a key is in data/events/"), ("changed-output", "with us 'one line more'"),
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
        #expect(unknown.errors.contains("There are: http.client, curl, none, broken, silent."))
    }

    @Test func `a program that does not compile, or reports no call, is a failure`() async throws {
        let outcome = try await tests("--test", "broken", "silent", "--scenario", "plain")
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("FAIL broken, plain, run, simulated\n       program: sh: exit 7"))
        #expect(outcome.output.contains("it fails without us: it reports no call"), "\(outcome.output)")
    }

    @Test(arguments: [
        (["--scenario", "fork"], "SKIP curl, fork, run, simulated: its program has no fork"),
        (
            ["--scenario", "plain", "--route", "in-process"],
            "SKIP curl, plain, in-process, simulated: there is no SDK for it"
        ),
    ])
    func `what is asked for and cannot be done is told`(_ options: [String], _ line: String) async throws {
        let outcome = try await tests(["--test", "curl"] + options)
        #expect(outcome.status == 1)
        #expect(outcome.output.contains(line), "\(outcome.output)")
    }

    @Test(arguments: [
        (["--live", "--scenario", "plain"], "--scenario plain is asked of the simulator alone"),
        (["--upstream", "local-model", "--scenario", "fork"], "--scenario fork is asked of the simulator alone"),
        (["--program", "p", "--expect-calls", "0"], "--expect-calls is a number above 0"),
        (["--program", "p", "--expect-calls", "1", "--test", "curl"], "--program and --test exclude each other"),
        (["--program", "p", "--expect-calls", "1", "--matrix"], "--program and --matrix exclude each other"),
        (["--program", "p", "--expect-calls", "1", "--scenario", "plain"], "--program and --scenario exclude"),
        (["--program", "p", "--expect-calls", "1", "--sabotage", "folder"], "--program and --sabotage exclude"),
    ])
    func `options that would have no effect are refused`(_ options: [String], _ message: String) async throws {
        let outcome = try await tests(options)
        #expect(outcome.status == 64)
        #expect(outcome.errors.contains(message), "\(outcome.errors)")
    }

    @Test func `a report that cannot be written is refused before anything is run`() async throws {
        for (path, reason) in [("none/r.json", "none is not there"), ("Integration", "it is a folder")] {
            let outcome = try await tests("--test", "none", "--report-json", path)
            #expect(outcome.status == 2)
            #expect(outcome.output.isEmpty && outcome.errors.contains(reason), "\(outcome.errors)")
        }
    }

    @Test(arguments: [(SIGHUP, 129), (SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)])
    func `a run that is interrupted leaves no program and no folder`(_ signal: Int32, _ status: Int32) async throws {
        let told = folder.url.appending(path: "told")
        #expect(mkfifo(told.path, 0o600) == 0)
        try await Programs.write(
            "#!/bin/sh\necho $$ > \(told.path)\nsleep 600\n", to: folder.url.appending(path: "slow.sh"))
        let temporary = folder.url.appending(path: "temporary")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
        let run = try Programs.start(
            command(["--program", "slow.sh", "--expect-calls", "1"]), environment: ["TMPDIR": temporary.path],
            folder: folder.url)
        // Waits for the program to open the other end.
        let process = try await Programs.run(["/bin/cat", told.path]).output.trimmingCharacters(in: .newlines)
        run.signal(signal)
        #expect(await run.status() == status)
        // Killed, it may not be reaped yet by whoever inherits it.
        let state = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        #expect(!process.isEmpty && (state.isEmpty || state.contains(") Z ")), "\(state)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
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
        let right = try await tests("--program", "own.sh", "--expect-calls", "1", "--verbose")
        #expect(right.status == 0, "\(right.output)\(right.errors)")
        #expect(right.output.contains("     exit 0 after ") && right.output.contains("/events/"), "\(right.output)")
        let wrong = try await tests("--program", "own.sh", "--expect-calls", "2")
        #expect(wrong.status == 1)
        #expect(wrong.output.contains("once: 2 calls are expected, 1 records are there"))
    }

    @Test func `a program of one's own may call any provider that is simulated`() async throws {
        guard Programs.find("curl") != nil else { try Test.cancel("SKIP: curl is not installed") }
        let text = """
            #!/bin/sh
            curl --silent --fail https://api.anthropic.com/v1/messages -H "x-api-key: $ANTHROPIC_API_KEY" \\
            -H "anthropic-version: 2023-06-01" \\
            -d '{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"Hello"}]}'
            """
        try await Programs.write(text, to: folder.url.appending(path: "own.sh"))
        let outcome = try await tests("--program", "own.sh", "--expect-calls", "1")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    }

    @Test func `in a live run every key of a provider is looked for, and none is told`() async throws {
        let text = """
            #!/bin/sh
            mkdir -p "$TRAINLOOP_DATA_FOLDER/events"
            printf '{"note":"%s"}\\n' "$ANTHROPIC_API_KEY" > "$TRAINLOOP_DATA_FOLDER/events/1.jsonl"
            printf '%0195d%s\\n' 0 "$ANTHROPIC_API_KEY"
            """
        try await Programs.write(text, to: folder.url.appending(path: "own.sh"))
        let outcome = try await tests(
            ["--live", "--program", "own.sh", "--expect-calls", "1", "--route", "in-process", "--verbose"],
            environment: ["ANTHROPIC_API_KEY": "sk-true-000000000000"])
        #expect(outcome.status == 1)
        #expect(outcome.output.contains("clean: a key is in data/events/1.jsonl"), "\(outcome.output)")
        #expect(!outcome.output.contains("sk-tr") && outcome.output.contains("[key]"), "\(outcome.output)")
    }
}
