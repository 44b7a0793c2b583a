// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

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
    package var missingRecords: Bool

    package init(
        row: CatalogueRow, route: Route, outcome: ProgramOutcome, stats: JSONTree?, dataFolder: String,
        allowlist: String?, missingRecords: Bool
    ) {
        self.row = row
        self.route = route
        self.outcome = outcome
        self.stats = stats
        self.dataFolder = dataFolder
        self.allowlist = allowlist
        self.missingRecords = missingRecords
    }

    /// One line each; empty where nothing is known.
    package var lines: [String] {
        var lines: [String] = []
        if case .timedOut(let seconds) = outcome.end {
            lines.append("it was ended after \(seconds) s; --timeout sets another limit")
        }
        lines += Self.missingModule(outcome.errors, row).map { [$0] } ?? []
        guard missingRecords else { return lines }
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
        if stats["seen"]?.integer == 0 {
            return said + [unseen("the SDK, which does not know this version of \(row.name) if the host is listed")]
        }
        return said
    }

    private var run: [String] {
        let own = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("trainloop: ") }
            .map { String($0.dropFirst("trainloop: ".count)) }
        guard let summary = own.first(where: { $0.contains(" seen, ") }) else {
            return own + ["the program was not run under `trainloop run`: nothing recorded its calls"]
        }
        if summary.hasPrefix("0 exchanges seen") {
            return own + [unseen("the proxy, if the host is listed: the client did not go there (try --inject)")]
        }
        let isDropped = summary.contains(" dropped")
        return own + (isDropped ? ["is the data folder \(dataFolder) writable?"] : [])
    }

    private func unseen(_ otherwise: String) -> String {
        let list = allowlist ?? "the built-in list"
        return "no exchange was seen: \(row.hosts.joined(separator: ", ")) is not on the allow-list (\(list)), or not by "
            + otherwise
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
