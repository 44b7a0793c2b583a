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
        let client = Client(name: name, version: nil)
        let command = path.hasSuffix(".py") ? ["python3", path] : [path]
        let ready = ReadyClient(
            client: client, row: CatalogueRow(name: name, program: path), version: "", python: nil, command: command,
            words: [:])
        let environment = ProgramEnvironment(site: site, upstream: upstream, ready: ready, scenario: .plain)
        var result = CellResult(
            cell: Cell(client: client, scenario: "program", route: route), verdict: .pass, upstream: upstream.kind)
        do {
            let folder = try Files.makeTemporaryFolder(in: site.temporaryFolder)
            defer { Files.remove(folder) }
            try await judge(environment, folder, &result)
        } catch {
            result.verdict = .fail([Problem(.program, "\(error)")])
        }
        return result.hiding(environment.hidden)
    }

    private func judge(
        _ environment: ProgramEnvironment, _ folder: String, _ result: inout CellResult
    ) async throws(IntegrationError) {
        guard Files.exists(path) else { throw IntegrationError("\(path) is not there") }
        // The same place for both runs, as a program may print where it is; made anew for the second.
        let home = "\(folder)/home"
        let dataFolder = "\(home)/data"
        let command = environment.ready.command
        var variables = environment.common(folder: home, isPlain: false)
        for key in ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"] {
            variables[key] = upstream.kind == .live ? site.inherited[key] : ProgramEnvironment.canary
        }
        variables["PYTHONPATH"] = site.pythonPackage
        let bareVariables = variables.merging(try environment.bare()) { $1 }
            .merging(["TRAINLOOP_DATA_FOLDER": dataFolder]) { $1 }
        let bare = try await start(command, bareVariables, home, environment)
        result.details = Details.of(bare)
        guard bare.succeeded else {
            throw IntegrationError((["it fails: \(bare.endText)"] + Details.end(of: bare)).joined(separator: "\n"))
        }
        var outcome = bare
        var judge = Judge()
        judge.isDeterministic = upstream.kind.isDeterministic
        var own: Set<String> = []
        var problems: [Problem] = []
        if result.cell.route == .run {
            own = Set(Judge.files(with: environment.secrets, in: home))
            Files.remove(home)
            outcome = try await start(environment.run(command, dataFolder: dataFolder), variables, home, environment)
            judge.runLines = Judge.runLines
            problems = judge.transparency(bare: bare, recorded: outcome)
            result.details = Details.of(outcome)
        }
        let (records, damages) = RecordView.all(in: dataFolder, hiding: environment.hidden)
        problems += damages
        if records.count != callCount {
            problems.append(Problem(.once, "\(callCount) calls are expected, \(records.count) records are there"))
            let cause = Cause(
                row: environment.ready.row, route: result.cell.route, outcome: outcome, stats: nil,
                dataFolder: dataFolder, allowlist: nil, recordCount: records.count, exchangeCount: callCount)
            problems += cause.lines.map { Problem(.cause, $0) }
        }
        problems += judge.clean(folder: home, secrets: environment.secrets, own: own)
        result.verdict = problems.isEmpty ? .pass : .fail(problems)
        (result.exchangeCount, result.seconds) = (records.count, outcome.seconds)
        result.details += Details.of(folder: dataFolder, hiding: environment.hidden)
    }

    private func start(
        _ command: [String], _ variables: [String: String], _ home: String, _ environment: ProgramEnvironment
    ) async throws(IntegrationError) -> ProgramOutcome {
        try Files.makeFolder(home, withParents: false)
        return await ProgramRun.run(
            command, environment: variables, folder: home, files: "\(home)/program", seconds: timeoutSeconds
        ).hiding(environment.hidden)
    }
}
