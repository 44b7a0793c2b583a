// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What one exchange's record must hold, as the client library itself reported it; what it did not report is nil.
package struct ReportedCall: Sendable, Equatable {
    package var status: String
    /// The members of the record by name, each as the library has it: text, toolCalls, model, http, inputTokens ...
    package var values: [String: JSONTree]

    package init(status: String, values: [String: JSONTree] = [:]) {
        self.status = status
        self.values = values.merging(["status": .string(status)]) { $1 }
    }

    package var text: String? { values["text"]?.string }
    package var textPrefix: String { values["textPrefix"]?.string ?? "" }
    /// Of a call in a task of its own the stack may not tell the caller.
    package var mayLackLocation: Bool { values["mayLackLocation"]?.bool ?? false }

    /// What a program printed: its last `EXPECT` line, or the replies between `REPLY status` and `END`, or `BREAK` where it left
    /// a stream; `FAILED time-out` and `FAILED cancel` stand for calls without one.
    ///
    /// - Returns: nil when it printed neither.
    package static func all(in output: String) -> [ReportedCall]? {
        let lines = byteLines(of: Array(output.utf8)).map { String(decoding: $0, as: UTF8.self) }
        if let line = lines.last(where: { $0.hasPrefix("EXPECT ") }) {
            guard let json = JSONTree(text: String(line.dropFirst("EXPECT ".count))) else { return nil }
            return json.elements.map { entry in
                guard case .object(let members) = entry else { return ReportedCall(status: "") }
                return ReportedCall(status: members["status"]?.string ?? "", values: members)
            }
        }
        let calls = ChatReply.all(in: lines).map(\.expectation) + lines.compactMap(failure)
        return calls.isEmpty ? nil : calls
    }

    /// The same with what the runner knows of a program that posts what it is given: the request of each, and where it went.
    ///
    /// - Parameter calls: in the order of the bodies, each body as often as the program has ways to send it.
    /// - Returns: nil where they cannot be of these bodies.
    package static func posted(_ calls: [ReportedCall], bodies: [String], url: String) -> [ReportedCall]? {
        guard !bodies.isEmpty, calls.count.isMultiple(of: bodies.count) else { return nil }
        return zip(calls, calls.indices).map { call, index in
            let body = JSONTree(text: bodies[index / (calls.count / bodies.count)])
            var call = call
            var known = ["url": JSONTree.string(url)]
            known["model"] = body?["model"]
            known["input"] = body?["messages"]?.elements.last?["content"]
            call.values.merge(known) { own, _ in own }
            return call
        }
    }

    private static func failure(_ line: String) -> ReportedCall? {
        if line.hasPrefix("FAILED time-out") {
            return ReportedCall(status: "error", values: ["errorType": .string("timeout")])
        }
        return line.hasPrefix("FAILED cancel") ? ReportedCall(status: "incomplete") : nil
    }
}

/// A reply of OpenAI's chat by its bytes, as a program prints them that knows no provider.
struct ChatReply {
    var status: Int
    var body: String
    /// Whether it was read to its end.
    var isWhole = true

    static func all(in lines: [String]) -> [ChatReply] {
        var replies: [ChatReply] = []
        var body: [String]?
        var status = 0
        for line in lines {
            if body == nil, line.hasPrefix("REPLY "), let number = Int(line.dropFirst("REPLY ".count)) {
                (status, body) = (number, [])
            } else if line == "END" || line == "BREAK", let lines = body {
                replies.append(
                    ChatReply(status: status, body: lines.joined(separator: "\n"), isWhole: line == "END"))
                body = nil
            } else {
                body?.append(line)
            }
        }
        return replies
    }

    var expectation: ReportedCall {
        var values: [String: JSONTree] = ["http": .number(Double(status))]
        guard status == 200 else { return ReportedCall(status: "error", values: values) }
        let chunks = byteLines(of: Array(body.utf8)).filter { $0.starts(with: "data: {".utf8) }
            .compactMap { JSONTree(text: String(decoding: $0.dropFirst("data: ".count), as: UTF8.self)) }
        let pieces = chunks.isEmpty ? [JSONTree(text: body)].compactMap { $0 } : chunks
        var text = ""
        var calls: [(name: String, arguments: String)] = []
        for piece in pieces {
            let choice = piece["choices"]?.elements.first
            let message = choice?["delta"] ?? choice?["message"]
            text += message?["content"]?.string ?? ""
            for call in message?["tool_calls"]?.elements ?? [] {
                if let name = call["function"]?["name"]?.string { calls.append((name, "")) }
                if !calls.isEmpty { calls[calls.count - 1].arguments += call["function"]?["arguments"]?.string ?? "" }
            }
            if let reason = choice?["finish_reason"], reason != .null { values["finishReason"] = reason }
            values["responseModel"] = piece["model"]
            if let count = piece["usage"]?["prompt_tokens"] { values["inputTokens"] = count }
            if let count = piece["usage"]?["completion_tokens"] { values["outputTokens"] = count }
        }
        // Of a stream that was left, the record may hold more than the program has read.
        guard isWhole else {
            values = ["http": .number(Double(status)), "textPrefix": .string(text)]
            return ReportedCall(status: "incomplete", values: values)
        }
        values["text"] = .string(text)
        values["toolCalls"] = .array(
            calls.map { .object(["name": .string($0.name), "arguments": JSONTree(text: $0.arguments) ?? .null]) })
        return ReportedCall(status: "ok", values: values)
    }
}
