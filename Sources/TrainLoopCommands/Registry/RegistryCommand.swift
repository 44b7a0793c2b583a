// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopJournal
import TrainLoopQuery

/// `trainloop registry`: the index of call sites.
package struct RegistryCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "registry",
        abstract: "The index of call sites, _registry.json.",
        subcommands: [RegistryRebuild.self])

    package init() {}
}

/// `trainloop registry rebuild`: derives the index from the events.
struct RegistryRebuild: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Derive _registry.json anew from what lies in events/.",
        discussion: """
            A program that is recorded while the index is derived may add calls of its last ten seconds once more: \
            derive it when no program runs.
            """)

    @OptionGroup var place: DataFolderOption

    func run() async throws {
        let folder = try place.folder()
        if let reason = SmallFile.whyUnreadable(folder: "\(folder.path)/events") {
            StandardError.say("cannot read \(folder.path)/events: \(reason). The index is left as it is")
            throw ExitCode.failure
        }
        let (sites, damages) = folder.callSites()
        ReadingNotes.say(damages)
        guard damages.allSatisfy({ $0.openError == 0 }) else {
            StandardError.say("not all calls can be read: the index is left as it is")
            throw ExitCode.failure
        }
        if let error = Registry.replace(sites, in: folder.path) {
            StandardError.say(error.message)
            throw ExitCode.failure
        }
        let calls = sites.reduce(0) { $0 + $1.count }
        StandardError.say("\(calls) calls of \(sites.count) call sites -> \(folder.path)/_registry.json")
    }
}
