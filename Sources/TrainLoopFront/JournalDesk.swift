// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore
package import TrainLoopJournal

/// Decides when a line is written: at once, or with others; and when the registry follows.
package struct JournalDesk: Sendable {
    /// What was done, for the counts.
    package struct Outcome: Sendable {
        package var writtenCount = 0
        package var unparsedCount = 0
        package var truncatedCount = 0
        package var lostCount = 0
        package var lostMediaCount = 0
        /// The first thing that went wrong.
        package var error: JournalError?

        package init() {}

        /// One line that found its place.
        package init(kept line: EventLine) {
            note(line)
        }

        fileprivate mutating func note(_ line: EventLine) {
            writtenCount += 1
            unparsedCount += line.parse == .raw ? 1 : 0
            truncatedCount += line.isTruncated ? 1 : 0
        }
    }

    /// As TrainLoop 0.9: a buffer is written at five calls, or ten seconds after the last time.
    private static let bufferedCount = 5
    private static let bufferedNanoseconds: Int64 = 10_000_000_000

    private let flushImmediately: Bool
    private var appender: JournalAppender
    private var registry: Registry
    private var buffer: [EventLine] = []
    private var lastFlush: Timestamp?
    private var hasNotes = false

    package init(configuration: CaptureConfiguration) {
        flushImmediately = configuration.flushImmediately
        appender = JournalAppender(
            folder: configuration.dataFolder, options: .init(isDurable: configuration.isDurable))
        registry = Registry(folder: configuration.dataFolder)
    }

    /// Whether a buffer or the registry waits for a tick.
    package var hasUnsettledBusiness: Bool { !buffer.isEmpty || hasNotes }

    package mutating func file(_ line: EventLine, now: Timestamp) -> Outcome {
        guard !flushImmediately else { return write([line], now: now) }
        buffer.append(line)
        let waited = now.nanosecondsSinceEpoch - (lastFlush ?? now).nanosecondsSinceEpoch
        lastFlush = lastFlush ?? now
        return buffer.count >= Self.bufferedCount || waited >= Self.bufferedNanoseconds ? flush(now: now) : Outcome()
    }

    package mutating func flush(now: Timestamp) -> Outcome {
        lastFlush = now
        let lines = buffer
        buffer = []
        return write(lines, now: now)
    }

    package mutating func tick(now: Timestamp) -> Outcome {
        var outcome = flush(now: now)
        let error = registry.merge()
        hasNotes = error != nil
        outcome.error = outcome.error ?? error
        return outcome
    }

    package mutating func close(now: Timestamp) -> Outcome {
        let outcome = tick(now: now)
        appender.close()
        return outcome
    }

    private mutating func write(_ lines: [EventLine], now: Timestamp) -> Outcome {
        var outcome = Outcome()
        for var line in lines {
            let media = appender.storeMedia(of: &line)
            outcome.error = outcome.error ?? media.error
            if let error = appender.append(line, now: now) {
                outcome.lostCount += 1
                outcome.error = outcome.error ?? error
                continue
            }
            outcome.note(line)
            outcome.lostMediaCount += media.lostCount
            guard line.shelf == .events else { continue }
            registry.note(line, at: now)
            hasNotes = true
        }
        return outcome
    }
}
