// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

extension Part {
    /// Puts a piece of base64 behind those that came.
    ///
    /// Each piece is encoded by itself: behind one that ends in padding the next is encoded anew, so that all are one text.
    mutating func append(data piece: JSONText) {
        let start = lastGroup
        guard start < data.count, let bytes = Base64.decode(piece) else {
            return data.append(contentsOf: piece.bytes)
        }
        let open = data[start...].withUnsafeBufferPointer { buffer in
            buffer.baseAddress.flatMap { Base64.decode(JSONText(start: $0, count: buffer.count)) }
        }
        guard let open else { return data.append(contentsOf: piece.bytes) }
        data.removeSubrange(start...)
        data.append(contentsOf: Base64.text(of: open + bytes))
    }

    /// Where the group of four digits begins that padding ends; the end where there is no padding.
    private var lastGroup: Int {
        guard data.last == UInt8(ascii: "=") else { return data.count }
        var digits = 0
        var index = data.count
        while index > 0, digits < 4 {
            index &-= 1
            // A slash may be escaped.
            if data[index] != UInt8(ascii: "\\") { digits &+= 1 }
        }
        if index > 0, data[index &- 1] == UInt8(ascii: "\\") { index &-= 1 }
        return index
    }
}
