// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// What `trainloop run` records by each of its routes, and what it says where it cannot; by curl, against the simulator.
@Suite(.serialized) struct RunCaptureTests {
    private let scratch: ScratchFolder
    private let simulated: SimulatedProviders
    private static let call = """
        curl -sS "$BASE/chat/completions" -H 'Authorization: Bearer sk-any' -H 'Content-Type: application/json' \
        -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'
        """

    init() async throws {
        guard Programs.find("curl") != nil else { try Test.cancel("SKIP curl is not installed") }
        scratch = try ScratchFolder()
        simulated = try await SimulatedProviders()
    }

    private func run(
        _ script: String, _ options: [String], _ environment: [String: String] = [:]
    ) async throws -> ProcessOutcome {
        var whole = ["BASE": "https://api.openai.com/v1"]
        whole.merge(environment) { $1 }
        return try await Programs.run(
            [Programs.trainloop, "run", "--data-folder", "data", "--strict"] + options + [
                "--", "/bin/sh", "-c", script,
            ],
            environment: whole, folder: scratch.url)
    }

    private func count(_ seen: Int, bypassed: Int = 0) -> String {
        let noun = seen == 1 ? "exchange" : "exchanges"
        return "trainloop: \(seen) \(noun) seen, \(seen) recorded, 0 unparsed, \(bypassed) bypassed -> data\n"
    }

    private func route(_ record: [String: Any]?) -> String? {
        (record?["capture"] as? [String: Any])?["route"] as? String
    }

    @Test func `a base-URL variable that was set leads to the same place, recorded once`() async throws {
        let script = Self.call.replacing("$BASE", with: "$OPENAI_BASE_URL")
        let outcome = try await run(script, ["--gateway"], ["OPENAI_BASE_URL": "http://127.0.0.1:\(simulated.port)/v1"])
        #expect(outcome.status == 0)
        #expect(outcome.output.contains("chat.completion"))
        #expect(outcome.errors == count(1))
        let records = try scratch.records()
        #expect(records.map { $0["api"] as? String } == ["chat"])
        #expect(route(records.first) == "gateway")
        #expect(records.first?["url"] as? String == "http://127.0.0.1:\(simulated.port)/v1/chat/completions")
    }

    @Test func `a tag is given to calls that have none of their own`() async throws {
        let outcome = try await run(
            "\(Self.call) && \(Self.call) -H 'X-Trainloop-Tag: mine'", simulated.runOptions + ["--tag", "nightly"])
        #expect(outcome.errors == count(2))
        #expect(try scratch.records().map { $0["tag"] as? String } == ["nightly", "mine"])
    }

    @Test func `an inherited proxy is where our own connections go`() async throws {
        try #require(!simulated.proxyEnvironment.isEmpty)
        let outcome = try await run(Self.call, [], simulated.proxyEnvironment)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == count(1))
    }

    @Test func `a client that trusts its own roots alone goes past on its next try, and is named`() async throws {
        let two = try await run(
            """
            curl -sS --retry 1 --retry-all-errors --retry-delay 0 --cacert '\(simulated.certificateFile)' \
            -o reply https://api.openai.com/v1/models -H 'Authorization: Bearer sk-any'
            """, simulated.runOptions)
        #expect(two.status == 3, "\(two.errors)")
        #expect(two.errors.contains("bypassed -> data\n"))
        #expect(two.errors.contains("trainloop: not recorded: api.openai.com by curl (pid "))
        #expect(FileManager.default.fileExists(atPath: scratch.url.appending(path: "reply").path))
    }

    @Test func `who does not know the run's token is refused`() async throws {
        let outcome = try await run(
            "curl -sS -x \"${HTTPS_PROXY#*@}\" -o /dev/null -w '%{http_connect}' https://api.openai.com/; exit 0",
            simulated.runOptions)
        #expect(outcome.output == "407")
        #expect(outcome.errors.hasSuffix(count(0)))
    }

    @Test func `a data folder that cannot be written costs the program nothing, and --strict tells`() async throws {
        try "a file".write(to: scratch.url.appending(path: "data"), atomically: true, encoding: .utf8)
        let outcome = try await run(Self.call, simulated.runOptions)
        #expect(outcome.output.contains("chat.completion"))
        #expect(outcome.status == 3)
        #expect(outcome.errors.contains("1 exchange seen, 0 recorded, 0 unparsed, 0 bypassed, 1 dropped -> data\n"))
    }

    @Test func `a descendant's open exchange is waited for`() async throws {
        let slow = Self.call.replacing("\"Hello\"", with: "\"[sim:drip=5] Hello\"").replacing(
            "\"messages\"", with: "\"stream\":true,\"messages\"")
        let outcome = try await run(
            // The descendant tells by its first bytes that its exchange is open; then its parent leaves.
            "mkfifo open; { \(slow) -N | { head -c 1; echo > open; cat; } > reply; } & read x < open; exit 0",
            simulated.runOptions)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == count(1))
        #expect(try scratch.records().map { $0["status"] as? String } == ["ok"])
    }

    @Test func `the long-lived proxy records what its printed variables lead to it`() async throws {
        let proxy = try Programs.start(
            [Programs.trainloop, "proxy", "--port", "0", "--folder", "state", "--data-folder", "data"]
                + simulated.runOptions, folder: scratch.url)
        let lines = await proxy.output.lines { $0.hasPrefix("# Clients") }
        let outcome = try await Programs.run(
            ["/bin/sh", "-c", "\(lines.joined(separator: "\n"))\n\(Self.call)"],
            environment: ["BASE": "https://api.openai.com/v1"], folder: scratch.url)
        #expect(outcome.output.contains("chat.completion"), "\(outcome.errors)")
        proxy.signal(SIGTERM)
        #expect(await proxy.status() == 0)
        #expect(await proxy.errors.text().hasSuffix(count(1)))
        #expect(try scratch.records().count == 1)
    }
}
