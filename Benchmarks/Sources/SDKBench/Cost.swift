// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CAllocations

#if canImport(Glibc)
    import Glibc
#endif

/// What this process has used up so far, of time and memory.
struct Reading {
    /// Nanoseconds.
    var wall: Double
    /// Nanoseconds of all threads.
    var processor: Double
    /// Of the threads that make the calls, and of those of the clients.
    var calling: allocations
    /// Of the recorder's queue.
    var recording: allocations

    static func now() -> Reading {
        Reading(
            wall: nanoseconds(CLOCK_MONOTONIC), processor: nanoseconds(CLOCK_PROCESS_CPUTIME_ID),
            calling: allocations_so_far(false), recording: allocations_so_far(true))
    }

    private static func nanoseconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}

/// What one call of a block took, on the average.
struct Cost {
    /// Microseconds from call to call.
    var wall: Double
    /// Microseconds of all threads until the last call had returned.
    var processor: Double
    /// Microseconds of all threads until the calls were on record, too.
    var settledProcessor: Double
    var callingCount: Double
    var callingBytes: Double
    var recordingCount: Double
    var recordingBytes: Double

    /// - Parameters:
    ///   - last: when the last call had returned.
    ///   - rest: when the recorder had written all.
    init(from begin: Reading, to last: Reading, and rest: Reading, calls: Int) {
        let calls = Double(calls)
        wall = (last.wall - begin.wall) / calls / 1_000
        processor = (last.processor - begin.processor) / calls / 1_000
        settledProcessor = (rest.processor - begin.processor) / calls / 1_000
        callingCount = Double(rest.calling.count - begin.calling.count) / calls
        callingBytes = Double(rest.calling.byte_count - begin.calling.byte_count) / calls
        recordingCount = Double(rest.recording.count - begin.recording.count) / calls
        recordingBytes = Double(rest.recording.byte_count - begin.recording.byte_count) / calls
    }
}
