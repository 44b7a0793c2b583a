// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension Timestamp {
    /// The wall clock, at nanosecond resolution where the system has it.
    package static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanosecondsSinceEpoch: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
    }
}

/// The 16 bytes of a new UUIDv7: 48 bits of milliseconds, then random (RFC 9562, 5.7).
func makeUUIDv7(at instant: Timestamp) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    let milliseconds = UInt64(truncatingIfNeeded: instant.millisecondsSinceEpoch)
    let high = (milliseconds << 16) | 0x7000 | (generator.next() & 0x0fff)
    let low = (generator.next() & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000
    return [high, low].flatMap { word in
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
}
