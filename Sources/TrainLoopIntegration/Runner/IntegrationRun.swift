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
    package func run(_ tell: @escaping @Sendable (Event) -> Void) async -> [CellResult] {
        // Two installers at once are enough for a registry.
        let prepared = await inParallel(options.clients, limit: 2) { client in
            await prepare(client, tell)
        }
        let units = prepared.flatMap(units)
        let total = units.reduce(0) { $0 + $1.routes.count }
        var done = 0
        return await inParallel(units, limit: options.jobs, run) { results in
            for result in results {
                done += 1
                tell(.ended(result, done: done, of: total))
            }
        }.flatMap { $0 }
    }

    /// A program in a scenario: run once without us, and once by each route.
    private struct Unit: Sendable {
        var client: Client
        var ready: Result<ReadyClient, IntegrationError>
        var scenario: Scenario
        var routes: [Route]
    }

    private func prepare(
        _ client: Client, _ tell: @Sendable (Event) -> Void
    ) async -> (Client, Result<ReadyClient, IntegrationError>) {
        tell(.preparing(client.title))
        do {
            if upstream.kind == .live {
                guard let key = catalogue[client]?.key else { throw IntegrationError("it has no live test") }
                guard !(site.inherited[key] ?? "").isEmpty else { throw IntegrationError("\(key) is not set") }
            }
            return (client, .success(try await workshop.prepare(client)))
        } catch let error as IntegrationError {
            return (client, .failure(error))
        } catch {
            return (client, .failure(IntegrationError("\(error)")))
        }
    }

    private func units(_ client: Client, _ ready: Result<ReadyClient, IntegrationError>) -> [Unit] {
        guard let row = catalogue[client] else { return [] }
        let scenarios = catalogue.scenarios(of: row).filter { scenario in
            guard upstream.kind.isDeterministic else { return scenario.suitsAnyModel }
            return options.scenarios?.contains(scenario) ?? !scenario.suitsAnyModel
        }
        return scenarios.compactMap { scenario in
            let routes = options.routes.filter {
                // How the SDK begins is no matter of the proxy's.
                row.routes.contains($0) && !($0 == .run && scenario.isWayToBegin)
            }
            return routes.isEmpty ? nil : Unit(client: client, ready: ready, scenario: scenario, routes: routes)
        }
    }

    private func run(_ unit: Unit) async -> [CellResult] {
        switch unit.ready {
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

/// Maps, at most so many at a time; the results are in the order of the elements.
func inParallel<Element: Sendable, Value: Sendable>(
    _ elements: [Element], limit: Int, _ work: @escaping @Sendable (Element) async -> Value,
    ended: (Value) -> Void = { _ in }
) async -> [Value] {
    var values: [Int: Value] = [:]
    await withTaskGroup(of: (Int, Value).self) { group in
        var waiting = elements.enumerated().makeIterator()
        func addNext() {
            guard let (index, element) = waiting.next() else { return }
            group.addTask { (index, await work(element)) }
        }
        for _ in 0..<max(1, limit) { addNext() }
        for await (index, value) in group {
            values[index] = value
            ended(value)
            addNext()
        }
    }
    return elements.indices.compactMap { values[$0] }
}
