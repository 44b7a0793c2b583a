// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Passes the signals that other processes send to us on to the child.
///
/// What the terminal's keys send (Ctrl-C, Ctrl-\, a changed window) reaches the child without us, as it is in our process
/// group; we only do not die of it. Signals that were ignored when we started stay ignored on both sides.
final class SignalRelay: Sendable {
    private static let relayed = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGALRM, SIGWINCH]

    private let descriptor: Int32
    private let child = Mutex<ChildProcess?>(nil)

    /// Begins to hold signals back; once per process.
    init() throws(ChildError) {
        descriptor = trainloop_signal_relay_start(Self.relayed, Int32(Self.relayed.count))
        guard descriptor >= 0 else {
            throw ChildError(
                message: "cannot watch for signals: \(String(cString: strerror(errno)))", exitStatus: 125)
        }
        // A reader of our standard error that goes away must not end the child's recording.
        signal(SIGPIPE, SIG_IGN)
    }

    /// Passes on what came since the start, and what comes until `end`.
    func relay(to child: ChildProcess) {
        self.child.withLock { $0 = child }
        DispatchQueue(label: "trainloop.signals").async { self.readNotes() }
    }

    /// The child has ended: from now on a signal has its default effect on us.
    func end() {
        child.withLock { $0 = nil }
        trainloop_signal_relay_end(Self.relayed, Int32(Self.relayed.count))
    }

    private func readNotes() {
        var note: (number: Int32, sender: Int32) = (0, 0)
        while true {
            let count = read(descriptor, &note, 8)
            if count < 0, errno == EINTR { continue }
            guard count == 8 else { return }
            child.withLock { child in
                // A child that signals its whole process group has signalled itself already.
                if let child, note.sender != child.processID { child.send(note.number) }
            }
        }
    }
}
