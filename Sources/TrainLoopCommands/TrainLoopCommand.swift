// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopFront

/// The root command.
package struct TrainLoopCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "trainloop",
        abstract: "Records every call of a language model, from any program, in plain files that you own.",
        version: TrainLoopVersion.text,
        subcommands: [
            RunCommand.self, ProxyCommand.self, EventsCommand.self, RegistryCommand.self, SimulateCommand.self,
            DemoCommand.self, DemoClientCommand.self,
            IntegrationTestsCommand.self, DoctorCommand.self,
        ])

    package init() {}
}

/// Runs the command line; the whole of `main`.
public func start() async {
    await TrainLoopCommand.main(Array(RunCommand.parsedWords(CommandLine.arguments.dropFirst())))
    if StandardOutput.hasFailed { TrainLoopCommand.exit(withError: ExitCode.failure) }
}
