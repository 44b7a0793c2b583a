// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the two ends of a benchmark need to know of an HTTP/1.1 head, which they wrote themselves.
package enum MessageHead {
    /// The number of bytes up to and with the empty line, or nil where it has not come yet.
    package static func byteCount(in bytes: UnsafeRawBufferPointer) -> Int? {
        var index = 3
        while index < bytes.count {
            switch bytes[index] {
            case 0x0a:
                if bytes[index - 1] == 0x0d, bytes[index - 2] == 0x0a, bytes[index - 3] == 0x0d { return index + 1 }
                index += 2
            case 0x0d: index += 1
            default: index += 4
            }
        }
        return nil
    }

    /// The value of a field.
    ///
    /// - Parameter name: lower case.
    package static func value(of name: StaticString, in head: UnsafeRawBufferPointer) -> String? {
        let count = name.utf8CodeUnitCount
        var start = 0
        while let end = head[start...].firstIndex(of: 0x0a) {
            let line = UnsafeRawBufferPointer(rebasing: head[start..<end])
            start = end + 1
            guard line.count > count, line[count] == 0x3a else { continue }
            let isSame = (0..<count).allSatisfy { index in
                let byte = line[index]
                return (0x41...0x5a ~= byte ? byte | 0x20 : byte) == name.utf8Start[index]
            }
            guard isSame else { continue }
            let value = line[(count + 1)...].filter { $0 != 0x0d }
            return String(decoding: value.drop { $0 == 0x20 }, as: UTF8.self)
        }
        return nil
    }
}
