// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// When the tokens of a stream came: the first, the last, and the gaps between arrivals.
///
/// Tokens that came at one instant are one arrival, so that the split of the bytes changes nothing.
struct TokenTimeline: Sendable {
    /// The instant of the bytes being read.
    var now = Timestamp(nanosecondsSinceEpoch: 0)

    private(set) var firstVisible: Timestamp?
    private(set) var firstReasoning: Timestamp?
    private(set) var last: Timestamp?
    private(set) var longestGapNanoseconds: Int64?
    /// The gaps in microseconds, as many as are kept.
    private var gaps: [UInt32] = []

    /// The median is that of the first gaps when there are more: 64 KiB a stream is enough for a median.
    private static let gapLimit = 16_384

    var heldByteCount: Int { gaps.count &* 4 }

    /// A token was read just now.
    @inline(__always)
    mutating func note(isReasoning: Bool) {
        if isReasoning {
            if firstReasoning == nil { firstReasoning = now }
        } else if firstVisible == nil {
            firstVisible = now
        }
        guard let last else {
            last = now
            return
        }
        guard now.nanosecondsSinceEpoch != last.nanosecondsSinceEpoch else { return }
        noteGap(since: last)
    }

    private mutating func noteGap(since last: Timestamp) {
        // A clock that was set back gives no gap.
        let gap = max(0, now.nanosecondsSinceEpoch &- last.nanosecondsSinceEpoch)
        longestGapNanoseconds = max(longestGapNanoseconds ?? 0, gap)
        if gaps.count < Self.gapLimit { gaps.append(UInt32(clamping: gap / 1000)) }
        self.last = now
    }

    var medianGapNanoseconds: Int64? {
        guard !gaps.isEmpty else { return nil }
        let sorted = gaps.sorted()
        return Int64(sorted[sorted.count / 2]) * 1000
    }
}
