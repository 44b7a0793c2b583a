// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Dispatch
import Synchronization
package import TrainLoopCore
package import TrainLoopFront
import TrainLoopJournal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The one door of every Swift front: takes what a front sees, and leads to the journal.
///
/// Every method called on a host's thread returns in microseconds and neither throws nor waits for a disk: it leaves a
/// note in a bounded inbox. Parsing and writing happen on the recorder's own queue. The bound is kept at the entrance:
/// what finds no room is counted and the record says so.
package final class Recorder: Sendable {
    private struct Ledger {
        var coverage = Coverage()
        var bypasses: [String] = []
        var unreachable: [String] = []
        var reports = LossReports()
    }

    /// One note of a front, waiting to be taken up.
    private struct Note {
        var exchange: RecordedExchange
        var told: Told
        var instant: Timestamp
        var byteCount: Int
    }

    private struct Inbox {
        var notes: [Note] = []
        var byteCount = 0
        /// How soon the queue will wake at the latest; nil when it sleeps.
        var wake: Wake?
        /// Wakes the queue; nil until the recorder is made.
        var alarm: Alarm?
        var isTickScheduled = false
    }

    /// Notes gather before the queue wakes: a wake per note costs more than the note (docs/adr/0005).
    private enum Wake: Int {
        /// Many pieces of a stream, which have time.
        case whenever = 50
        /// The end of an exchange is a record to be written.
        case soon = 5

        var milliseconds: Int { rawValue }
    }

    /// Fewer notes than these wait until an exchange ends: a plain call wakes the queue once.
    private static let gatheredNoteCount = 64
    /// A waiting inbox this large is drained at once.
    private static let gatheredByteCount = 1 << 20
    /// More notes than this in one drain mean that the recorder is behind, and must not stand back any longer.
    private static let backlogNoteCount = 4_096
    /// How often a buffer is flushed and the registry merged at the latest.
    private static let tick = DispatchTimeInterval.seconds(10)
    /// Lines kept for the summary, of each kind; the count goes on.
    private static let maximumBypassCount = 50

    private let configuration: CaptureConfiguration
    private let by: String
    private let defaultTag: String
    private let report: @Sendable (String) -> Void
    /// Takes the lines instead of the data folder.
    private let keep: (@Sendable (EventLine) -> Void)?
    private let queue = DispatchQueue(label: "trainloop.recorder")
    private let inbox = Mutex(Inbox())
    private let ledger = Mutex(Ledger())
    private let desk: Mutex<JournalDesk>
    /// Exchanges that have begun and not ended, as far as the queue has come.
    private let openExchanges = Mutex<[ObjectIdentifier: RecordedExchange]>([:])
    private let sequence = Atomic<Int>(0)
    /// Bytes in the inbox and in open pipelines.
    private let heldByteCount = Atomic<Int>(0)

    /// - Parameters:
    ///   - by: who records, such as `trainloop/1.0.0`.
    ///   - defaultTag: the tag of calls without one of their own.
    ///   - keep: takes the lines instead of the data folder, on the recorder's queue; for tests.
    ///   - report: where what is lost is said, a line at a time without line feed; called off the host's threads.
    package init(
        configuration: CaptureConfiguration, by: String, defaultTag: String = "",
        keep: (@Sendable (EventLine) -> Void)? = nil, report: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration
        self.by = by
        self.defaultTag = defaultTag
        self.keep = keep
        self.report = report
        self.desk = Mutex(JournalDesk(configuration: configuration))
        let alarm = Alarm(on: queue) { [weak self] in self?.drain() }
        inbox.withLock { $0.alarm = alarm }
    }

    /// Whether exchanges with this host are to be captured.
    package func captures(host: String, port: UInt16) -> Bool { captures(host: host.utf8, port: port) }

    /// Whether exchanges with this host are to be captured.
    package func captures(host: some Sequence<UInt8>, port: UInt16) -> Bool {
        let host = HostPattern.Host(host)
        return configuration.hostAllowlist.contains { $0.matches(host, port: port) }
    }

    /// The DNS subtrees of the allow-list, for a CA's name constraints.
    package var permittedDomains: [String] {
        var domains: [String] = []
        for domain in configuration.hostAllowlist.compactMap(\.permittedDomain) where !domains.contains(domain) {
            domains.append(domain)
        }
        return domains
    }

    /// Opens the record of an exchange whose request head was just seen.
    ///
    /// - Parameter route: `proxy`, `gateway`, `sni`, `swift:urlsession` ...
    package func begin(
        _ head: RequestHead, route: String, pid: Int32?, labels: CallLabels = CallLabels(), at instant: Timestamp
    ) -> RecordedExchange {
        let event = WireEvent.requestHead(head)
        return begin(route: route, pid: pid, labels: labels, at: instant, byteCount: event.byteCount, .event(event))
    }

    /// Opens the record of an exchange whose request head the recorder's queue makes, off the way of the host's thread.
    ///
    /// - Parameter byteCount: what holding the head costs.
    package func begin(
        route: String, pid: Int32?, labels: CallLabels, at instant: Timestamp, byteCount: Int,
        _ head: @escaping @Sendable () -> RequestHead
    ) -> RecordedExchange {
        begin(
            route: route, pid: pid, labels: labels, at: instant, byteCount: byteCount,
            .deferred { .requestHead(head()) })
    }

    private func begin(
        route: String, pid: Int32?, labels: CallLabels, at instant: Timestamp, byteCount: Int, _ head: Told
    ) -> RecordedExchange {
        let hasRoom = heldByteCount.load(ordering: .relaxed) + byteCount <= configuration.totalByteCount
        let exchange = RecordedExchange(
            recorder: self, hasRoom: hasRoom, number: sequence.wrappingAdd(1, ordering: .relaxed).newValue,
            route: route, pid: pid, labels: labels, begin: instant)
        ledger.withLock { ledger in
            ledger.coverage.seen += 1
            if !hasRoom { ledger.coverage.dropped += 1 }
        }
        if hasRoom { post(head, of: exchange, at: instant, byteCount: byteCount, orElse: nil) }
        return exchange
    }

    /// Counts a connection to an allowed host that was passed on unseen, and keeps its name and reason for the summary.
    ///
    /// - Parameter client: who, such as `wget (pid 4242)`; empty where unknown.
    package func noteBypass(host: String, client: String, reason: String) {
        ledger.withLock { ledger in
            ledger.coverage.bypassed += 1
            Self.keep("\(host)\(client.isEmpty ? "" : " by \(client)"): \(reason)", in: &ledger.bypasses)
        }
    }

    /// Keeps the reason why a connection to an allowed host could not be had: no exchange began, so there is none to record.
    package func noteUnreachable(host: String, client: String, reason: String) {
        ledger.withLock { ledger in
            Self.keep("\(host)\(client.isEmpty ? "" : " by \(client)"): \(reason)", in: &ledger.unreachable)
        }
    }

    private static func keep(_ line: String, in lines: inout [String]) {
        guard lines.count < maximumBypassCount, !lines.contains(line) else { return }
        lines.append(line)
    }

    /// The bypasses so far, one line each, without repetition, for people.
    package var bypasses: [String] {
        ledger.withLock { $0.bypasses }
    }

    /// The connections that could not be had, one line each, without repetition, for people.
    package var unreachable: [String] {
        ledger.withLock { $0.unreachable }
    }

    package var coverage: Coverage {
        ledger.withLock { $0.coverage }
    }

    /// Returns when all that was handed over before is in the journal.
    package func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.drain()
                self.settle(self.desk.withLock { $0.flush(now: .now()) })
                continuation.resume()
            }
        }
    }

    /// Flushes, merges the registry and closes; exchanges still open are recorded as `incomplete`.
    package func shutdown() async -> Coverage {
        await withCheckedContinuation { continuation in
            close { continuation.resume() }
        }
        return coverage
    }

    /// The same for a process that ends now: waits for the disk, but no longer than `seconds`.
    package func shutdownAtExit(waiting seconds: Int) {
        let closed = DispatchSemaphore(value: 0)
        close { closed.signal() }
        _ = closed.wait(timeout: .now() + .seconds(seconds))
    }

    private func close(then done: @escaping @Sendable () -> Void) {
        queue.async {
            self.drain()
            let end = WireEvent.end(.captureFailed(message: "the capture ended before the exchange did"))
            for exchange in self.openExchanges.withLock({ Array($0.values) }) {
                self.takeUp(end, of: exchange, at: .now())
            }
            self.settle(self.desk.withLock { $0.close(now: .now()) })
            done()
        }
    }

    // MARK: - From the host's thread to the queue

    /// Leaves a note, or a note of the loss where there is no room for it.
    func post(
        _ told: Told, of exchange: RecordedExchange, at instant: Timestamp, byteCount: Int,
        orElse loss: @autoclosure () -> WireEvent?
    ) {
        var note = Note(exchange: exchange, told: told, instant: instant, byteCount: byteCount)
        let held = heldByteCount.wrappingAdd(byteCount, ordering: .relaxed).newValue
        if held > configuration.totalByteCount, let loss = loss() {
            note.told = .event(loss)
            note.byteCount = loss.byteCount
            heldByteCount.wrappingSubtract(byteCount - note.byteCount, ordering: .relaxed)
        }
        let isLarge = inbox.withLock { inbox in
            inbox.notes.append(note)
            inbox.byteCount += note.byteCount
            guard inbox.byteCount < Self.gatheredByteCount else {
                inbox.byteCount = 0
                return true
            }
            let wanted: Wake
            if case .event(.end) = note.told {
                wanted = .soon
            } else {
                guard inbox.notes.count >= Self.gatheredNoteCount else { return false }
                wanted = .whenever
            }
            guard inbox.wake.map({ wanted.milliseconds < $0.milliseconds }) ?? true else { return false }
            inbox.wake = wanted
            inbox.alarm?.set(milliseconds: wanted.milliseconds)
            return false
        }
        if isLarge { queue.async { self.drain() } }
    }

    // MARK: - On the queue

    private func drain() {
        var notes: [Note] = []
        // What is left in the inbox has room already: no thread of the host waits for an array to grow.
        notes.reserveCapacity(Self.gatheredNoteCount)
        inbox.withLock { inbox in
            swap(&inbox.notes, &notes)
            inbox.byteCount = 0
            inbox.wake = nil
        }
        let isBehind = notes.count > Self.backlogNoteCount
        // Taken from the end, so that each note's bytes are free again when it was taken up, as the bound counts them.
        notes.reverse()
        while let note = notes.popLast() {
            let hasEnded = takeUp(note.told.event, of: note.exchange, at: note.instant)
            heldByteCount.wrappingSubtract(note.byteCount, ordering: .relaxed)
            // A front that waits for this processor goes first: without it one request in fifty waits for the drain.
            if hasEnded, !isBehind { sched_yield() }
        }
    }

    /// What follows an exchange that has begun.
    func open(_ exchange: RecordedExchange) -> ExchangeWork {
        openExchanges.withLock { $0[ObjectIdentifier(exchange)] = exchange }
        let labels = exchange.labels
        var context = CaptureContext(
            id: makeUUIDv7(at: exchange.begin), route: exchange.route, by: by, pid: exchange.pid,
            sequence: exchange.number, defaultTag: labels.tag ?? defaultTag)
        context.session = labels.session
        context.user = labels.user
        context.meta = labels.meta
        context.location = labels.location.map { (file: $0.file, line: String($0.line)) }
        context.seesArrivals = labels.seesArrivals
        // Lines that never reach the data folder hold their media themselves.
        context.media = keep == nil ? configuration.media : .keep
        return ExchangeWork(context: context, limits: configuration.limits, responseForm: labels.responseForm)
    }

    /// - Returns: whether the exchange has just ended.
    @discardableResult private func takeUp(
        _ event: WireEvent, of exchange: RecordedExchange, at instant: Timestamp
    ) -> Bool {
        let (change, line) = exchange.takeUp(event, at: instant)
        heldByteCount.wrappingAdd(change, ordering: .relaxed)
        guard let line else { return false }
        close(exchange, with: line)
        return true
    }

    private func close(_ exchange: RecordedExchange, with line: EventLine) {
        _ = openExchanges.withLock { $0.removeValue(forKey: ObjectIdentifier(exchange)) }
        if let keep {
            settle(JournalDesk.Outcome(kept: line))
            return keep(line)
        }
        let (outcome, needsTick) = desk.withLock { desk in
            (desk.file(line, now: .now()), desk.hasUnsettledBusiness)
        }
        settle(outcome)
        guard needsTick else { return }
        let isScheduled = inbox.withLock { inbox in
            defer { inbox.isTickScheduled = true }
            return inbox.isTickScheduled
        }
        guard !isScheduled else { return }
        queue.asyncAfter(deadline: .now() + Self.tick) { [weak self] in self?.settleTick() }
    }

    private func settleTick() {
        inbox.withLock { $0.isTickScheduled = false }
        settle(desk.withLock { $0.tick(now: .now()) })
    }

    /// Enters what the desk did into the counts, and says what went wrong where it has not been said.
    private func settle(_ outcome: JournalDesk.Outcome) {
        let message = ledger.withLock { ledger in
            ledger.coverage.enter(outcome)
            return ledger.reports.message(of: outcome)
        }
        if let message { report(message) }
    }
}

/// What has been said of losses, so that each kind is said once and none is silent because another was said.
private struct LossReports {
    /// After so many lines that found their place, the next loss is another one.
    private static let recoveryLineCount = 20

    private var hasToldOfLoss = false
    private var hasToldOfRegistry = false
    private var writtenCount = 0

    /// What to say of an outcome, or nil.
    mutating func message(of outcome: JournalDesk.Outcome) -> String? {
        let isLoss = outcome.lostCount > 0 || outcome.lostMediaCount > 0
        writtenCount = isLoss ? 0 : writtenCount + outcome.writtenCount
        if writtenCount >= Self.recoveryLineCount { hasToldOfLoss = false }
        // What keeps lines from the folder keeps the registry from it too: that is then not said again.
        guard let error = outcome.error, !hasToldOfLoss else { return nil }
        if isLoss {
            hasToldOfLoss = true
        } else {
            guard !hasToldOfRegistry else { return nil }
            hasToldOfRegistry = true
        }
        return error.message
    }
}
