// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopJournal
import TrainLoopQuery

/// `trainloop events`: what was recorded.
package struct EventsCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Look at what was recorded.",
        subcommands: [EventsList.self, EventsShow.self, EventsTail.self],
        defaultSubcommand: EventsList.self)

    package init() {}
}

/// `trainloop events list`: the last calls, newest last.
struct EventsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the last calls, newest last.",
        discussion: """
            Reads from the end of the files: a folder of millions of lines is as quick as one of ten. With --json the lines \
            are printed as they are stored.

            EXAMPLES:
              trainloop events --tag checkout --since 2h
              trainloop events --status error -n 20
              trainloop events --json -n 1000 | jq .usage.outputTokens
            """)

    @OptionGroup var place: DataFolderOption
    @OptionGroup var filters: EventFilterOptions

    @Option(name: [.customShort("n"), .long], help: "How many.")
    var limit = 50

    @Flag(help: "Print the stored lines themselves.")
    var json = false

    func validate() throws {
        guard limit > 0 else { throw ValidationError("-n is at least 1.") }
    }

    func run() async throws {
        let folder = try place.folder()
        let page = folder.last(limit, matching: filters.filter(now: Timestamp.now().millisecondsSinceEpoch))
        EventOutput(isJSON: json).write(page.records)
        ReadingNotes.say(page, in: folder)
    }
}

/// `trainloop events tail`: the last calls, and those to come.
struct EventsTail: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "List the last calls; with -f, follow those to come.")

    @OptionGroup var place: DataFolderOption
    @OptionGroup var filters: EventFilterOptions

    @Option(name: [.customShort("n"), .long], help: "How many to begin with.")
    var limit = 10

    @Flag(name: .shortAndLong, help: "Go on, with each call as it is completed, until interrupted.")
    var follow = false

    @Flag(help: "Print the stored lines themselves.")
    var json = false

    func run() async throws {
        let folder = try place.folder()
        let filter = filters.filter(now: now)
        // Begin to follow before the list is read, so that nothing falls between.
        var follower = FolderFollower(folder, now: now)
        let output = EventOutput(isJSON: json)
        if limit > 0 {
            let page = folder.last(limit, matching: filter, upTo: follower)
            output.write(page.records)
            ReadingNotes.say(page, in: folder)
        }
        while follow, !StandardOutput.isClosed {
            let page = follower.next(now: now)
            output.write(page.records.filter { filter.matches($0.json) }, hasHeader: false)
            ReadingNotes.say(page.damages)
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    private var now: Int64 { Timestamp.now().millisecondsSinceEpoch }
}
