// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// An instant on the wall clock, as a front read it.
public struct Timestamp: Sendable, Comparable {
    /// Nanoseconds since 1970-01-01T00:00:00Z, without leap seconds.
    public var nanosecondsSinceEpoch: Int64

    public init(nanosecondsSinceEpoch: Int64) {
        self.nanosecondsSinceEpoch = nanosecondsSinceEpoch
    }

    /// Whole milliseconds since 1970-01-01T00:00:00Z, rounded down.
    public var millisecondsSinceEpoch: Int64 {
        nanosecondsSinceEpoch / 1_000_000
    }

    public static func < (lhs: Timestamp, rhs: Timestamp) -> Bool {
        lhs.nanosecondsSinceEpoch < rhs.nanosecondsSinceEpoch
    }
}
