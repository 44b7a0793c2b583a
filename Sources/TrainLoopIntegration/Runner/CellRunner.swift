// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Runs one program without us once, and with us by each route, each time in a fresh process, and judges.
struct CellRunner: Sendable {
    var site: TestSite
    var upstream: Upstream
    var ready: ReadyClient
    /// The program's own file.
    var program: String
    var timeoutSeconds: Int
    var sabotage: Sabotage?

    private static let foreignHost = "host.invalid"

    /// A result for each route; the folder of the test is removed.
    func run(_ scenario: Scenario, routes: [Route]) async -> [CellResult] {
        let environment = ProgramEnvironment(site: site, upstream: upstream, ready: ready, scenario: scenario)
        let way: [String: String]
        do {
            way = try environment.bare()
        } catch {
            return routes.map { result(scenario, $0, .skip("\(error)")) }
        }
        do {
            let folder = try Files.makeTemporaryFolder(in: site.temporaryFolder)
            defer { Files.remove(folder) }
            let bodies = try writeBodies(scenario, folder)
            let bare = try await runBare(environment, way, bodies, folder)
            var results: [CellResult] = []
            for route in routes {
                results.append(try await judge(route, bare, environment, way, bodies, folder))
            }
            return results.map { $0.hiding(environment.hidden) }
        } catch {
            return routes.map { result(scenario, $0, .fail([Problem(.program, "it cannot be tested: \(error)")])) }
        }
    }

    private func writeBodies(_ scenario: Scenario, _ folder: String) throws(IntegrationError) -> [String] {
        guard ready.python == nil else { return [] }
        var paths: [String] = []
        for (index, body) in scenario.bodies.enumerated() {
            paths.append("\(folder)/body-\(index + 1).json")
            try Files.write(body, to: paths[index])
        }
        return paths
    }

    private func runBare(
        _ environment: ProgramEnvironment, _ way: [String: String], _ bodies: [String], _ folder: String
    ) async throws(IntegrationError) -> ProgramOutcome {
        let home = "\(folder)/bare"
        try Files.makeFolder(home, withParents: false)
        let variables = environment.common(folder: home, isPlain: ready.row.reach == .plain)
            .merging(way) { $1 }
            .merging(["TRAINLOOP_DATA_FOLDER": "\(home)/data"]) { $1 }
        return await ProgramRun.run(
            environment.command(bodies: bodies), environment: variables, folder: home, files: "\(home)/program",
            seconds: timeoutSeconds
        ).hiding(environment.hidden)
    }

    // MARK: With us

    private func judge(
        _ route: Route, _ bare: ProgramOutcome, _ environment: ProgramEnvironment, _ way: [String: String],
        _ bodies: [String], _ folder: String
    ) async throws(IntegrationError) -> CellResult {
        let scenario = environment.scenario
        guard route != .inProcess || !ready.row.isPython || site.hasPythonExtension else {
            return result(scenario, route, .skip("the SDK's extension is not built: make python"))
        }
        let isPlain = isPlain(route)
        let told: [ReportedCall]
        switch reported(bare, environment, bodies, isPlain: isPlain) {
        case .success(let calls): told = calls
        case .failure(let error):
            return result(
                scenario, route, .fail(brokenProgram(bare, error.message)), seconds: bare.seconds,
                details: Details.of(bare))
        }
        let home = "\(folder)/\(route.rawValue)"
        try Files.makeFolder(home, withParents: false)
        let dataFolder = sabotage == .folder ? "\(folder)/bare/program.out/data" : "\(home)/data"
        let stats = "\(folder)/\(route.rawValue).stats"
        var outcome = await runRecorded(route, environment, way, bodies, home, dataFolder, stats)
        if sabotage == .changedOutput { outcome.outputBytes = Array("one line more\n".utf8) + outcome.outputBytes }
        try sabotage?.spoil(dataFolder, key: environment.key)

        // What it reports of this run counts, where it still does: each answer of a real model differs.
        let expected = (try? reported(outcome, environment, bodies, isPlain: isPlain).get()) ?? told
        let (records, damages) = RecordView.all(in: dataFolder, hiding: environment.hidden)
        var judge = Judge()
        judge.isDeterministic = upstream.kind.isDeterministic
        judge.ignoresDurations = scenario == .underPytest || scenario == .underUnittest
        if route == .run { judge.runLines = Judge.runLines + (ready.row.says.map { [$0] } ?? []) }
        judge.addresses = environment.addresses(isPlain: isPlain)
        var problems =
            judge.transparency(bare: bare, recorded: outcome) + damages + judge.truth(expected, records)
            + judge.places(records)
        if route == .inProcess {
            problems += judge.locations(
                expected, records, program: ready.row.isPython ? program : ready.row.program,
                callLines: Catalogue.callLines(of: program))
        }
        let own = Judge.files(with: environment.secrets, in: "\(folder)/bare")
        problems += judge.clean(folder: home, secrets: environment.secrets, own: Set(own))
        if !problems.isEmpty {
            let cause = Cause(
                row: ready.row, route: route, outcome: outcome, stats: Files.text(stats).flatMap { JSONTree(text: $0) },
                dataFolder: dataFolder, allowlist: sabotage == .hostList ? Self.foreignHost : nil,
                recordCount: records.count, exchangeCount: expected.count)
            problems += cause.lines.map { Problem(.cause, $0) }
        }
        return result(
            scenario, route, problems.isEmpty ? .pass : .fail(problems), count: expected.count,
            seconds: outcome.seconds,
            details: Details.of(outcome) + Details.of(folder: dataFolder, hiding: environment.hidden))
    }

