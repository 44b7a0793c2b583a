// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A program of the user's own: run without us and with us, and its calls counted.
///
/// It has the key in OPENAI_API_KEY and ANTHROPIC_API_KEY, and calls the providers by their usual URLs. By the route
/// in-process it starts the SDK itself, so there is no run without us to compare with.
package struct OwnProgram: Sendable {
    private let path: String
    private let callCount: Int
    private let site: TestSite
    private let upstream: Upstream
    private let timeoutSeconds: Int

    package init(path: String, callCount: Int, site: TestSite, upstream: Upstream, timeoutSeconds: Int) {
        self.path = path
        self.callCount = callCount
        self.site = site
        self.upstream = upstream
        self.timeoutSeconds = timeoutSeconds
    }

    package func run(routes: [Route]) async -> [CellResult] {
        var results: [CellResult] = []
        for route in routes { results.append(await run(route)) }
        return results
    }

    private func run(_ route: Route) async -> CellResult {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        var result = CellResult(
            cell: Cell(client: Client(name: name, version: nil), scenario: "program", route: route), verdict: .pass,
            upstream: upstream.kind)
        do {
            let folder = try Files.makeTemporaryFolder(in: site.temporaryFolder)
            defer { Files.remove(folder) }
            (result.verdict, result.exchangeCount, result.seconds) = try await judge(route, name, folder)
        } catch {
            result.verdict = .fail([Problem(.program, "\(error)")])
        }
        guard upstream.kind == .live else { return result }
        return ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"].reduce(result) { $0.hiding(site.inherited[$1] ?? "") }
    }

    private func judge(
        _ route: Route, _ name: String, _ folder: String
    ) async throws(IntegrationError) -> (Verdict, Int, Double) {
        guard Files.exists(path) else { throw IntegrationError("\(path) is not there") }
        let row = CatalogueRow(name: name, program: path)
        let command = path.hasSuffix(".py") ? ["python3", path] : [path]
        let ready = ReadyClient(
            client: Client(name: name, version: nil), row: row, version: "", python: nil, command: command, words: [:])
        let environment = ProgramEnvironment(site: site, upstream: upstream, ready: ready, scenario: .plain)
        var variables = environment.common(folder: folder, isPlain: false)
        for key in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] {
            variables[key] = upstream.kind == .live ? site.inherited[key] : ProgramEnvironment.canary
        }
        variables["PYTHONPATH"] = site.pythonPackage
        let dataFolder = "\(folder)/data"
        let bareVariables = variables.merging(try environment.bare()) { $1 }
            .merging(["TRAINLOOP_DATA_FOLDER": dataFolder]) { $1 }
        let bare = await ProgramRun.run(
            command, environment: bareVariables, folder: folder, files: "\(folder)/first", seconds: timeoutSeconds)
        guard bare.succeeded else {
            let lines = (bare.output + bare.errors).split(separator: "\n").suffix(8).joined(separator: "\n         ")
            throw IntegrationError("it fails: \(bare.endText)\n         \(lines)")
        }
        var outcome = bare
        var problems: [Problem] = []
        if route == .run {
            Files.remove(dataFolder)
            outcome = await ProgramRun.run(
                environment.run(command, dataFolder: dataFolder), environment: variables, folder: folder,
                files: "\(folder)/second", seconds: timeoutSeconds)
            var judge = Judge()
            judge.isDeterministic = upstream.kind.isDeterministic
            problems = judge.transparency(bare: bare, recorded: outcome)
        }
        let (records, damages) = RecordView.all(in: dataFolder)
        problems += damages
        if records.count != callCount {
            problems.append(Problem(.once, "\(callCount) calls are expected, \(records.count) records are there"))
            let cause = Cause(
                row: row, route: route, outcome: outcome, stats: nil, dataFolder: dataFolder, allowlist: nil,
                recordCount: records.count, exchangeCount: callCount)
            problems += cause.lines.map { Problem(.cause, $0) }
        }
        problems += Judge().clean(folder: dataFolder, keys: environment.secrets)
        return (problems.isEmpty ? .pass : .fail(problems), records.count, outcome.seconds)
    }
}
