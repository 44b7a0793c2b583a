// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Says why a cell is red, and what to do about it, from what the program, the SDK and the run said.
package struct Cause: Sendable {
    package var row: CatalogueRow
    package var route: Route
    /// The program with us.
    package var outcome: ProgramOutcome
    /// What the SDK said of itself at the end: `collecting`, `seen`, `recorded`, `lost`; nil where it said nothing.
    package var stats: JSONTree?
    package var dataFolder: String
    /// The allow-list that was set, or nil for the built-in one.
    package var allowlist: String?
    package var recordCount: Int
    package var exchangeCount: Int

    package init(
        row: CatalogueRow, route: Route, outcome: ProgramOutcome, stats: JSONTree?, dataFolder: String,
        allowlist: String?, recordCount: Int, exchangeCount: Int
    ) {
        self.row = row
        self.route = route
        self.outcome = outcome
        self.stats = stats
        self.dataFolder = dataFolder
        self.allowlist = allowlist
        self.recordCount = recordCount
        self.exchangeCount = exchangeCount
    }

    /// One line each; empty where nothing is known.
    package var lines: [String] {
        var lines: [String] = []
        if case .timedOut(let seconds) = outcome.end {
            lines.append("it was ended after \(seconds) s; --timeout sets another limit")
        }
        lines += Self.missingModule(outcome.errors, row).map { [$0] } ?? []
        guard recordCount < exchangeCount else { return lines }
        lines += route == .inProcess ? inProcess : run
        return lines
    }

    private var inProcess: [String] {
        let warning = outcome.errors.split(separator: "\n").first { $0.contains("TrainLoop: ") }
        let said = warning.map { ["the SDK said: \(short(String($0)))"] } ?? []
        guard let stats else { return said + ["the program ended before the SDK could tell what it saw"] }
        guard stats["collecting"]?.bool == true else {
            return said + ["the SDK is not collecting: collect() was not called, or could not open its recorder"]
        }
        if let lost = stats["lost"]?.integer, lost > 0 {
            return said + ["\(lost) records could not be written: is the data folder \(dataFolder) writable?"]
        }
        if stats["seen"]?.integer == 0 { return said + [unseen("the SDK does not reach this version of \(row.name)")] }
        let recorded = stats["recorded"]?.integer ?? 0
        return said + (recorded > recordCount ? [Self.vanished(recorded, recordCount)] : [])
    }

    private var run: [String] {
        let own = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("trainloop: ") }
            .map { String($0.dropFirst("trainloop: ".count)) }
        guard let summary = own.first(where: { $0.contains(" seen, ") }) else {
            return own + ["the program was not run under `trainloop run`: nothing recorded its calls"]
        }
        if summary.hasPrefix("0 exchanges seen") {
            return own + [
                unseen("the client did not go through the proxy; does it obey HTTPS_PROXY? Else try --inject")
            ]
        }
        if summary.contains(" dropped") { return own + ["is the data folder \(dataFolder) writable?"] }
        let words = summary.split(separator: " ")
        let recorded = words.count > 3 ? Int(words[3]) ?? 0 : 0
        return own + (recorded > recordCount ? [Self.vanished(recorded, recordCount)] : [])
    }

    private static func vanished(_ written: Int, _ found: Int) -> String {
        "\(written) records were written, and \(found) are there: something has changed the data folder since"
    }

    /// - Parameter otherwise: the reason where every host is on the list.
    private func unseen(_ otherwise: String) -> String {
        let patterns = allowlist.map { [$0] } ?? DefaultHosts.patterns
        let unlisted = row.hosts.filter { host in
            !patterns.contains { HostPattern($0)?.matches(host: Array(host.utf8), port: 443) ?? false }
        }
        guard unlisted.isEmpty else {
            let list = allowlist ?? "the built-in list"
            return "no exchange was seen: \(unlisted.joined(separator: ", ")) is not on the allow-list (\(list))"
        }
        return "no exchange was seen: \(otherwise)"
    }

    /// What to install when Python cannot find a module.
    package static func missingModule(_ errors: String, _ row: CatalogueRow?) -> String? {
        let marks = ["ModuleNotFoundError: No module named '", "ImportError: No module named '"]
        for line in errors.split(separator: "\n").reversed() {
            for mark in marks where line.hasPrefix(mark) {
                let module = line.dropFirst(mark.count).prefix { $0 != "'" }
                if module.hasPrefix("trainloop_llm_logging") {
                    return "the SDK is not there; build it with: make python"
                }
                let package = module.prefix { $0 != "." }
                return "the module \(module) is not installed; install it with: python -m pip install \(package)"
            }
        }
        return nil
    }
}
