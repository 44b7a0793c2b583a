// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One proof: a library in a version, a scenario, a route.
package struct Cell: Sendable, Hashable {
    package var client: Client
    package var scenario: String
    package var route: Route

    package init(client: Client, scenario: String, route: Route) {
        self.client = client
        self.scenario = scenario
        self.route = route
    }
}

package enum Verdict: Sendable, Equatable {
    case pass
    case fail([Problem])
    case skip(String)

    package var word: String {
        switch self {
        case .pass: "PASS"
        case .fail: "FAIL"
        case .skip: "SKIP"
        }
    }

    package var problems: [Problem] {
        guard case .fail(let problems) = self else { return [] }
        return problems
    }

    package var reason: String? {
        guard case .skip(let reason) = self else { return nil }
        return reason
    }
}

/// What became of a cell.
package struct CellResult: Sendable {
    package var cell: Cell
    package var verdict: Verdict
    /// Of the library as installed; empty where that is not known.
    package var version: String
    package var upstream: UpstreamKind
    /// Exchanges that the library reported.
    package var exchangeCount: Int
    package var seconds: Double
    /// What was run and what was found, for people who want to see it.
    package var details: [String]

    package init(
        cell: Cell, verdict: Verdict, version: String = "", upstream: UpstreamKind, exchangeCount: Int = 0,
        seconds: Double = 0, details: [String] = []
    ) {
        self.cell = cell
        self.verdict = verdict
        self.version = version
        self.upstream = upstream
        self.exchangeCount = exchangeCount
        self.seconds = seconds
        self.details = details
    }

    /// The library and its version, as people write them.
    package var title: String { version.isEmpty ? cell.client.title : "\(cell.client.name) \(version)" }

    /// The same without keys, wherever one may have come from.
    package func hiding(_ secrets: Secrets) -> CellResult {
        var result = self
        result.details = details.map(secrets.hidden)
        if case .fail(let problems) = verdict {
            result.verdict = .fail(problems.map { Problem($0.kind, secrets.hidden(in: $0.message)) })
        }
        return result
    }

    /// Such as `PASS openai 1.97.0, streamed, in-process, simulated: 5 exchanges, 1.2 s`.
    package var line: String {
        let place = "\(title), \(cell.scenario), \(cell.route.rawValue), \(upstream.word)"
        switch verdict {
        case .pass:
            let count = "\(exchangeCount) exchange\(exchangeCount == 1 ? "" : "s")"
            return "PASS \(place): \(count), \(tenths(seconds)) s"
        case .skip(let reason): return "SKIP \(place): \(reason)"
        case .fail(let problems):
            return (["FAIL \(place)"] + problems.map { "       \($0)" }).joined(separator: "\n")
        }
    }
}

/// With one digit after the point.
func tenths(_ seconds: Double) -> String {
    let count = Int((seconds * 10).rounded())
    return "\(count / 10).\(count % 10)"
}

/// What all cells together say.
package struct Proof: Sendable {
    package var results: [CellResult]
    /// Names whose tests may not be skipped.
    package var required: [String]

    package init(results: [CellResult], required: [String] = []) {
        self.results = results
        self.required = required
    }

    package var passCount: Int { results.count { $0.verdict == .pass } }
    package var failCount: Int { results.count { !$0.verdict.problems.isEmpty } }
    package var skipCount: Int { results.count { $0.verdict.reason != nil } }

    /// What is required and was skipped, or is not there at all; one line each.
    package var unmet: [String] {
        required.flatMap { name -> [String] in
            let names = Set(Catalogue.names(results.map(\.cell.client.name), by: name))
            let own = results.filter { names.contains($0.cell.client.name) }
            guard !own.isEmpty else { return ["\(name) is required, and no test of it was run"] }
            let reasons = Set(own.compactMap { result in result.verdict.reason.map { "\(result.title): \($0)" } })
            return reasons.sorted().map { "\(name) is required, and skipped: \($0)" }
        }
    }

    /// 0 only if nothing failed, something passed, and nothing that is required was skipped.
    package var exitStatus: Int32 { failCount == 0 && passCount > 0 && unmet.isEmpty ? 0 : 1 }

    /// Such as `12 passed, 0 failed, 3 skipped: proved`.
    package var summary: String {
        let verdict =
            exitStatus == 0 ? "proved" : passCount == 0 && failCount == 0 ? "nothing was proved" : "not proved"
        return "\(passCount) passed, \(failCount) failed, \(skipCount) skipped: \(verdict)"
    }
}
