// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// `NaN`, `Infinity` and `-Infinity` where JSON has numbers, as some servers in Python write them and its clients read.
enum NonFiniteNumber {
    private static let words: [StaticString] = ["NaN", "Infinity", "-Infinity"]

    /// A copy with `null` in the place of each; nil when there is none.
    static func replaced(in text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        guard let base = text.baseAddress else { return nil }
        var copy: [UInt8] = []
        var copied = 0
        var index = 0
        while index < text.count {
            if base[index] == UInt8(ascii: "\"") {
                index = JSONScan.stringEnd(base, index &+ 1, text.count)
                guard index > 0 else { return nil }
                continue
            }
            let length = wordLength(text[index...])
            if length > 0 {
                copy.append(contentsOf: text[copied..<index])
                copy.append(contentsOf: Array("null".utf8))
                copied = index &+ length
            }
            index &+= max(1, length)
        }
        guard copied > 0 else { return nil }
        copy.append(contentsOf: text[copied...])
        return copy
    }

    private static func wordLength(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
        for word in words where ASCII.hasPrefix(text, word) { return word.utf8CodeUnitCount }
        return 0
    }
}
