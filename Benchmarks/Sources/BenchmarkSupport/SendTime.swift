// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The instant at which a server-sent event was written, carried in the event itself as `system_fingerprint`.
package enum SendTime {
    /// What stands before the digits.
    package static let marker = Array("\"fp_".utf8)
    /// The digits of any 64-bit number fit.
    package static let digitCount = 20

    /// The instant as a JSON string of constant length.
    package static func text(_ nanoseconds: UInt64) -> String {
        let digits = String(nanoseconds)
        return "\"fp_\(String(repeating: "0", count: digitCount - digits.utf8.count))\(digits)\""
    }

    /// Calls `body` with the instant of each event in `bytes`, in order.
    package static func forEach(in bytes: UnsafeRawBufferPointer, _ body: (UInt64) -> Void) {
        var index = 0
        while index + marker.count + digitCount <= bytes.count {
            guard bytes[index] == marker[0], bytes[index..<(index + marker.count)].elementsEqual(marker) else {
                index += 1
                continue
            }
            index += marker.count
            var value: UInt64 = 0
            for digit in bytes[index..<(index + digitCount)] { value = value &* 10 &+ UInt64(digit &- 0x30) }
            index += digitCount
            body(value)
        }
    }
}
