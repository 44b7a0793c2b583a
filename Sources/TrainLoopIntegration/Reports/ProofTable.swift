// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The cells of one route as a table: a row for each library in a version, a column for each scenario.
struct ProofTable {
    let header: [String]
    let rows: [[String]]

    init(_ results: [CellResult], route: Route) {
        let own = results.filter { $0.cell.route == route }
        let scenarios = Self.unique(Scenario.allCases.map(\.rawValue) + own.map(\.cell.scenario))
            .filter { name in own.contains { $0.cell.scenario == name } }
        header = ["client", "version", "by"] + scenarios
        rows = Self.unique(own.map(\.cell.client)).compactMap { client in
            let cells = own.filter { $0.cell.client == client }
            guard let first = cells.first else { return nil }
            let version = first.version.isEmpty ? client.version ?? "?" : first.version
            return [client.name, version, first.upstream.word]
                + scenarios.map { name in
                    cells.first { $0.cell.scenario == name }.map { Self.mark($0.verdict) } ?? "-"
                }
        }
    }

    private static func mark(_ verdict: Verdict) -> String {
        switch verdict {
        case .pass: "ok"
        case .fail: "FAIL"
        case .skip: "skip"
        }
    }

    static func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
        var seen = Set<Element>()
        return elements.filter { seen.insert($0).inserted }
    }

    /// For a terminal: columns filled with spaces.
    var text: String {
        let widths = header.indices.map { column in
            ([header] + rows).map { $0[column].count }.max() ?? 0
        }
        return ([header] + rows).map { row in
            var line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
                .joined(separator: "  ")
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }

    var markdown: String {
        let lines = [header, header.map { _ in "---" }] + rows
        return lines.map { "| \($0.joined(separator: " | ")) |\n" }.joined()
    }
}

extension Proof {
    /// What each route is called for people.
    private static func title(_ route: Route) -> String {
        switch route {
        case .inProcess: "In process, by the SDK"
        case .run: "By `trainloop run`"
        }
    }

    private var routes: [Route] { Route.allCases.filter { route in results.contains { $0.cell.route == route } } }

    /// One line for each reason, with what it is the reason of.
    private var skips: [String] {
        ProofTable.unique(
            results.compactMap { result in
                result.verdict.reason.map { "\(result.cell.client.title): \($0)" }
            })
    }

    /// For a terminal: a table for each route, why what was skipped, what failed.
    package var text: String {
        let tables = routes.map { "\(Self.title($0)):\n\n\(ProofTable(results, route: $0).text)\n" }.joined()
        // Why, was told when they ended.
        let failures = results.filter { !$0.verdict.problems.isEmpty }
            .map { "\($0.line.prefix { $0 != "\n" })\n" }.joined()
        return tables + failures + skips.map { "SKIP \($0)\n" }.joined() + unmet.map { "FAIL \($0)\n" }.joined()
    }

    /// A page.
    ///
    /// - Parameter facts: what the proof was made with, a line each.
    package func markdown(facts: [String]) -> String {
        var page = """
            # Proof of capture

            Each cell ran the client library unmodified, in fresh processes, once without us and once with us, and passed only if
            the program's result was the same (transparency), each record said what the library itself reported (truth), every
            exchange had one record (once), in process the record named the line of the call (location), and no key was in
            any file that was there at the end: records, home folder, temporary files, what was printed (clean). [integration-tests.md](integration-tests.md) tells how; `make proof` writes this page anew.


            """
        page += (facts + [summary]).map { "- \($0)\n" }.joined() + "\n"
        for route in routes {
            page += "## \(Self.title(route))\n\n\(ProofTable(results, route: route).markdown)\n"
        }
        let failures = results.filter { !$0.verdict.problems.isEmpty }
        if !failures.isEmpty || !unmet.isEmpty {
            let lines = failures.map(\.line) + unmet.map { "FAIL \($0)" }
            page += "## What failed\n\n```\n\(lines.map { "\($0)\n" }.joined())```\n\n"
        }
        if !skips.isEmpty { page += "## What was skipped, and why\n\n\(skips.map { "- \($0)\n" }.joined())\n" }
        return String(page.dropLast())
    }

    /// An array of cells, one a line, and of what is required and was not proved.
    package var json: String {
        let lines = results.map { result -> String in
            var members: [String: JSONTree] = [
                "client": .string(result.cell.client.name), "version": .string(result.version),
                "scenario": .string(result.cell.scenario), "route": .string(result.cell.route.rawValue),
                "upstream": .string(result.upstream.rawValue), "verdict": .string(result.verdict.word),
                "exchanges": .number(Double(result.exchangeCount)),
                "milliseconds": .number((result.seconds * 1000).rounded()),
            ]
            if let asked = result.cell.client.version { members["asked"] = .string(asked) }
            if let reason = result.verdict.reason { members["reason"] = .string(reason) }
            if !result.verdict.problems.isEmpty {
                members["problems"] = .array(result.verdict.problems.map { .string($0.description) })
            }
            return JSONTree.object(members).text
        }
        let missing = unmet.map { line in
            JSONTree.object(["verdict": .string("FAIL"), "problems": .array([.string(line)])]).text
        }
        return "[\n\((lines + missing).joined(separator: ",\n"))\n]\n"
    }

    /// JUnit's XML, as CI services read it: a suite for each library in a version.
    package var junit: String {
        var xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"trainloop integration-tests\">\n"
        for client in ProofTable.unique(results.map(\.cell.client)) {
            let own = results.filter { $0.cell.client == client }
            let failures = own.count { !$0.verdict.problems.isEmpty }
            let skipped = own.count { $0.verdict.reason != nil }
            xml +=
                "  <testsuite name=\"\(Self.escaped(client.title))\" tests=\"\(own.count)\" failures=\"\(failures)\" "
            xml += "skipped=\"\(skipped)\">\n"
            for result in own {
                let name = "\(result.cell.scenario), \(result.cell.route.rawValue), \(result.upstream.word)"
                xml += "    <testcase classname=\"\(Self.escaped(result.title))\" name=\"\(Self.escaped(name))\" "
                xml += "time=\"\(tenths(result.seconds))\""
                switch result.verdict {
                case .pass: xml += "/>\n"
                case .skip(let reason):
                    xml += "><skipped message=\"\(Self.escaped(reason))\"/></testcase>\n"
                case .fail(let problems):
                    let text = problems.map(\.description).joined(separator: "\n")
                    xml += "><failure message=\"\(Self.escaped(problems.first?.description ?? ""))\">"
                    xml += "\(Self.escaped(text))</failure></testcase>\n"
                }
            }
            xml += "  </testsuite>\n"
        }
        if !unmet.isEmpty {
            xml +=
                "  <testsuite name=\"required\" tests=\"\(unmet.count)\" failures=\"\(unmet.count)\" skipped=\"0\">\n"
            for line in unmet {
                xml += "    <testcase classname=\"required\" name=\"\(Self.escaped(line))\">"
                xml += "<failure message=\"\(Self.escaped(line))\"/></testcase>\n"
            }
            xml += "  </testsuite>\n"
        }
        return xml + "</testsuites>\n"
    }

    /// XML has no place for most control characters.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\n": escaped += "&#10;"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f || scalar.value >= 0xfffe: escaped += "?"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
