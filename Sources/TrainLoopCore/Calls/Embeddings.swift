// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What an answer to an embeddings request held, without the vectors.
struct Embeddings: Sendable {
    var count = 0
    /// Numbers of one vector; nil when it could not be told.
    var dimensions: Int?
    var isBase64 = false
    /// Bytes of the vectors as they came, which are not in the record.
    var omittedByteCount = 0

    /// Counts a vector: a list of numbers, or base64 of little-endian 32-bit floats.
    mutating func add(_ vector: JSONView) {
        if count == 0 { measure(vector) }
        count &+= 1
        omittedByteCount &+= vector.count
    }

    /// Counts each vector of a list.
    mutating func addAll(_ list: JSONView?) {
        list?.forEachElement { add($0) }
    }

    private mutating func measure(_ vector: JSONView) {
        if vector.isArray {
            var count = 0
            vector.forEachElement { _ in count &+= 1 }
            dimensions = count
        } else if let text = vector.text {
            isBase64 = true
            var digits = 0
            for byte in text.bytes where byte != UInt8(ascii: "=") && byte != UInt8(ascii: "\\") { digits &+= 1 }
            dimensions = digits &* 3 / 4 / 4
        }
    }
}
