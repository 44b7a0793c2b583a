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
            return upstream.kind == .live ? results.map { $0.hiding(environment.key) } : results
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
        try Files.makeFolder(home)
        let variables = environment.common(folder: home, isPlain: ready.row.reach == .plain)
            .merging(way) { $1 }
            .merging(["TRAINLOOP_DATA_FOLDER": "\(home)/data"]) { $1 }
        return await ProgramRun.run(
            environment.command(bodies: bodies), environment: variables, folder: home, files: "\(folder)/bare",
            seconds: timeoutSeconds)
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
        guard bare.succeeded, let told = ReportedCall.all(in: bare.output) else {
            return result(scenario, route, .fail(brokenProgram(bare)), seconds: bare.seconds, details: Self.show(bare))
        }
        let home = "\(folder)/\(route.rawValue)"
        try Files.makeFolder(home)
        let dataFolder = sabotage == .folder ? "\(folder)/bare.out/data" : "\(home)/data"
        let stats = "\(folder)/\(route.rawValue).stats"
        var outcome = await runRecorded(route, environment, way, bodies, home, dataFolder, stats)
        if sabotage == .changedOutput { outcome.output = "one line more\n" + outcome.output }
        try sabotage?.spoil(dataFolder, key: environment.key)

        let expected = ReportedCall.all(in: outcome.output) ?? told
        let (records, damages) = RecordView.all(in: dataFolder)
        var judge = Judge()
        judge.isDeterministic = upstream.kind.isDeterministic
        judge.ignoresDurations = scenario == .underPytest || scenario == .underUnittest
        judge.known = route == .run ? ready.row.says : nil
        var problems = judge.transparency(bare: bare, recorded: outcome) + damages + judge.truth(expected, records)
        if route == .inProcess {
            problems += judge.locations(
                expected, records, program: ready.row.isPython ? program : ready.row.program,
                callLines: Catalogue.callLines(of: program))
        }
        problems += judge.clean(folder: dataFolder, keys: environment.secrets)
        if !problems.isEmpty {
            let cause = Cause(
                row: ready.row, route: route, outcome: outcome, stats: Files.text(stats).flatMap { JSONTree(text: $0) },
                dataFolder: dataFolder, allowlist: sabotage == .hostList ? Self.foreignHost : nil,
                recordCount: records.count, exchangeCount: expected.count)
            problems += cause.lines.map { Problem(.cause, $0) }
        }
        return result(
            scenario, route, problems.isEmpty ? .pass : .fail(problems), count: expected.count,
            seconds: outcome.seconds, details: Self.show(outcome) + Self.show(folder: dataFolder))
    }

    private func runRecorded(
        _ route: Route, _ environment: ProgramEnvironment, _ way: [String: String], _ bodies: [String], _ home: String,
        _ dataFolder: String, _ stats: String
    ) async -> ProgramOutcome {
        let isBroken = sabotage == .notCollecting
        let isPlain = ready.row.reach == .plain && (route == .inProcess || isBroken)
        var variables = environment.common(folder: home, isPlain: isPlain)
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
            command, environment: variables, folder: home, files: "\(home)/program", seconds: timeoutSeconds)
    }

    private func brokenProgram(_ bare: ProgramOutcome) -> [Problem] {
        let hasSaid = ReportedCall.all(in: bare.output) != nil
        let what = bare.succeeded && !hasSaid ? "it prints neither EXPECT nor REPLY" : bare.endText
        let lines = (bare.output + bare.errors).split(separator: "\n").suffix(8).map { "         \(short(String($0)))" }
        let problem = Problem(.program, (["it fails without us: \(what)"] + lines).joined(separator: "\n"))
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

    // MARK: Details

    private static func show(_ outcome: ProgramOutcome) -> [String] {
        func lines(_ name: String, _ text: String) -> [String] {
            text.split(separator: "\n").map { "\(name): \(String($0.prefix(2000)))" }
        }
        return ["\(outcome.endText) after \(tenths(outcome.seconds)) s"] + lines("stdout", outcome.output)
            + lines("stderr", outcome.errors)
    }

    private static func show(folder: String) -> [String] {
        Files.all(under: folder).flatMap { path -> [String] in
            let text = Files.text(path) ?? ""
            return ["\(path), \(text.utf8.count) bytes"]
                + text.split(separator: "\n").map { "  \(String($0.prefix(2000)))" }
        }
    }
}
