// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Virtual environments, one for each library in a version, kept in the user's cache and used again.
///
/// `newest` is what pip found when its environment was made; remove the environment to have it found anew.
package struct PythonEnvironments: Sendable {
    /// Where the environments are kept.
    package let folder: String
    /// This process's own variables: pip needs the settings of the machine, such as where its index is.
    let inherited: [String: String]
    /// The interpreter that the environments are made with.
    package let python: String
    /// Where pip runs; it is there.
    private let temporaryFolder: String

    package init(inherited: [String: String], temporaryFolder: String) throws(IntegrationError) {
        self.temporaryFolder = temporaryFolder
        guard let python = Files.find("python3", path: inherited["PATH"] ?? "") else {
            throw IntegrationError("python3 is not installed")
        }
        self.python = python
        self.inherited = inherited
        folder = "\(Self.cacheFolder(inherited))/venvs"
    }

    /// `XDG_CACHE_HOME/trainloop`, else `~/.cache/trainloop`.
    package static func cacheFolder(_ environment: [String: String]) -> String {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return "\(cache)/trainloop" }
        return "\(environment["HOME"] ?? "/tmp")/.cache/trainloop"
    }

    /// What pip installs for a client: its requirements, and pytest with its plugins where there are any.
    package static func requirements(_ row: CatalogueRow, version: String?) -> [String] {
        let own = (row.install ?? []).map { requirement in
            version.map { $0 == "newest" ? nil : $0 } ?? nil == nil
                ? requirement.replacing("=={version}", with: "")
                : requirement.replacing("{version}", with: version ?? "")
        }
        return own + (row.plugins.isEmpty ? [] : ["pytest"] + row.plugins)
    }

    /// An environment that is ready.
    package struct Ready: Sendable {
        package var python: String
        /// Of the library, as installed.
        package var version: String
        package init(python: String, version: String) {
            self.python = python
            self.version = version
        }
    }

    /// Makes the environment of a client unless it is there.
    ///
    /// - Throws: why it cannot be had, in a line.
    package func prepare(_ client: Client, _ row: CatalogueRow) async throws(IntegrationError) -> Ready {
        let requirements = Self.requirements(row, version: client.version)
        guard !requirements.isEmpty else { return Ready(python: python, version: try await version(of: python)) }
        let name = client.title.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" }
        let home = "\(folder)/\(String(name))"
        let interpreter = "\(home)/bin/python"
        let stamp = "\(home)/requirements.txt"
        let wanted = ([python] + requirements).joined(separator: "\n") + "\n"
        if Files.text(stamp) != wanted || !Files.isExecutable(interpreter) {
            try Files.makeFolder(folder)
            try await run([python, "-m", "venv", "--clear", home], "python3 -m venv", seconds: 120)
            let pip = [interpreter, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            try await run(pip + requirements, "pip install", seconds: 600)
            try Files.write(wanted, to: stamp)
        }
        let distribution = (row.install ?? []).first.map { $0.prefix { !"[=<>!~ ".contains($0) } }
        guard let distribution else {
            return Ready(python: interpreter, version: try await version(of: interpreter))
        }
        let question = "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))"
        return Ready(
            python: interpreter,
            version: try await run([interpreter, "-c", question, String(distribution)], "the version", seconds: 60))
    }

    private func version(of interpreter: String) async throws(IntegrationError) -> String {
        let output = try await run([interpreter, "--version"], "python3 --version", seconds: 30)
        return String(output.drop { !$0.isNumber })
    }

    @discardableResult
    func run(_ command: [String], _ what: String, seconds: Int) async throws(IntegrationError) -> String {
        let scratch = try Files.makeTemporaryFolder(in: temporaryFolder)
        defer { Files.remove(scratch) }
        let outcome = await ProgramRun.run(
            command, environment: inherited, folder: scratch, files: "\(scratch)/run", seconds: seconds)
        guard outcome.succeeded else {
            let last = outcome.errors.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) } ?? ""
            throw IntegrationError("\(what): \(outcome.endText): \(last)")
        }
        return outcome.output.split(separator: "\n").last.map(String.init) ?? ""
    }
}
