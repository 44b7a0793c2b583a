// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A library in a version: a row of the proof.
package struct Client: Sendable, Hashable {
    /// The row's place in the catalogue.
    package var name: String
    /// As asked for: `newest`, a version, or nil for what the machine has.
    package var version: String?

    package init(name: String, version: String?) {
        self.name = name
        self.version = version
    }

    package var title: String { version.map { "\(name) \($0)" } ?? name }
}

/// The list of client libraries, one a line, and the programs that use them.
package struct Catalogue: Sendable {
    package static let fileName = "catalogue.jsonl"
    /// The tests of a run that names none.
    package static let quickNames = ["openai", "anthropic", "litellm", "httpx", "requests", "http.client", "curl"]

    /// The folder with `catalogue.jsonl`, `programs/` and `servers/`.
    package let folder: String
    package let rows: [CatalogueRow]

    package init(folder: String, rows: [CatalogueRow]) {
        self.folder = folder
        self.rows = rows
    }

    /// - Throws: a message for people when the list cannot be read, or a line of it is wrong.
    package init(folder: String) throws(IntegrationError) {
        let path = "\(folder)/\(Self.fileName)"
        guard let text = Files.text(path) else { throw IntegrationError("\(path) cannot be read") }
        try self.init(folder: folder, text: text)
    }

    package init(folder: String, text: String) throws(IntegrationError) {
        var rows: [CatalogueRow] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.allSatisfy(\.isWhitespace) {
            do {
                guard let json = JSONTree(text: String(line)) else { throw IntegrationError("it is not JSON") }
                rows.append(try CatalogueRow(json))
            } catch {
                throw IntegrationError("\(folder)/\(Self.fileName), line \(index + 1): \(error)")
            }
        }
        self.init(folder: folder, rows: rows)
    }

    package subscript(client: Client) -> CatalogueRow? { rows.first { $0.name == client.name } }

    package func program(_ row: CatalogueRow) -> String { "\(folder)/programs/\(row.program)" }

    /// The folder that holds the folder of the catalogue: a clone of the repository, where it is one.
    package var repository: String { folder.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } }

    /// The names that a word asks for, whatever the case of its letters: the one that it is, else all that contain it.
    static func names(_ names: [String], by word: String) -> [String] {
        let word = word.lowercased()
        let exact = names.filter { $0.lowercased() == word }
        return exact.isEmpty ? names.filter { $0.lowercased().contains(word) } : exact
    }

    /// The clients that names ask for: a name or a part of one, or `name==version`; all rows where there is no name.
    ///
    /// - Parameter allVersions: every version of the list, where a name tells none; else the newest.
    /// - Throws: a message with all names when one matches nothing.
    package func clients(named names: [String], allVersions: Bool) throws(IntegrationError) -> [Client] {
        var found: [Client] = []
        func add(_ client: Client) { if !found.contains(client) { found.append(client) } }
        for name in names.isEmpty ? rows.map({ "\($0.name)" }) : names {
            let (part, version) = Self.split(name)
            let chosenNames = Self.names(rows.map(\.name), by: part)
            let chosen = rows.filter { chosenNames.contains($0.name) }
            guard !chosen.isEmpty, !part.isEmpty else {
                throw IntegrationError(
                    "no test is named '\(name)'. There are: \(rows.map(\.name).joined(separator: ", ")).")
            }
            for row in chosen {
                if let version {
                    guard row.isPython, row.install?.contains(where: { $0.contains("{version}") }) ?? false else {
                        throw IntegrationError("\(row.name) comes in the version of this machine, not \(version).")
                    }
                    add(Client(name: row.name, version: version))
                } else if row.versions.isEmpty {
                    add(Client(name: row.name, version: nil))
                } else {
                    let versions = allVersions ? row.versions : row.versions.suffix(1)
                    for version in versions { add(Client(name: row.name, version: version)) }
                }
            }
        }
        return found
    }

    /// `openai==1.97.0` is a name and a version.
    static func split(_ name: String) -> (part: String, version: String?) {
        guard let equals = name.firstRange(of: "==") else { return (name.lowercased(), nil) }
        let version = String(name[equals.upperBound...])
        return (name[..<equals.lowerBound].lowercased(), version.isEmpty ? nil : version)
    }

    /// What a client is asked to do: the functions `case_...` of a program in Python and of `shared.py` beside it, else what
    /// a list of bodies can ask.
    package func scenarios(of row: CatalogueRow) -> [Scenario] {
        guard row.isPython else {
            return Scenario.allCases.filter { !$0.bodies.isEmpty && (!$0.needsOwnWay || row.scenarios.contains($0)) }
        }
        let program = program(row)
        let shared = "\(program.prefix(through: program.lastIndex(of: "/") ?? program.startIndex))shared.py"
        let functions = Self.cases(of: program).union(Self.cases(of: shared))
        return Scenario.allCases.filter { scenario in
            if scenario == .underPytest, row.plugins.isEmpty { return false }
            return scenario.isWayToBegin || functions.contains(scenario.rawValue)
        }
    }

    private static func cases(of program: String) -> Set<String> {
        let names = (Files.text(program) ?? "").split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("def case_") else { return nil }
            return String(line.dropFirst("def case_".count).prefix { $0 != "(" }).replacing("_", with: "-")
        }
        return Set(names)
    }

    /// The lines of a program that call a model, which end in `# CALL` or `// CALL`.
    package static func callLines(of program: String) -> Set<Int> {
        let lines = (Files.text(program) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
        let calls = lines.indices.filter { lines[$0].hasSuffix("# CALL") || lines[$0].hasSuffix("// CALL") }
        return Set(calls.map { $0 + 1 })
    }
}