    /// Whether the program finds the upstream over plain HTTP: without us, or where we are in it.
    private func isPlain(_ route: Route) -> Bool {
        ready.row.reach == .plain && (route == .inProcess || sabotage == .notCollecting)
    }

    /// The calls that a program says it has made.
    ///
    /// - Returns: the failure says what is wrong with the program.
    private func reported(
        _ outcome: ProgramOutcome, _ environment: ProgramEnvironment, _ bodies: [String], isPlain: Bool
    ) -> Result<[ReportedCall], IntegrationError> {
        guard outcome.succeeded else { return .failure(IntegrationError(outcome.endText)) }
        guard let calls = ReportedCall.all(in: outcome.output) else {
            return .failure(IntegrationError("it prints neither EXPECT nor REPLY"))
        }
        guard !calls.isEmpty else { return .failure(IntegrationError("it reports no call")) }
        guard !bodies.isEmpty else { return .success(calls) }
        guard
            let posted = ReportedCall.posted(
                calls, bodies: environment.scenario.bodies, url: environment.url(isPlain: isPlain))
        else { return .failure(IntegrationError("it reports \(calls.count) replies to \(bodies.count) bodies")) }
        return .success(posted)
    }

    private func runRecorded(
        _ route: Route, _ environment: ProgramEnvironment, _ way: [String: String], _ bodies: [String], _ home: String,
        _ dataFolder: String, _ stats: String
    ) async -> ProgramOutcome {
        let isBroken = sabotage == .notCollecting
        var variables = environment.common(folder: home, isPlain: isPlain(route))
        if route == .inProcess || isBroken { variables.merge(way) { $1 } }
        var command = environment.command(bodies: bodies)
        switch route {
        case .inProcess:
            variables["TRAINLOOP_DATA_FOLDER"] = dataFolder
            variables["TRAINLOOP_MATRIX_STATS"] = stats
            if !isBroken { variables["TRAINLOOP_MATRIX_SDK"] = "1" }
        case .run:
            if !isBroken { command = environment.run(command, dataFolder: dataFolder) }
        }
        if sabotage == .hostList { variables["TRAINLOOP_HOST_ALLOWLIST"] = Self.foreignHost }
        return await ProgramRun.run(
            command, environment: variables, folder: home, files: "\(home)/program", seconds: timeoutSeconds
        ).hiding(environment.hidden)
    }

    private func brokenProgram(_ bare: ProgramOutcome, _ what: String) -> [Problem] {
        let problem = Problem(
            .program, (["it fails without us: \(what)"] + Details.end(of: bare)).joined(separator: "\n"))
        let hint = Cause.missingModule(bare.errors, ready.row).map { [Problem(.cause, $0)] } ?? []
        return [problem] + hint
    }

    private func result(
        _ scenario: Scenario, _ route: Route, _ verdict: Verdict, count: Int = 0, seconds: Double = 0,
        details: [String] = []
    ) -> CellResult {
        CellResult(
            cell: Cell(client: ready.client, scenario: scenario.rawValue, route: route), verdict: verdict,
            version: ready.version, upstream: upstream.kind, exchangeCount: count, seconds: seconds, details: details)
    }
}
