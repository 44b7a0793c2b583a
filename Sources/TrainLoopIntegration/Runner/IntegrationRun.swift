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
            catalogue: catalogue, inherited: site.inherited, python: try? PythonEnvironments(inherited: site.inherited))
    }

    /// The results, in the order of the clients and scenarios.
    ///
    /// A client's tests begin when it is ready; meanwhile others are made ready, two at a time, as more is no help to a
    /// registry.
    package func run(_ tell: @escaping @Sendable (Event) -> Void) async -> [CellResult] {
        let places = options.clients.map(units)
        let total = places.joined().reduce(0) { $0 + $1.routes.count }
        var done = 0
        var results: [Int: [CellResult]] = [:]
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
                    results[index, default: []] += cells
                    for cell in cells {
                        done += 1
                        tell(.ended(cell, done: done, of: total))
                    }
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
        let scenarios = catalogue.scenarios(of: row).filter { scenario in
            guard upstream.kind.isDeterministic else { return scenario.suitsAnyModel }
            return options.scenarios?.contains(scenario) ?? !scenario.suitsAnyModel
        }
        return scenarios.compactMap { scenario in
            let routes = options.routes.filter {
                row.routes.contains($0) && !($0 == .run && scenario.isInProcess)
            }
            return routes.isEmpty ? nil : Unit(client: client, scenario: scenario, routes: routes)
        }
    }

    private func run(_ unit: Unit, _ state: Result<ReadyClient, IntegrationError>) async -> [CellResult] {
        switch state {
        case .failure(let error):
            return unit.routes.map {
                CellResult(
                    cell: Cell(client: unit.client, scenario: unit.scenario.rawValue, route: $0),
                    verdict: .skip(error.message), upstream: upstream.kind)
            }
        case .success(let ready):
            return await CellRunner(
                site: site, upstream: upstream, ready: ready, program: catalogue.program(ready.row),
                timeoutSeconds: options.timeoutSeconds, sabotage: options.sabotage
            ).run(unit.scenario, routes: unit.routes)
        }
    }
}
