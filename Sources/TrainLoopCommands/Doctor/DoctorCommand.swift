// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopFront
import TrainLoopIntegration

/// `trainloop doctor`: what would be recorded here, and what is in the way.
package struct DoctorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "See which client libraries this project has, how they would be recorded, and what is in the way.",
        discussion: """
            Reads the files of package managers (Python's environments, package.json, Package.resolved, go.mod, Gemfile.lock, \
            composer.lock, pom.xml and build.gradle), the configuration and the environment. Nothing is changed.

            EXAMPLE:
              trainloop doctor
              trainloop doctor ~/my-agent

            EXIT STATUS:
              0    nothing is wrong
              1    something keeps calls from being recorded
            """)

    @Argument(help: "The folder of the project.", completion: .directory)
    var project: String = "."

    @Option(help: "The folder Integration, with the last proof.", completion: .directory)
    var programs: String?

    package init() {}

    package func run() async throws {
        let environment = ProcessHeritage.capture().variables
        let workingDirectory = WorkingDirectory.path
        let folder = project == "." ? workingDirectory : absolutePath(project, relativeTo: workingDirectory)
        guard Files.isFolder(folder) else {
            StandardError.say("\(folder) is no folder")
            throw ExitCode.failure
        }
        let libraries = ProjectLibraries(
            project: folder,
            sitePackages: await ProjectLibraries.sitePackages(project: folder, environment: environment))
        let integration = try? IntegrationFolder.find(
            named: programs, environment: environment, workingDirectory: workingDirectory,
            executable: ExecutablePath.current)
        let proof = integration.flatMap { RecordedProof(folder: $0) }
        let findings = Checkup(
            environment: environment, project: folder, sitePackages: libraries.sitePackages
        ).findings()

        var text = "trainloop \(TrainLoopVersion.text), \(SystemName.text)\n\nClient libraries in \(folder):\n\n"
        text += Self.table(libraries.find(), proof)
        text += "\nThe set-up:\n\n"
        for finding in findings { text += "  \(finding.isWrong ? "WRONG" : "ok   ")  \(finding.text)\n" }
        StandardOutput.write(Terminal.plain(text, keepsLines: true))
        if findings.contains(where: \.isWrong) { throw ExitCode.failure }
    }

    private static func table(_ found: [FoundLibrary], _ proof: RecordedProof?) -> String {
        guard !found.isEmpty else {
            return
                "  none that is known. Any program can be run under `trainloop run`: docs/capture.md has the clients.\n"
        }
        return found.map { library in
            let known = library.library
            let words =
                proof.map { proof in
                    guard let test = known.test else { return "not proven" }
                    let isItself = known.ecosystem == .python || known.ecosystem == .swift
                    return isItself
                        ? proof.words(test: test, version: library.version) : "by the same way as \(test)"
                } ?? "the proof is not at hand: see docs/proof.md"
            return "  \(known.package) \(library.version) (\(known.ecosystem.rawValue), \(library.place))\n"
                + "      recorded by \(known.route); \(words)\n"
        }.joined()
    }
}
