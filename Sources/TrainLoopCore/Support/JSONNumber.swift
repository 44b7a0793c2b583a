// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The value of a JSON number, without the C library.
enum JSONNumber {
    /// The number when it is written without fraction and exponent and fits, or nil.
    static func integer(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var value: Int64 = 0
        var isNegative = false
        var index = 0
        if bytes.count > 1, bytes[0] == UInt8(ascii: "-") {
            isNegative = true
            index = 1
        }
        guard index < bytes.count else { return nil }
        while index < bytes.count {
            guard JSONScan.isDigit(bytes[index]) else { return nil }
            let digit = Int64(bytes[index] &- 0x30)
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            let (next, overflowToo) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !overflow, !overflowToo else { return nil }
            value = next
            index &+= 1
        }
        return value
    }

    /// The number as a double: exact to the last bit for up to 15 digits and small exponents, else within a few units
    /// of the last place; infinite where it does not fit.
    static func double(_ bytes: UnsafeBufferPointer<UInt8>) -> Double {
        var mantissa: UInt64 = 0
        var exponent = 0
        var isNegative = false
        var isFraction = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if JSONScan.isDigit(byte) {
                if mantissa < 1_000_000_000_000_000_000 {
                    mantissa = mantissa &* 10 &+ UInt64(byte &- 0x30)
                    if isFraction { exponent &-= 1 }
                } else if !isFraction {
                    exponent &+= 1
                }
            } else if byte == UInt8(ascii: "-") {
                isNegative = true
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                exponent &+= writtenExponent(bytes, index &+ 1)
                break
            }
            index &+= 1
        }
        let value = mantissa == 0 ? 0 : scaled(Double(mantissa), exponent)
        return isNegative ? -value : value
    }

    private static func writtenExponent(_ bytes: UnsafeBufferPointer<UInt8>, _ from: Int) -> Int {
        var value = 0
        var isNegative = false
        for index in from..<max(from, bytes.count) {
            if bytes[index] == UInt8(ascii: "-") { isNegative = true }
            guard JSONScan.isDigit(bytes[index]), value < 100_000 else { continue }
            value = value &* 10 &+ Int(bytes[index] &- 0x30)
        }
        return isNegative ? -value : value
    }

    private static func scaled(_ mantissa: Double, _ exponent: Int) -> Double {
        var value = mantissa
        var rest = exponent.magnitude
        // Powers up to 22 are exact in a double, so that one step rounds once.
        while rest > 0, value != 0, value < .infinity {
            let step = min(rest, 22)
            var power = 1.0
            for _ in 0..<step { power *= 10 }
            value = exponent < 0 ? value / power : value * power
            rest -= step
        }
        return value
    }
}
