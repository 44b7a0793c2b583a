// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Keys that no file may hold and no report may show, whatever the case of their letters.
package struct Secrets: Sendable {
    /// Shorter ones would be found in any text.
    private static let leastLength = 6

    private let keys: [[UInt8]]

    /// - Parameter keys: what is shorter than six bytes is no key.
    package init(_ keys: [String]) {
        // The longest first: one key may begin with another.
        self.keys = Set(keys).map { $0.utf8.map(Self.lowercased) }.filter { $0.count >= Self.leastLength }
            .sorted {
                ($0.count, String(decoding: $0, as: UTF8.self)) > ($1.count, String(decoding: $1, as: UTF8.self))
            }
    }

    package static let none = Secrets([])

    package func areIn(_ bytes: [UInt8]) -> Bool { keys.contains { Self.first($0, in: bytes, from: 0) != nil } }

    /// The bytes with `[key]` in the place of each key.
    package func hidden(in bytes: [UInt8]) -> [UInt8] {
        keys.reduce(bytes) { bytes, key in
            var hidden: [UInt8] = []
            var rest = 0
            while let start = Self.first(key, in: bytes, from: rest) {
                hidden += bytes[rest..<start] + Array("[key]".utf8)
                rest = start + key.count
            }
            return rest == 0 ? bytes : hidden + bytes[rest...]
        }
    }

    package func hidden(in text: String) -> String {
        keys.isEmpty ? text : String(decoding: hidden(in: Array(text.utf8)), as: UTF8.self)
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 { 0x41...0x5a ~= byte ? byte | 0x20 : byte }

    /// Where a key begins in the bytes.
    private static func first(_ key: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count - start >= key.count else { return nil }
        return bytes.withUnsafeBufferPointer { all in
            var place = start
            while place <= all.count - key.count {
                var length = 0
                while length < key.count, lowercased(all[place + length]) == key[length] { length += 1 }
                if length == key.count { return place }
                place += 1
            }
            return nil
        }
    }
}
