// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Whether the core is built as it is shipped, as for `make core-test`. A debug build tries less: its minutes of computing
/// would hold up every test that waits for a program or a connection.
#if DEBUG
    let isOptimized = false
#else
    let isOptimized = true
#endif

/// The ways to cut the same bytes that a decoder must not notice.
enum SplitVerifier {
    /// Whole, byte by byte, in two at every position (or one of `step`) of a short text, and at random.
    static func splits(of bytes: [UInt8], seeds: Range<UInt64> = 0..<6, step: Int = 1) -> [[[UInt8]]] {
        var all: [[[UInt8]]] = [[bytes], bytes.map { [$0] }]
        if bytes.count <= 512 {
            for cut in stride(from: 0, through: bytes.count, by: step) {
                all.append([Array(bytes[..<cut]), Array(bytes[cut...])])
            }
        }
        for seed in seeds {
            var generator = SeededGenerator(seed: seed &+ 1)
            var pieces: [[UInt8]] = []
            var index = 0
            while index < bytes.count {
                let limit = Int.random(in: 0..<5, using: &generator) == 0 ? 700 : 24
                let count = min(bytes.count - index, Int.random(in: 1...limit, using: &generator))
                pieces.append(Array(bytes[index..<(index + count)]))
                index += count
            }
            all.append(pieces)
        }
        return all
    }
}
