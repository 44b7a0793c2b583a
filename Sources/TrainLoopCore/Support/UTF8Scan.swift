// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Well-formed UTF-8 (Unicode 16, table 3-7) over bytes, its repair, and what it is made of.
enum UTF8Scan {
    /// The length of the sequence at `from`, whose first byte is above ASCII, or `JSONScan.invalid` or `.cut`.
    static func sequenceLength(_ bytes: UnsafePointer<UInt8>, _ from: Int, _ count: Int) -> Int {
        let lead = bytes[from]
        var low: UInt8 = 0x80
        var high: UInt8 = 0xBF
        let length: Int
        switch lead {
        case 0xC2...0xDF: length = 2
        case 0xE0:
            length = 3
            low = 0xA0
        case 0xED:
            length = 3
            high = 0x9F
        case 0xE1...0xEF: length = 3
        case 0xF0:
            length = 4
            low = 0x90
        case 0xF4:
            length = 4
            high = 0x8F
        case 0xF1...0xF3: length = 4
        default: return JSONScan.invalid
        }
        guard from &+ 1 < count else { return JSONScan.cut }
        guard bytes[from &+ 1] >= low, bytes[from &+ 1] <= high else { return JSONScan.invalid }
        var offset = 2
        while offset < length {
            guard from &+ offset < count else { return JSONScan.cut }
            guard bytes[from &+ offset] & 0xC0 == 0x80 else { return JSONScan.invalid }
            offset &+= 1
        }
        return length
    }

    /// True when all bytes are well-formed UTF-8.
    static func isValid(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let base = bytes.baseAddress else { return true }
        var index = 0
        while index < bytes.count {
            if base[index] < 0x80 {
                index &+= 1
            } else {
                let length = sequenceLength(base, index, bytes.count)
                guard length > 0 else { return false }
                index &+= length
            }
        }
        return true
    }

    /// A copy in which every byte that belongs to no sequence stands as U+FFFD.
    static func repaired(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        guard let base = bytes.baseAddress else { return copy }
        copy.reserveCapacity(bytes.count &+ 16)
        var index = 0
        var runStart = 0
        while index < bytes.count {
            if base[index] < 0x80 {
                index &+= 1
                continue
            }
            let length = sequenceLength(base, index, bytes.count)
            if length > 0 {
                index &+= length
                continue
            }
            copy.append(contentsOf: UnsafeBufferPointer(start: base + runStart, count: index &- runStart))
            copy.append(0xEF)
            copy.append(0xBF)
            copy.append(0xBD)
            index &+= 1
            runStart = index
        }
        copy.append(contentsOf: UnsafeBufferPointer(start: base + runStart, count: bytes.count &- runStart))
        return copy
    }

    /// Appends a scalar value, U+FFFD for half of a surrogate pair.
    static func append(_ scalar: UInt32, to plain: inout [UInt8]) {
        let scalar = scalar & 0xFFFF_F800 == 0xD800 ? 0xFFFD : scalar
        if scalar < 0x80 {
            plain.append(UInt8(truncatingIfNeeded: scalar))
            return
        }
        if scalar < 0x800 {
            plain.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
        } else {
            if scalar < 0x10000 {
                plain.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            } else {
                plain.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
                plain.append(0x80 | UInt8(truncatingIfNeeded: (scalar >> 12) & 0x3F))
            }
            plain.append(0x80 | UInt8(truncatingIfNeeded: (scalar >> 6) & 0x3F))
        }
        plain.append(0x80 | UInt8(truncatingIfNeeded: scalar & 0x3F))
    }
}
