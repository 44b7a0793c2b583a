// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// A request read once: all that a reply depends on.
struct SimulatedCall {
    let request: SimulatedRequest
    let json: JSONValue?
    let isStreamed: Bool
    let model: String?
    /// The text of the last message or input that came from the user, of whatever shape.
    let prompt: String
    /// Whether the conversation ends in the result of a tool: a model that has it goes on to answer.
    let endsInToolResult: Bool
    let directives: SimulatedDirectives
    /// A number that depends on the body alone, so that the same request has the same ids.
    let fingerprint: String

    init(_ request: SimulatedRequest) {
        self.request = request
        let json = JSONValue(parsing: request.body)
        self.json = json
        isStreamed = json?["stream"]?.bool ?? false
        model = json?["model"]?.string
        (prompt, endsInToolResult) = Self.lastWord(json)
        directives = SimulatedDirectives(prompt)
        fingerprint = Self.fingerprint(request.body)
    }

    func field(_ name: String) -> String? { request.field(name) }

    /// Whether `tool_choice` leaves the model no choice but to call.
    var mustCallTools: Bool {
        guard let choice = json?["tool_choice"] else { return false }
        return choice.string == "required" || ["any", "tool", "function"].contains(choice["type"]?.string)
    }

    /// The names of the tools on offer.
    var toolNames: [String] {
        var names: [String] = []
        json?["tools"]?.forEachElement { tool in
            if let name = tool["name"]?.string ?? tool["function"]?["name"]?.string { names.append(name) }
        }
        return names
    }

    private static func lastWord(_ json: JSONValue?) -> (text: String, endsInToolResult: Bool) {
        guard let json else { return ("", false) }
        if let text = json["input"]?.string { return (text, false) }
        var last = ""
        var endsInToolResult = false
        func take(_ text: String) {
            last = text
            endsInToolResult = false
        }
        (json["messages"] ?? json["input"])?.forEachElement { message in
            if let text = message.string { return take(text) }
            let role = message["role"]?.string ?? "user"
            if role == "tool" || message["type"]?.string == "function_call_output" { endsInToolResult = true }
            guard role == "user" else { return }
            if let text = message["content"]?.string { take(text) }
            message["content"]?.forEachElement { part in
                if let text = part["text"]?.string { take(text) }
                if part["type"]?.string == "tool_result" { endsInToolResult = true }
            }
        }
        return (last, endsInToolResult)
    }

    /// FNV-1a.
    private static func fingerprint(_ body: [UInt8]) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in body { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
