// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A client that can be started.
package struct ReadyClient: Sendable {
    package var client: Client
    package var row: CatalogueRow
    /// Of the library, or of the runtime that it comes with.
    package var version: String
    /// The program in Python is this interpreter's; nil for other languages.
    package var python: String?
    /// Starts the program; `{port}` and the bodies are not in it yet.
    package var command: [String]
    /// What stands for `{folder}` and others.
    package var words: [String: String]

    package init(
        client: Client, row: CatalogueRow, version: String, python: String?, command: [String], words: [String: String]
    ) {
        self.client = client
        self.row = row
        self.version = version
        self.python = python
        self.command = command
        self.words = words
    }
}

/// Makes clients ready: environments by pip, programs by compilers; each is kept and used again.
package struct Workshop: Sendable {
    private let catalogue: Catalogue
    private let inherited: [String: String]
    private let python: PythonEnvironments?
    /// Where compilers run; it is there.
    private let temporaryFolder: String

    /// - Parameter python: nil where the machine has no Python.
    package init(
        catalogue: Catalogue, inherited: [String: String], python: PythonEnvironments?, temporaryFolder: String
    ) {
        self.catalogue = catalogue
        self.inherited = inherited
        self.python = python
        self.temporaryFolder = temporaryFolder
    }

    /// - Throws: why the client cannot be had here, in a line; a program that is missing or cannot be compiled is a defect.
    package func prepare(_ client: Client) async throws(IntegrationError) -> ReadyClient {
        guard let row = catalogue[client] else { throw IntegrationError("it is not in the catalogue") }
        let program = catalogue.program(row)
        guard Files.exists(program) else {
            throw IntegrationError("the program \(program) is not there", isDefect: true)
        }
        if row.isPython {
            guard let python else { throw IntegrationError("python3 is not installed") }
            let ready = try await python.prepare(client, row)
            return ReadyClient(
                client: client, row: row, version: ready.version, python: ready.python,
                command: [ready.python, program], words: [:])
        }
        let folder = "\(PythonEnvironments.cacheFolder(inherited))/programs/\(client.name.replacing(" ", with: "-"))"
        let words = [
            "program": program, "programs": "\(catalogue.folder)/programs", "repository": catalogue.repository,
            "folder": folder, "version": client.version ?? "",
        ]
        let version = try await self.version(of: row)
        if !row.build.isEmpty { try await build(row, program, version, folder, words) }
        return ReadyClient(
            client: client, row: row, version: version, python: nil,
            command: try row.command.map { Self.fill($0, words) }.mappingFirst(resolved), words: words)
    }

    package static func fill(_ text: String, _ words: [String: String]) -> String {
        words.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
    }

    private func resolved(_ name: String) throws(IntegrationError) -> String {
        try Files.program(name, path: inherited["PATH"] ?? "")
    }

    private func version(of row: CatalogueRow) async throws(IntegrationError) -> String {
        guard let first = row.versionCommand.first else { return "" }
        let output = try await run([try resolved(first)] + row.versionCommand.dropFirst(), seconds: 60).output
        // The first word that looks like a version: `curl 7.88.1 ...`, `v20.1.0`, `go version go1.19.8 ...`.
        let words = output.split(whereSeparator: { $0.isWhitespace || $0 == "(" || $0 == ")" })
        let numbers = words.map { $0.drop { !$0.isNumber } }.first { $0.contains(".") && ($0.first?.isNumber ?? false) }
        return numbers.map(String.init) ?? ""
    }

    private func build(
        _ row: CatalogueRow, _ program: String, _ version: String, _ folder: String, _ words: [String: String]
    ) async throws(IntegrationError) {
        let stamp = "\(folder)/built-from"
        let source = "\(version)\n\(Files.text(program) ?? "")"
        if row.hasSDK {
            // What else it is made of is in its package, which tells by itself what has changed.
            guard Files.exists("\(catalogue.repository)/Package.swift") else {
                throw IntegrationError(
                    "it is built with the SDK, whose Package.swift is not in \(catalogue.repository): name the folder "
                        + "Integration of a clone by --programs")
            }
        } else if Files.text(stamp) == source {
            return
        }
        try Files.makeFolder(folder)
        let command = try row.build.map { Self.fill($0, words) }.mappingFirst(resolved)
        let outcome = try await run(command, seconds: 900)
        guard outcome.succeeded else {
            let lines = (outcome.errors + outcome.output).split(separator: "\n")
            let line = lines.first { $0.contains("error") } ?? lines.last ?? ""
            throw IntegrationError(
                "\(row.build[0]): \(outcome.endText): \(line.prefix(200)); for all of it: "
                    + command.joined(separator: " "), isDefect: true)
        }
        try Files.write(source, to: stamp)
    }

    private func run(_ command: [String], seconds: Int) async throws(IntegrationError) -> ProgramOutcome {
        let scratch = try Files.makeTemporaryFolder(in: temporaryFolder)
        defer { Files.remove(scratch) }
        return await ProgramRun.run(
            command, environment: inherited, folder: scratch, files: "\(scratch)/run", seconds: seconds)
    }
}

extension [String] {
    fileprivate func mappingFirst(
        _ change: (String) throws(IntegrationError) -> String
    ) throws(IntegrationError) -> [String] {
        guard let first else { return [] }
        return [try change(first)] + dropFirst()
    }
}
