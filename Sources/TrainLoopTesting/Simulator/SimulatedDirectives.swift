// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What a prompt asks the simulator to do beside answering: `[sim:NAME]` or `[sim:NAME=VALUE]`, anywhere in it.
struct SimulatedDirectives {
    /// What a number may be; what is beyond is refused, as a provider refuses a parameter, and ends no process.
    private static let ranges: [(name: String, range: ClosedRange<Int>)] = [
        ("bytes", 0...256_000_000), ("error", 400...599), ("slow", 0...600_000), ("drip", 0...600_000),
    ]

    private let values: [(name: String, value: String)]

    init(_ prompt: String) {
        // Bytes, not characters: prompts may be of many megabytes.
        let opening = Array("[sim:".utf8)
        let bytes = prompt.utf8
        var values: [(String, String)] = []
        var rest = bytes[...]
        while let bracket = rest.firstIndex(of: opening[0]) {
            rest = rest[bracket...]
            guard rest.starts(with: opening) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(opening.count)
            guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { break }
            let parts = rest[..<end].split(separator: UInt8(ascii: "="), maxSplits: 1).map { String(Substring($0)) }
            values.append((parts.first ?? "", parts.count > 1 ? parts[1] : ""))
            rest = rest[end...]
        }
        self.values = values
    }

    func has(_ name: String) -> Bool { values.contains { $0.name == name } }
    func text(_ name: String) -> String? { values.first { $0.name == name }?.value }
    func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

    /// The first number that cannot be, in words for the client.
    var objection: String? {
        for (name, range) in Self.ranges where has(name) {
            guard let number = number(name), range.contains(number) else {
                return "[sim:\(name)] takes a number from \(range.lowerBound) to \(range.upperBound)."
            }
        }
        return nil
    }
}
