// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What stands between the quotes of a JSON string, still escaped, without owning it; lives as long as its `JSONView`.
///
/// Pieces of one text are joined in this form, so that a surrogate pair whose halves came in two pieces is whole again.
struct JSONText {
    let start: UnsafePointer<UInt8>
    let count: Int

    var isEmpty: Bool { count == 0 }

    var bytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: start, count: count) }

    /// A copy, still escaped.
    var copy: [UInt8] { Array(bytes) }

    /// Equality with a plain ASCII word, after unescaping.
    @inline(__always)
    func isEqual(to word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        let other = word.utf8Start
        guard count == length else {
            // Longer, it can only be the same by an escape, and then its beginning tells.
            guard count > length, length > 0, start[0] == other[0] || start[0] == UInt8(ascii: "\\") else { return false }
            return isEqualUnescaped(to: word)
        }
        var index = 0
        while index < length {
            guard start[index] == other[index] else { return false }
            index &+= 1
        }
        return true
    }

    private func isEqualUnescaped(to word: StaticString) -> Bool {
        var hasEscape = false
        for byte in bytes where byte == UInt8(ascii: "\\") { hasEscape = true }
        guard hasEscape else { return false }
        let plain = JSONEscape.unescaped(bytes)
        guard plain.count == word.utf8CodeUnitCount else { return false }
        for index in 0..<plain.count where plain[index] != word.utf8Start[index] { return false }
        return true
    }

    @inline(__always)
    func hasPrefix(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where start[index] != word.utf8Start[index] { return false }
        return true
    }

    func hasSuffix(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard count >= length else { return false }
        for index in 0..<length where start[count &- length &+ index] != word.utf8Start[index] { return false }
        return true
    }
}
