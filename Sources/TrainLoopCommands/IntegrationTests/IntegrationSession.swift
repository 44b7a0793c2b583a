// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopFront
import TrainLoopIntegration

/// One run of `integration-tests`: what its options mean, what is told meanwhile, the reports at its end.
struct IntegrationSession {
    private let options: IntegrationTestsCommand
    private let catalogue: Catalogue
    private let clients: [Client]
    private var site: TestSite
    /// All that the run makes, and leaves none of.
    let folder: String
    private let kind: UpstreamKind

    init(_ options: IntegrationTestsCommand, environment: [String: String]) throws {
        self.options = options
        kind = options.kind
        for report in [options.reportMarkdown, options.reportJson, options.reportJunit].compactMap({ $0 }) {
            try Files.checkWritable(absolutePath(report, relativeTo: WorkingDirectory.path))
        }
        let executable = ExecutablePath.current
        let workingDirectory = WorkingDirectory.path
        let integration = try IntegrationFolder.find(
            named: options.programs, environment: environment, workingDirectory: workingDirectory,
            executable: executable)
        catalogue = try Catalogue(folder: integration)
        let names = options.tests.isEmpty && !options.matrix ? Catalogue.quickNames : options.tests
        clients =
            options.program == nil ? try catalogue.clients(named: names, allVersions: options.matrix) : []
        let package = options.pythonPackage.map { absolutePath($0, relativeTo: workingDirectory) }
        site = TestSite(
            trainloop: executable, pythonPackage: package ?? absolutePath("../Python", relativeTo: integration),
            injectLibrary: try? InjectedLibrary.find(), inherited: environment)
        folder = try Files.makeTemporaryFolder(in: site.temporaryFolder)
        site.temporaryFolder = folder
    }

    func run() async throws -> Proof {
        defer { Files.remove(folder) }
        let upstream: Upstream
        do {
            upstream = try await makeUpstream(folder)
        } catch {
            guard kind == .localModel else { throw error }
            return finish(skipped("\(error)"))
        }
        let results: [CellResult]
        if let program = options.program {
            let path = absolutePath(program, relativeTo: WorkingDirectory.path)
            let own = OwnProgram(
                path: path, callCount: options.expectCalls ?? 0, site: site, upstream: upstream,
                timeoutSeconds: options.timeout)
            results = await own.run(routes: options.routes.isEmpty ? [.run] : options.routes)
            for result in results { Progress(isVerbose: options.verbose, isMatrix: false).tell(result) }
        } else {
            results = await runCatalogue(upstream)
        }
        await upstream.shutdown()
        return finish(results)
    }

    /// What cannot be asked is skipped, with the reason.
    private func skipped(_ reason: String) -> [CellResult] {
        clients.map {
            CellResult(
                cell: Cell(client: $0, scenario: Scenario.smoke.rawValue, route: .run), verdict: .skip(reason),
                upstream: kind)
        }
    }

    private func finish(_ results: [CellResult]) -> Proof {
        let proof = Proof(
            results: results, required: options.require.split(separator: ",").map { String($0) })
        StandardOutput.write("\n\(proof.text)\n\(proof.summary)\n")
        return proof
    }

    private func makeUpstream(_ folder: String) async throws -> Upstream {
        switch kind {
        case .simulator:
            let python = Files.find("python3", path: site.inherited["PATH"] ?? "")
            let needsBedrock = clients.contains { $0.name == "boto3" }
            return try await .simulator(
                folder: folder, catalogue: catalogue, python: needsBedrock ? python : nil, environment: site.inherited)
        case .localModel:
            let environments = try PythonEnvironments(inherited: site.inherited, temporaryFolder: folder)
            return try await LocalModel(environments).start(folder: folder, catalogue: catalogue) {
                StandardError.say("preparing \($0)")
            }
        case .live: return .live
        }
    }

    private func runCatalogue(_ upstream: Upstream) async -> [CellResult] {
        var run = IntegrationRun.Options(clients: clients)
        run.scenarios = options.scenarios.isEmpty ? options.matrix ? nil : Scenario.quick : options.scenarios
        run.routes = options.routes.isEmpty ? Route.allCases : options.routes
        run.jobs = options.jobs
        run.timeoutSeconds = options.timeout
        run.sabotage = options.sabotage
        let progress = Progress(isVerbose: options.verbose, isMatrix: options.matrix)
        let results = await IntegrationRun(catalogue: catalogue, site: site, upstream: upstream, options: run).run {
            progress.tell($0)
        }
        progress.clear()
        return results
    }

    /// What the proof was made with.
    private var facts: [String] {
        ["trainloop \(TrainLoopVersion.text), \(SystemName.text)", "the calls were answered by: \(kind.word)"]
    }

    func writeReports(_ proof: Proof) throws {
        let reports = [
            (options.reportMarkdown, { proof.markdown(facts: facts) }), (options.reportJson, { proof.json }),
            (options.reportJunit, { proof.junit }),
        ]
        for (path, text) in reports {
            guard let path else { continue }
            try Files.write(text(), to: absolutePath(path, relativeTo: WorkingDirectory.path))
        }
    }
}
