// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Gathers the bytes of a message's head, up to and with its empty line.
package struct HTTP1HeadGatherer: Sendable {
    package enum Outcome: Sendable {
        case needsMore
        /// The whole head.
        case head([UInt8])
        case tooLarge
    }

    /// What no server takes, and memory enough for every cookie: 256 KiB.
    package static let maximumByteCount = 262_144

    private var gathered: [UInt8] = []
    /// Line feeds with only a CR between them end a head.
    private var isLineEmpty = false
    private var hasStarted = false
    private let maximumByteCount: Int

    package init(maximumByteCount: Int = HTTP1HeadGatherer.maximumByteCount) {
        self.maximumByteCount = maximumByteCount
    }

    package var isEmpty: Bool { !hasStarted }

    /// What was gathered of a head that will not be whole.
    package var bytes: [UInt8] { gathered }

    /// Reads on.
    ///
    /// - Returns: how many bytes belong to the head so far; fewer than given only when it is whole.
    package mutating func gather(_ bytes: UnsafeRawBufferPointer) -> (taken: Int, outcome: Outcome) {
        var taken = 0
        var isWhole = false
        for byte in bytes {
            taken &+= 1
            // A line end before the start line is a relic of old clients (RFC 9112, 2.2).
            if !hasStarted, byte == 0x0d || byte == 0x0a { continue }
            hasStarted = true
            if byte == 0x0a {
                isWhole = isLineEmpty
                isLineEmpty = true
                if isWhole { break }
            } else if byte != 0x0d {
                isLineEmpty = false
            }
        }
        gathered += bytes[..<taken]
        guard gathered.count <= maximumByteCount else { return (taken, .tooLarge) }
        guard isWhole else { return (taken, .needsMore) }
        defer {
            gathered = []
            isLineEmpty = false
            hasStarted = false
        }
        return (taken, .head(Array(gathered.drop { $0 == 0x0d || $0 == 0x0a })))
    }
}
