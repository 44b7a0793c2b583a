// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// A request as the simulator received it.
public struct SimulatedRequest: Sendable {
    /// Such as `POST`.
    public var method: String
    /// Path and query, as sent.
    public var path: String
    /// In the order and case in which they were sent.
    public var fields: [(name: String, value: String)]
    public var body: [UInt8]

    /// The first field of that name, in any case.
    public func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    var json: JSONValue? { JSONValue(parsing: body) }

    var isStreamed: Bool { json?["stream"]?.bool ?? false }

    /// The text of the last message or input that came from the user, of whatever shape.
    var prompt: String {
        guard let json else { return "" }
        if let input = json["input"], let text = input.string { return text }
        var last = ""
        (json["messages"] ?? json["input"])?.forEachElement { message in
            guard message["role"]?.string ?? "user" == "user" else { return }
            if let text = message["content"]?.string { last = text }
            message["content"]?.forEachElement { part in
                if let text = part["text"]?.string { last = text }
            }
        }
        return last
    }

    /// A number that depends on the body alone, so that the same request has the same ids: FNV-1a.
    var fingerprint: String {
        let hash = body.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// What a prompt asks the simulator to do beside answering: `[sim:NAME]` or `[sim:NAME=VALUE]`, anywhere in it.
struct SimulatedDirectives {
    private let values: [(name: String, value: String)]

    init(_ prompt: String) {
        var values: [(String, String)] = []
        var rest = prompt[...]
        while let start = rest.firstRange(of: "[sim:") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "]") else { break }
            let parts = rest[..<end].split(separator: "=", maxSplits: 1)
            values.append((parts.first.map(String.init) ?? "", parts.count > 1 ? String(parts[1]) : ""))
            rest = rest[end...]
        }
        self.values = values
    }

    func has(_ name: String) -> Bool { values.contains { $0.name == name } }
    func text(_ name: String) -> String? { values.first { $0.name == name }?.value }
    func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }
}
