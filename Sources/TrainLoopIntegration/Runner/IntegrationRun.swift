// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// All cells that were asked for, several at a time.
package struct IntegrationRun: Sendable {
    package struct Options: Sendable {
        package var clients: [Client]
        /// Nil: all that a client's program can do.
        package var scenarios: [Scenario]?
        package var routes: [Route] = Route.allCases
        package var jobs = 2
        package var timeoutSeconds = 60
        package var sabotage: Sabotage?

        package init(clients: [Client]) {
            self.clients = clients
        }
    }

    /// What is told while it runs.
    package enum Event: Sendable {
        case preparing(String)
        case ended(CellResult, done: Int, of: Int)
    }

    private let catalogue: Catalogue
    private let site: TestSite
    private let upstream: Upstream
    private let workshop: Workshop
    private let options: Options

    package init(catalogue: Catalogue, site: TestSite, upstream: Upstream, options: Options) {
        self.catalogue = catalogue
        self.site = site
        self.upstream = upstream
        self.options = options
        workshop = Workshop(
            catalogue: catalogue, inherited: site.inherited,
            python: try? PythonEnvironments(inherited: site.inherited, temporaryFolder: site.temporaryFolder),
            temporaryFolder: site.temporaryFolder)
    }

    /// The results, in the order of the clients and scenarios.
    ///
    /// A client's tests begin when it is ready; meanwhile others are made ready, two at a time, as more is no help to a
    /// registry.
    package func run(_ tell: @escaping @Sendable (Event) -> Void) async -> [CellResult] {
        let places = options.clients.map(units)
        let skipped = options.clients.map(unable)
        let total = places.joined().reduce(0) { $0 + $1.routes.count } + skipped.joined().count
        var done = 0
        var results: [Int: [CellResult]] = [:]
        func end(_ index: Int, _ cells: [CellResult]) {
            results[index, default: []] += cells
            for cell in cells {
                done += 1
                tell(.ended(cell, done: done, of: total))
            }
        }
        for (index, cells) in skipped.enumerated() { end(index, cells) }
        var waiting = Array(options.clients.enumerated()).filter { !places[$0.offset].isEmpty }[...]
        var ready: [(client: Int, unit: Unit, state: Result<ReadyClient, IntegrationError>)] = []
        var (preparing, running) = (0, 0)
        await withTaskGroup(of: Step.self) { group in
            func fill() {
                while preparing < Self.preparationLimit, let (index, client) = waiting.popFirst() {
                    preparing += 1
                    group.addTask { .prepared(index, await prepare(client, tell)) }
                }
                while running < options.jobs, !ready.isEmpty {
                    running += 1
                    let (index, unit, state) = ready.removeFirst()
                    group.addTask { .ran(index, await run(unit, state)) }
                }
            }
            fill()
            for await step in group {
                switch step {
                case .prepared(let index, let state):
                    preparing -= 1
                    ready += places[index].map { (index, $0, state) }
                case .ran(let index, let cells):
                    running -= 1
                    end(index, cells)
                }
                fill()
            }
        }
        return options.clients.indices.flatMap { results[$0] ?? [] }
    }

    private static let preparationLimit = 2

    private enum Step: Sendable {
        case prepared(Int, Result<ReadyClient, IntegrationError>)
        case ran(Int, [CellResult])
    }

    /// A program in a scenario: run once without us, and once by each route.
    private struct Unit: Sendable {
        var client: Client
        var scenario: Scenario
        var routes: [Route]
    }

    private func prepare(
        _ client: Client, _ tell: @Sendable (Event) -> Void
    ) async -> Result<ReadyClient, IntegrationError> {
        tell(.preparing(client.title))
        do {
            if upstream.kind == .live {
                guard let key = catalogue[client]?.key else { throw IntegrationError("it has no live test") }
                guard !(site.inherited[key] ?? "").isEmpty else { throw IntegrationError("\(key) is not set") }
            }
            return .success(try await workshop.prepare(client))
        } catch let error as IntegrationError {
            return .failure(error)
        } catch {
            return .failure(IntegrationError("\(error)"))
        }
    }

    private func units(_ client: Client) -> [Unit] {
        guard let row = catalogue[client] else { return [] }
        let able = catalogue.scenarios(of: row)
        return wanted.filter(able.contains).compactMap { scenario in
            let routes = options.routes.filter { Self.reason(row, scenario, $0, able) == nil }
            return routes.isEmpty ? nil : Unit(client: client, scenario: scenario, routes: routes)
        }
    }

    /// The scenarios that are asked for.
    private var wanted: [Scenario] {
        guard upstream.kind.isDeterministic else { return Scenario.allCases.filter(\.suitsAnyModel) }
        return options.scenarios.map { chosen in Scenario.allCases.filter(chosen.contains) }
            ?? Scenario.allCases.filter { !$0.suitsAnyModel }
    }

    /// What is asked for by name and cannot be done by any route that is asked for, with the reason; of the whole matrix,
    /// only where nothing else of the client is run.
    private func unable(_ client: Client) -> [CellResult] {
        guard let row = catalogue[client] else { return [] }
        let units = units(client)
        guard options.scenarios != nil || units.isEmpty else { return [] }
        let able = catalogue.scenarios(of: row)
        return wanted.filter { scenario in !units.contains { $0.scenario == scenario } }.flatMap { scenario in
            options.routes.map { route in
                CellResult(
                    cell: Cell(client: client, scenario: scenario.rawValue, route: route),
                    verdict: .skip(Self.reason(row, scenario, route, able) ?? ""), upstream: upstream.kind)
            }
        }
    }

    /// Why a client is not proved so, or nil where it is.
    private static func reason(
        _ row: CatalogueRow, _ scenario: Scenario, _ route: Route, _ able: [Scenario]
    ) -> String? {
        if !able.contains(scenario) { return "its program has no \(scenario.rawValue)" }
        if !row.routes.contains(route) { return "there is no SDK for it: it is recorded by `trainloop run` alone" }
        return route == .run && scenario.isInProcess ? "\(scenario.rawValue) is a matter of the SDK in process" : nil
    }

    private func run(_ unit: Unit, _ state: Result<ReadyClient, IntegrationError>) async -> [CellResult] {
        switch state {
        case .failure(let error):
            let verdict =
                error.isDefect ? Verdict.fail([Problem(.program, error.message)]) : .skip(error.message)
            return unit.routes.map {
                CellResult(
                    cell: Cell(client: unit.client, scenario: unit.scenario.rawValue, route: $0), verdict: verdict,
                    upstream: upstream.kind)
            }
        case .success(let ready):
            return await CellRunner(
                site: site, upstream: upstream, ready: ready, program: catalogue.program(ready.row),
                timeoutSeconds: options.timeoutSeconds, sabotage: options.sabotage
            ).run(unit.scenario, routes: unit.routes)
        }
    }
}
