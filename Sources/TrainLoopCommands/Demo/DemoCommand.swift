// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopJournal
import TrainLoopQuery
import TrainLoopTesting

/// `trainloop demo`: the whole way, without keys and network.
package struct DemoCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "See the whole way: a simulated provider, a program that calls it, and its calls on record.",
        discussion: """
            Needs no key and no network. The calls are recorded where `trainloop run` would record them: in \
            TRAINLOOP_DATA_FOLDER, the configured folder, or trainloop/data.
            """)

    private static let hosts = ["api.openai.com", "api.anthropic.com"]

    package init() {}

    package func run() async throws {
        let heritage = ProcessHeritage.capture()
        do {
            try await show(heritage)
        } catch let error as ExitCode {
            throw error
        } catch {
            StandardError.say("the demo cannot run: \(error)")
            throw ExitCode.failure
        }
    }

    private func show(_ heritage: ProcessHeritage) async throws {
        let workingDirectory = WorkingDirectory.path
        var configuration = try CaptureConfiguration.load(
            path: nil, workingDirectory: workingDirectory
        ) { heritage.variables[$0] }
        // The two hosts that the program calls, whatever hosts the user's own programs are recorded for.
        configuration.hostAllowlist = Self.hosts.compactMap { HostPattern($0) }
        let simulator = try ProviderSimulator()
        try await simulator.start()
        let folder = try RunFolder(parent: RunFolder.parent(heritage.variables))
        defer { folder.remove() }
        let authority = "\(folder.path)/simulator.pem"
        try SmallFile.write(simulator.certificatePEM, to: authority)

        // The program goes where it always would; only behind the proxy does the simulator stand in the providers' place. No
        // proxy of the user's may come between, and no NO_PROXY of theirs may lead past us.
        var environment = heritage.variables
        for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
            environment[name] = nil
            environment[name.lowercased()] = nil
        }
        var options = RunSession.Options(configuration: configuration, environment: environment)
        options.tag = "demo"
        options.upstreamTrustFiles = [authority]
        options.connectTo = Self.hosts.map {
            ($0, 443, "127.0.0.1", simulator.httpsPort)
        }
        options.report = { StandardError.say($0) }
        let session = try await RunSession.start(options)

        StandardOutput.write("A program calls api.openai.com and api.anthropic.com (simulated on this machine):\n\n")
        let started = Timestamp.now().millisecondsSinceEpoch
        let child = try ChildProcess.spawn(
            [Array(ExecutablePath.current.utf8), Array("demo-client".utf8)],
            environment: environment.merging(session.childVariables) { _, new in new }
                .map { Array("\($0.key)=\($0.value)".utf8) },
            heritage: heritage)
        let status = try await child.wait().shellStatus
        let summary = await session.finish()
        await simulator.shutdown()

        var filter = CallFilter()
        filter.since = started
        let records = Self.records(
            of: child.processID, count: summary.coverage.seen,
            among: DataFolder(configuration.dataFolder).last(1000, matching: filter).records)
        StandardOutput.write("\nWhat was recorded:\n\n\(EventOutput(isJSON: false).table(records))\n")
        StandardOutput.write("\(summary.line(workingDirectory: workingDirectory))\n\n")
        StandardOutput.write(nextSteps(records.last?.json["id"]?.string))
        guard status == 0, summary.isComplete, records.count == summary.coverage.seen, !records.isEmpty
        else {
            StandardError.say("the demo did not go as it should: the program ended with status \(status)")
            throw ExitCode.failure
        }
    }

    /// The program's own records: other runs may write to the same folder meanwhile.
    ///
    /// Who called is not known of every exchange; those of unknown origin count as ours as long as ours are not complete.
    private static func records(of processID: Int32, count: Int, among all: [StoredRecord]) -> [StoredRecord] {
        func origin(_ record: StoredRecord) -> Int64? { record.json["capture"]?["pid"]?.integer }
        var missing = count - all.count { origin($0) == Int64(processID) }
        return all.filter { record in
            guard origin(record) == nil else { return origin(record) == Int64(processID) }
            missing -= 1
            return missing >= 0
        }
    }

    private func nextSteps(_ id: String?) -> String {
        let program = ExecutablePath.shown
        return """
            Next:
              \(program) events                          list what was recorded
              \(program) events show \(id.map { String($0.suffix(8)) } ?? "ID")            one call, whole
              \(program) run -- python my_agent.py       record a program of your own

            """
    }
}
