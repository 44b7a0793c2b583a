// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import TrainLoopCore
package import TrainLoopFront
import TrainLoopJournal

/// The door for hosts in other languages: takes what they see of their exchanges, and leads to the journal.
///
/// Synchronous, without locks, threads or lazy state, so that a host may fork at any time; owned by one thread at a time
/// (in Python: by the holder of the interpreter lock). A line is written when its exchange ends, also where the
/// configuration would let it wait: it costs microseconds, and a process may be ended without a word (docs/adr/0009).
package final class GuestRecorder {
    package let configuration: CaptureConfiguration
    package private(set) var coverage = Coverage()
    /// When true, every line is also kept until `takeLines`.
    package var keepsLines = false

    private let by: String
    private var desk: JournalDesk
    private(set) var process: Int32
    private var sequence = 0
    private var heldByteCount = 0
    private var open: [GuestExchange] = []
    private var lines: [[UInt8]] = []
    private var warning: String?
    private var hasToldOfLoss = false
    private var hasToldOfMedia = false
    private var hasToldOfRegistry = false

    /// - Parameter by: who records, such as `trainloop-python/1.0.0`.
    package init(configuration: CaptureConfiguration, by: String) {
        var configuration = configuration
        configuration.flushImmediately = true
        self.configuration = configuration
        self.by = by
        desk = JournalDesk(configuration: configuration)
        process = trainloop_process_identifier()
    }

    /// Whether exchanges with this host are to be captured.
    package func captures(host: [UInt8], port: UInt16) -> Bool {
        configuration.hostAllowlist.contains { $0.matches(host: host, port: port) }
    }

    /// Opens the record of an exchange; its request head comes next.
    ///
    /// - Parameters:
    ///   - route: such as `python:httpx`.
    ///   - location: the caller's own file and line, where known.
    package func begin(route: String, location: (file: String, line: String)?) -> GuestExchange {
        lookForFork()
        coverage.seen &+= 1
        sequence &+= 1
        let now = Timestamp.now()
        var context = CaptureContext(
            id: makeUUIDv7(at: now), route: route, by: by, pid: process, sequence: sequence)
        context.location = location
        context.media = configuration.media
        let exchange = GuestExchange(self, context, configuration.limits, process: process, index: open.count)
        open.append(exchange)
        return exchange
    }

    /// Lines written since the last call, oldest first, when `keepsLines` is set.
    package func takeLines() -> [[UInt8]] {
        defer { lines = [] }
        return lines
    }

    /// What is to be said: of the first call or media that is lost, of the first trouble with the registry; nil when there
    /// is nothing new.
    package func takeWarning() -> String? {
        defer { warning = nil }
        return warning
    }

    /// Merges the registry of call sites; the lines themselves are already written.
    package func flush() {
        lookForFork()
        settle(desk.tick(now: .now()))
    }

    /// Records what is still open as left by its client, merges the registry, closes the files.
    package func close() {
        lookForFork()
        // A reply of which all but the end of its stream was read is whole.
        for exchange in open { exchange.end(.clientClosed) }
        settle(desk.close(now: .now()))
    }

    // MARK: - For exchanges

    /// Whether this process is the one in which the exchange began: after a fork, it is the parent's to record.
    func owns(_ exchange: GuestExchange) -> Bool {
        lookForFork()
        return exchange.process == process
    }

    /// Whether `byteCount` more bytes may be held over all exchanges.
    package func hasRoom(for byteCount: Int) -> Bool { heldByteCount &+ byteCount <= configuration.totalByteCount }

    func hold(_ change: Int) { heldByteCount &+= change }

    func close(_ exchange: GuestExchange, with line: EventLine) {
        remove(exchange)
        settle(desk.file(line, now: .now()))
        if keepsLines { lines.append(line.bytes) }
    }

    private func remove(_ exchange: GuestExchange) {
        let index = exchange.index
        guard index < open.count, open[index] === exchange, let last = open.popLast(), last !== exchange else { return }
        open[index] = last
        last.index = index
    }

    /// In a child process everything begins anew; what the parent has open and noted is the parent's.
    private func lookForFork() {
        let current = trainloop_process_identifier()
        guard current != process else { return }
        process = current
        open = []
        lines = []
        coverage = Coverage()
        heldByteCount = 0
        desk = JournalDesk(configuration: configuration)
    }

    private func settle(_ outcome: JournalDesk.Outcome) {
        coverage.enter(outcome)
        // What keeps lines from the folder keeps the registry from it too: that is then not said again.
        guard let error = outcome.error, !hasToldOfLoss else { return }
        if outcome.lostCount > 0 {
            hasToldOfLoss = true
            warning = "a call is lost: \(error.message)"
        } else if outcome.lostMediaCount > 0 {
            if !hasToldOfMedia { warning = "media of a call is lost: \(error.message)" }
            hasToldOfMedia = true
        } else if !hasToldOfRegistry {
            hasToldOfRegistry = true
            warning = error.message
        }
    }
}
