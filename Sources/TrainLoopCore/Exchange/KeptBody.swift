// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A body kept up to a bound; what is beyond, or behind a gap, is counted.
struct KeptBody: Sendable {
    private(set) var bytes: [UInt8] = []
    /// Bytes kept as they came; `bytes` may be a repaired form of them.
    private(set) var keptByteCount = 0
    /// Content seen, kept or not.
    private(set) var seenByteCount = 0
    /// True when something is missing, so that the kept bytes are a beginning.
    private(set) var isCut = false

    let byteLimit: Int
    /// How long the message says that the body is; room is made for no more than the limit.
    private let expectedByteCount: Int

    init(byteLimit: Int, expectedByteCount: Int64? = nil) {
        self.byteLimit = max(0, byteLimit)
        self.expectedByteCount = Int(min(Int64(self.byteLimit), max(0, expectedByteCount ?? 0)))
    }

    mutating func append(_ chunk: [UInt8]) {
        seenByteCount &+= chunk.count
        guard !isCut else { return }
        let room = byteLimit &- bytes.count
        if chunk.count <= room {
            if bytes.isEmpty {
                bytes = chunk
            } else {
                if bytes.count < expectedByteCount { bytes.makeRoom(for: expectedByteCount &- bytes.count) }
                bytes.append(contentsOf: chunk)
            }
            keptByteCount = bytes.count
        } else {
            bytes.append(contentsOf: chunk[..<room])
            keptByteCount = bytes.count
            isCut = true
        }
    }

    /// Bytes that were not handed over; what follows them cannot be joined to what came before.
    mutating func lose(_ byteCount: Int) {
        guard byteCount > 0 else { return }
        seenByteCount &+= byteCount
        isCut = true
    }

    /// Puts better bytes in the place of those kept.
    mutating func replace(with bytes: [UInt8]) { self.bytes = bytes }
}
