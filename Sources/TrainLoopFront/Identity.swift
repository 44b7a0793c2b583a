// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
package import TrainLoopCore

extension Timestamp {
    /// The wall clock, at nanosecond resolution where the system has it.
    package static func now() -> Timestamp {
        Timestamp(nanosecondsSinceEpoch: trainloop_now())
    }
}

/// The 16 bytes of a new UUIDv7: 48 bits of milliseconds, 12 of their fraction, then 62 random bits (RFC 9562, 6.2,
/// method 3).
///
/// The fraction orders what begins within one millisecond, and spares the second of two system calls for randomness.
package func makeUUIDv7(at instant: Timestamp) -> [UInt8] {
    let milliseconds = UInt64(truncatingIfNeeded: instant.millisecondsSinceEpoch)
    let nanoseconds = UInt64(
        truncatingIfNeeded: instant.nanosecondsSinceEpoch &- instant.millisecondsSinceEpoch &* 1_000_000)
    let high = (milliseconds << 16) | 0x7000 | ((nanoseconds << 12) / 1_000_000 & 0x0fff)
    let low = (trainloop_random() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
    return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
}
