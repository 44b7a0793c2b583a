// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import TrainLoopJournal
import TrainLoopQuery

/// The filters that every command on events understands.
struct EventFilterOptions: ParsableArguments {
    @Option(help: "Only calls with this tag.")
    var tag: String?

    @Option(help: "Only models whose name contains this, or matches it where it has a *.")
    var model: String?

    @Option(help: "Only this provider: openai, anthropic, azure.ai.openai ...")
    var provider: String?

    @Option(help: "Only this status: ok, error or incomplete.")
    var status: String?

    @Option(help: "Only calls since then: 90s, 10m, 2h, 3d, or 2026-01-31[T12:00[:05][Z]].")
    var since: String?

    @Option(help: "Only calls until then.")
    var until: String?

    func validate() throws {
        if let status, !["ok", "error", "incomplete"].contains(status.lowercased()) {
            throw ValidationError("--status is ok, error or incomplete, not '\(status)'.")
        }
        for (name, text) in [("--since", since), ("--until", until)] {
            guard let text, TimeText.milliseconds(text, now: 0) == nil else { continue }
            throw ValidationError(
                "\(name) is a span such as 10m, 2h or 3d, or a time such as 2026-01-31T12:00, not '\(text)'.")
        }
    }

    /// - Parameter now: milliseconds since the epoch.
    func filter(now: Int64) -> CallFilter {
        var filter = CallFilter()
        filter.tag = tag
        filter.model = model
        filter.provider = provider
        filter.status = status
        filter.since = since.flatMap { TimeText.milliseconds($0, now: now) }
        // The list shows whole seconds: the last one counts to its end.
        filter.until = until.flatMap { TimeText.milliseconds($0, now: now) }.map { $0 + 999 }
        return filter
    }
}

/// What a person should know about a folder that was read: on standard error, not among the results.
enum ReadingNotes {
    /// Also where nothing was found, and why.
    static func say(_ page: DataFolder.Page, in folder: DataFolder) {
        say(page.damages)
        guard page.records.isEmpty else { return }
        let reason = SmallFile.whyUnreadable(folder: folder.path).map { ": \($0)" } ?? ""
        StandardError.say("no calls found in \(folder.path)\(reason)")
    }

    static func say(_ damages: [JournalDamage]) {
        let unreadable = damages.filter { $0.openError != 0 }
        for damage in unreadable.prefix(5) {
            StandardError.say("cannot read \(damage.path): \(FileError.reason(damage.openError))")
        }
        if unreadable.count > 5 { StandardError.say("and \(unreadable.count - 5) more files") }
        let torn = damages.filter { !$0.isTail && $0.openError == 0 }
        let tails = damages.filter(\.isTail).count
        if tails > 0 {
            StandardError.say("\(tails) unfinished \(tails == 1 ? "line" : "lines") at the end of a file skipped")
        }
        for damage in torn.prefix(5) {
            StandardError.say(
                "skipped \(damage.byteCount) bytes that are no record, at byte \(damage.byteOffset) of \(damage.path)")
        }
        if torn.count > 5 { StandardError.say("and \(torn.count - 5) more") }
    }
}
