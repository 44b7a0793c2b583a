// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOCore

/// Gathers the bytes of a message's head, up to and with its empty line.
struct HTTP1HeadGatherer {
    enum Outcome {
        case needsMore
        /// The whole head; what follows it is left in the buffer.
        case head([UInt8])
        case tooLarge
    }

    /// What no server takes, and memory enough for every cookie: 256 KiB.
    static let maximumByteCount = 262_144

    private var gathered: [UInt8] = []
    /// Line feeds with only a CR between them end a head.
    private var isLineEmpty = false
    private var hasStarted = false
    private let maximumByteCount: Int

    init(maximumByteCount: Int = HTTP1HeadGatherer.maximumByteCount) {
        self.maximumByteCount = maximumByteCount
    }

    var isEmpty: Bool { !hasStarted }

    /// What was gathered of a head that will not be whole.
    var bytes: [UInt8] { gathered }

    mutating func gather(_ buffer: inout ByteBuffer) -> Outcome {
        var taken = 0
        var isWhole = false
        buffer.withUnsafeReadableBytes { bytes in
            for byte in bytes {
                taken += 1
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
        }
        gathered += buffer.readBytes(length: taken) ?? []
        guard gathered.count <= maximumByteCount else { return .tooLarge }
        guard isWhole else { return .needsMore }
        defer {
            gathered = []
            isLineEmpty = false
            hasStarted = false
        }
        return .head(Array(gathered.drop { $0 == 0x0d || $0 == 0x0a }))
    }
}
