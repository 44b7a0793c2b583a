// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import Dispatch
import Synchronization

/// Wakes a queue after a while, and costs the thread that sets it one call of the system.
///
/// A timer of Dispatch first wakes Dispatch's own manager, which is five times as dear on Linux, and the setting thread
/// is one that a call to a model waits for.
final class Alarm: Sendable {
    private let queue: DispatchQueue
    private let ring: @Sendable () -> Void
    /// The kernel's timer; negative where there is none to be had.
    private let timer: Int32
    /// Who waits for it.
    private let source: Mutex<(any DispatchSourceRead)?>

    /// - Parameter ring: called on the queue each time that it runs out, and perhaps once more.
    init(on queue: DispatchQueue, ring: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.ring = ring
        let timer = trainloop_timer()
        self.timer = timer
        guard timer >= 0 else {
            source = Mutex(nil)
            return
        }
        let source = DispatchSource.makeReadSource(fileDescriptor: timer, queue: queue)
        source.setEventHandler {
            trainloop_timer_clear(timer)
            ring()
        }
        source.setCancelHandler { trainloop_timer_close(timer) }
        source.activate()
        self.source = Mutex(source)
    }

    deinit { source.withLock { $0?.cancel() } }

    /// Sets it, in the place of what it was set to.
    func set(milliseconds: Int) {
        if timer >= 0 {
            trainloop_timer_set(timer, Int64(milliseconds) * 1_000_000)
        } else {
            queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds), execute: ring)
        }
    }
}
