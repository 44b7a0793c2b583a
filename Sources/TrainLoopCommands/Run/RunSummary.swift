// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopFront

/// What a run saw, for its last words.
package struct RunSummary: Sendable {
    package var coverage: Coverage
    /// An absolute path.
    package var dataFolder: String
    /// Connections to captured hosts that were passed on unseen, one line each.
    package var bypasses: [String]
    /// Connections to captured hosts that could not be had, one line each.
    package var unreachable: [String]

    package init(
        coverage: Coverage, dataFolder: String, bypasses: [String] = [], unreachable: [String] = []
    ) {
        self.coverage = coverage
        self.dataFolder = dataFolder
        self.bypasses = bypasses
        self.unreachable = unreachable
    }

    /// Whether every exchange that was seen is recorded, with its media, and none went past.
    package var isComplete: Bool {
        coverage.recorded >= coverage.seen && coverage.dropped == 0 && coverage.bypassed == 0
            && coverage.lostMedia == 0
    }

    /// Such as `12 exchanges seen, 12 recorded, 0 unparsed, 0 bypassed -> trainloop/data`.
    ///
    /// - Parameter workingDirectory: the folder is told relative to it where it lies in it.
    package func line(workingDirectory: String) -> String {
        let count = coverage
        var parts = [
            "\(count.seen) \(count.seen == 1 ? "exchange" : "exchanges") seen", "\(count.recorded) recorded",
            "\(count.unparsed) unparsed", "\(count.bypassed) bypassed",
        ]
        if count.dropped > 0 { parts.append("\(count.dropped) dropped") }
        if count.lostMedia > 0 { parts.append("\(count.lostMedia) media lost") }
        if count.truncated > 0 { parts.append("\(count.truncated) truncated") }
        let isInside = dataFolder.hasPrefix(workingDirectory + "/") && workingDirectory != "/"
        let folder = isInside ? String(dataFolder.dropFirst(workingDirectory.utf8.count + 1)) : dataFolder
        return "\(parts.joined(separator: ", ")) -> \(folder)"
    }

    /// What `run` says at its end, without line feeds.
    ///
    /// - Parameter isQuiet: say nothing where nothing is lost.
    package func lastWords(workingDirectory: String, isQuiet: Bool) -> [String] {
        guard !(isQuiet && isComplete) else { return [] }
        return [line(workingDirectory: workingDirectory)] + bypasses.map { "not recorded: \($0)" }
            + unreachable.map { "not reached: \($0)" }
    }
}
