// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Sixteen bytes that are compared at once, as every processor that runs this can.
struct ByteBlock {
    typealias Matches = SIMDMask<SIMD16<Int8>>

    static let count = 16

    let bytes: SIMD16<UInt8>

    /// - Parameter start: the first of sixteen bytes that may be read.
    @inline(__always)
    init(_ start: UnsafePointer<UInt8>) {
        bytes = UnsafeRawPointer(start).loadUnaligned(as: SIMD16<UInt8>.self)
    }

    @inline(__always)
    func equal(to byte: UInt8) -> Matches {
        let repeated = SIMD16<UInt8>(repeating: byte)
        return bytes .== repeated
    }

    @inline(__always)
    func below(_ byte: UInt8) -> Matches {
        let repeated = SIMD16<UInt8>(repeating: byte)
        return bytes .< repeated
    }

    /// Matches the bytes that are `byte` once the bits outside `mask` are taken off.
    @inline(__always)
    func equal(to byte: UInt8, under mask: UInt8) -> Matches {
        let kept: SIMD16<UInt8> = bytes & SIMD16<UInt8>(repeating: mask)
        let repeated = SIMD16<UInt8>(repeating: byte)
        return kept .== repeated
    }

    /// The offset of the first match, or nil.
    @inline(__always)
    static func first(_ matches: Matches) -> Int? {
        let halves = halves(matches)
        if halves.low != 0 { return halves.low.trailingZeroBitCount >> 3 }
        if halves.high != 0 { return 8 &+ halves.high.trailingZeroBitCount >> 3 }
        return nil
    }

    /// A byte of ones for each match, the first in the lowest place of `low`.
    @inline(__always)
    static func halves(_ matches: Matches) -> (low: UInt64, high: UInt64) {
        let halves = unsafeBitCast(matches, to: SIMD2<UInt64>.self)
        return (UInt64(littleEndian: halves[0]), UInt64(littleEndian: halves[1]))
    }
}
