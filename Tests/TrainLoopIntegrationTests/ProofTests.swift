// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration
import TrainLoopTestSupport

private func result(
    _ name: String, _ verdict: Verdict, scenario: String = "plain", route: Route = .run,
    upstream: UpstreamKind = .simulator
) -> CellResult {
    CellResult(
        cell: Cell(client: Client(name: name, version: "newest"), scenario: scenario, route: route), verdict: verdict,
        version: "3.1.0", upstream: upstream, exchangeCount: 2, seconds: 1.25)
}

private let failure = Verdict.fail([Problem(.once, "2 exchanges, 1 records"), Problem(.cause, "<the host> & more")])

@Suite struct ProofTests {
    @Test func `only what passed, without a failure, is a success`() {
        #expect(Proof(results: [result("a", .pass), result("b", .skip("no"))]).exitStatus == 0)
        #expect(Proof(results: [result("a", .pass), result("b", failure)]).exitStatus == 1)
    }

    @Test func `skipped tests prove nothing`() {
        let proof = Proof(results: [result("a", .skip("no key"))])
        #expect(proof.exitStatus == 1)
        #expect(proof.summary == "0 passed, 0 failed, 1 skipped: nothing was proved")
        #expect(Proof(results: []).exitStatus == 1)
    }

    @Test func `what is required may not be skipped, nor be missing`() {
        let results = [result("openai", .pass), result("anthropic", .skip("ANTHROPIC_API_KEY is not set"))]
        #expect(Proof(results: results, required: ["openai"]).exitStatus == 0)
        let proof = Proof(results: results, required: ["openai", "anthropic", "litellm"])
        #expect(proof.exitStatus == 1)
        #expect(
            proof.unmet == [
                "anthropic is required, and skipped: anthropic 3.1.0: ANTHROPIC_API_KEY is not set",
                "litellm is required, and no test of it was run",
            ])
    }

    @Test func `a name that is required is that test, and not those whose names contain it`() {
        let results = [result("httpx", .pass), result("httpx2", .skip("no"))]
        #expect(Proof(results: results, required: ["httpx"]).unmet.isEmpty)
        #expect(Proof(results: results, required: ["HTTPX2"]).unmet.count == 1)
        #expect(Proof(results: results, required: ["http"]).unmet.count == 1)
    }

    @Test func `what is required and was not proved is in every report`() throws {
        let proof = Proof(results: [result("a", .pass)], required: ["b"])
        let line = "b is required, and no test of it was run"
        #expect(proof.markdown(facts: []).contains("FAIL \(line)"))
        #expect(proof.junit.contains("<failure message=\"\(line)\"/>"))
        let json = try #require(JSONTree(text: proof.json))
        #expect(json.elements.last?["verdict"] == .string("FAIL"))
        #expect(json.elements.last?["problems"] == .array([.string(line)]))
    }

    @Test(arguments: [
        (UpstreamKind.simulator, "simulated"), (.localModel, "local model"), (.live, "live"),
    ])
    func `each line says who answered`(_ upstream: UpstreamKind, _ word: String) {
        #expect(result("a", .pass, upstream: upstream).line == "PASS a 3.1.0, plain, run, \(word): 2 exchanges, 1.3 s")
        #expect(result("a", .skip("no"), upstream: upstream).line == "SKIP a 3.1.0, plain, run, \(word): no")
        #expect(result("a", failure, upstream: upstream).line.contains("cause: <the host> & more"))
    }

    @Test func `a key that a provider repeats is not told`() {
        let told = Verdict.fail([Problem(.program, "401: your key sk-true-123 is wrong")])
        #expect(result("a", told).hiding(Secrets(["sk-true-123"])).line.contains("your key [key] is wrong"))
    }

    @Test func `the tables have a row for each client and a mark for each scenario`() {
        let proof = Proof(results: [
            result("a", .pass, route: .inProcess), result("a", failure), result("a", .pass, scenario: "error"),
            result("b", .skip("b is not installed")),
        ])
        #expect(
            proof.text.contains(
                """
                By `trainloop run`:

                client  version  by         plain  error
                a       3.1.0    simulated  FAIL   ok
                b       3.1.0    simulated  skip   -

                """), "\(proof.text)")
        #expect(proof.text.contains("SKIP b newest: b is not installed"))
        let page = proof.markdown(facts: ["made by hand"])
        #expect(page.contains("| a | 3.1.0 | simulated | FAIL | ok |"))
        #expect(page.contains("- made by hand\n- 2 passed, 1 failed, 1 skipped: not proved\n"))
        #expect(page.contains("- b newest: b is not installed"))
    }

    @Test func `the JSON report is JSON, with the problems and the reasons`() throws {
        let json = try #require(JSONTree(text: Proof(results: [result("a", failure), result("b", .skip("no"))]).json))
        #expect(json.elements.map { $0["verdict"]?.string } == ["FAIL", "SKIP"])
        #expect(json.elements[0]["problems"]?.elements.first == .string("once: 2 exchanges, 1 records"))
        #expect(json.elements[1]["reason"] == .string("no"))
    }

    @Test func `the JUnit report escapes what XML has no place for`() {
        let xml = Proof(results: [
            result("a", failure), result("a", .pass, scenario: "error"), result("b", .skip("<no>\u{1}")),
        ]).junit
        #expect(xml.contains(#"<testsuite name="a newest" tests="2" failures="1" skipped="0">"#))
        #expect(xml.contains("cause: &lt;the host&gt; &amp; more"))
        #expect(xml.contains(#"<skipped message="&lt;no&gt;?"/>"#))
    }

    @Test func `the last proof tells which versions are proven`() throws {
        let folder = try TemporaryFolder()
        try Files.write(
            Proof(results: [result("a", .pass), result("b", failure), result("b", .pass)]).json,
            to: "\(folder.path)/proof.json")
        let proof = try #require(RecordedProof(folder: folder.path))
        #expect(proof.words(test: "a", version: "3.1.0") == "proven")
        #expect(proof.words(test: "a", version: "3.2.0") == "not proven in this version (proven: 3.1.0)")
        #expect(proof.words(test: "b", version: "3.1.0") == "FAILS its tests")
        #expect(proof.words(test: "c", version: "1") == "not proven")
        #expect(RecordedProof(folder: "\(folder.path)/none") == nil)
    }
}
