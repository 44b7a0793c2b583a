// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A UUID as text (RFC 9562, 4).
enum EncodedID {
    /// Missing bytes are zero, more than sixteen are left out.
    static func text(_ id: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for index in 0..<16 {
            if index == 4 || index == 6 || index == 8 || index == 10 { text.append(UInt8(ascii: "-")) }
            let byte = index < id.count ? id[index] : 0
            text.append(JSONEscape.hexadecimalDigit(byte >> 4))
            text.append(JSONEscape.hexadecimalDigit(byte & 15))
        }
        return text
    }
}
