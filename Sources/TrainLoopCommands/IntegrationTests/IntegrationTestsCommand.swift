// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopFront
import TrainLoopIntegration
import UnixSignals

/// `trainloop integration-tests`: proof of capture, for each client library and version.
package struct IntegrationTestsCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "integration-tests",
        abstract: "Prove for each client library that its calls are recorded, and that programs do not notice.",
        discussion: """
            Runs programs with unmodified client libraries, each in fresh processes, once without us and once with us, and holds \
            the records against what the library itself reported. Providers are simulated on this machine, over TLS, under \
            their own names; no key is needed. --live asks the real ones, where the key is set.

            A test passes only if the program's result is the same (transparency), each record is true (truth), every exchange \
            has one record (once), the record names the line of the call (location), and no key is on the disk (clean).

            EXAMPLES:
              trainloop integration-tests                              openai, anthropic, litellm, httpx and others, newest
              trainloop integration-tests --test openai --verbose      one
              trainloop integration-tests --test openai==1.97.0 --test httpx --scenario streamed
              trainloop integration-tests --matrix --report-markdown docs/proof.md
              trainloop integration-tests --live --require openai,anthropic
              trainloop integration-tests --program ./my_test.py --expect-calls 3

            EXIT STATUS:
              0    something passed, nothing failed, and nothing that is required was skipped
              1    otherwise
              2    the tests could not be begun

            TROUBLESHOOTING:
              no module named X      python -m pip install X, in the environment that the message names
              a key is not set       export OPENAI_API_KEY or ANTHROPIC_API_KEY, for --live
              no records             the lines after `cause:` say why: the SDK is not collecting, the host is not on the allow-list,
                                     or the data folder cannot be written
              docs/integration-tests.md has more, and how to add a library in ten minutes.
            """)

    static let setUpFailedStatus: Int32 = 2

    @Option(
        name: .customLong("test"), parsing: .upToNextOption,
        help: ArgumentHelp(
            "Only the test of this name, or those that contain it, or name==version. May be repeated.",
            valueName: "name")
    )
    var tests: [String] = []

    @Option(name: .customLong("scenario"), parsing: .upToNextOption, help: "Only these scenarios. May be repeated.")
    var scenarios: [Scenario] = []

    @Option(name: .customLong("route"), help: "Only this route: in-process or run. May be repeated.")
    var routes: [Route] = []

    @Flag(help: "Every library, version, scenario and route of the catalogue.")
    var matrix = false

    @Option(help: "Who answers: simulator, local-model (a small model on this machine, 220 MB by pip) or live.")
    var upstream: UpstreamKind = .simulator

    @Flag(help: "Ask the real providers where the key is set; the same as --upstream live.")
    var live = false

    @Option(help: "Names, separated by commas, whose tests may not be skipped.")
    var require: String = ""

    @Option(help: "Seconds that a program may take.")
    var timeout = 60

    @Option(help: "Tests that run at once.")
    var jobs = 2

    @Flag(name: .shortAndLong, help: "Show what is run, what programs print, and the files and records.")
    var verbose = false

    @Option(help: "Write the tables as a page of Markdown.", completion: .file())
    var reportMarkdown: String?

    @Option(help: "Write every result as JSON.", completion: .file())
    var reportJson: String?

    @Option(help: "Write the results as JUnit's XML.", completion: .file())
    var reportJunit: String?

    @Option(help: "Test a program of your own instead: a file in Python, or any program.", completion: .file())
    var program: String?

    @Option(help: "How many calls --program makes.")
    var expectCalls: Int?

    @Option(help: "The folder Integration, with the catalogue and its programs.", completion: .directory)
    var programs: String?

    @Option(
        help: "The folder that holds the Python package; else Python beside the folder Integration.",
        completion: .directory)
    var pythonPackage: String?

    @Option(
        help:
            "Break the capture on purpose, to see the tests fail: \(Sabotage.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var sabotage: Sabotage?

    package init() {}

    /// Who answers, by both options that say so.
    var kind: UpstreamKind { live ? .live : upstream }

    package func validate() throws {
        guard timeout > 0, jobs > 0 else { throw ValidationError("--timeout and --jobs are numbers above 0.") }
        guard !live || upstream == .simulator || upstream == .live else {
            throw ValidationError("--live and --upstream \(upstream.rawValue) exclude each other.")
        }
        if let other = scenarios.first(where: { !$0.suitsAnyModel }), !kind.isDeterministic {
            throw ValidationError(
                "--scenario \(other.rawValue) is asked of the simulator alone; a real model is asked smoke.")
        }
        try validateProgram()
    }

    private func validateProgram() throws {
        guard (program == nil) == (expectCalls == nil) else {
            throw ValidationError("--program and --expect-calls go together.")
        }
        guard expectCalls ?? 1 > 0 else { throw ValidationError("--expect-calls is a number above 0.") }
        guard program != nil else { return }
        let others = [
            ("--test", !tests.isEmpty), ("--scenario", !scenarios.isEmpty), ("--matrix", matrix),
            ("--sabotage", sabotage != nil),
        ]
        if let other = others.first(where: \.1)?.0 {
            throw ValidationError("--program and \(other) exclude each other: the catalogue is not run.")
        }
    }

    package func run() async throws {
        let proof: Proof
        do {
            // Before there is anything to end and to remove.
            let signals = await UnixSignalsSequence(trapping: .sighup, .sigint, .sigterm)
            let session = try IntegrationSession(self, environment: ProcessHeritage.capture().variables)
            proof = try await Self.run(session, endingOn: signals)
            try session.writeReports(proof)
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(Self.setUpFailedStatus)
        }
        throw ExitCode(proof.exitStatus)
    }
}

extension IntegrationTestsCommand {
    /// On a signal the programs end with us, and their folder is removed.
    private static func run(
        _ session: IntegrationSession, endingOn signals: UnixSignalsSequence
    ) async throws -> Proof {
        let interruption = Task {
            for await signal in signals {
                ProgramRun.killAll()
                Files.removeBusy(session.folder)
                TrainLoopCommand.exit(withError: ExitCode(128 + signal.rawValue))
            }
        }
        let result: Result<Proof, any Error>
        do {
            result = .success(try await session.run())
        } catch {
            result = .failure(error)
        }
        // What a signal has ended looks like a failure: then the exit above is the end, not this.
        interruption.cancel()
        await interruption.value
        return try result.get()
    }
}

extension Scenario: ExpressibleByArgument {}
extension Route: ExpressibleByArgument {}
extension UpstreamKind: ExpressibleByArgument {}
extension Sabotage: ExpressibleByArgument {}
