// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// What is compared between a record and the oracle.
enum Field: String, CaseIterable {
    case text, texts
    case toolCalls = "tool_calls"
    case finishReasons = "finish_reasons"
    case usage, model
    case responseID = "response_id"
    case stopSequence = "stop_sequence"
    case thinking, refusal, error
    case serverToolCalls = "server_tool_calls"
}

/// One side of the comparison: each field as text that is equal where the meaning is equal.
struct CallReading {
    private(set) var texts: [Field: String] = [:]

    subscript(field: Field) -> String { texts[field] ?? "null" }

    /// The oracle's line.
    init(oracle: JSONValue) {
        for field in Field.allCases {
            let value: JSONValue?
            switch field {
            case .text: value = oracle["text"]
            case .texts: value = oracle["texts"]
            case .toolCalls: value = oracle["tool_calls"]
            case .finishReasons: value = oracle["finish_reasons"]
            case .usage: value = oracle["usage"]
            case .model: value = oracle["model"]
            case .responseID: value = oracle["response_id"]
            case .stopSequence: value = oracle["stop_sequence"]
            case .thinking: value = oracle["thinking"]
            case .refusal: value = oracle["refusal"]
            case .error: value = oracle["error"]
            case .serverToolCalls: value = oracle["server_tool_calls"]
            }
            texts[field] = value.flatMap {
                $0.string == "" && field != .text && field != .thinking ? nil : Canonical.text($0)
            }
        }
        texts[.toolCalls] = Self.list(oracle["tool_calls"]) { call in
            ToolCall(
                id: call["id"]?.string, name: call["name"]?.string, arguments: call["arguments"]?.string ?? "",
                isCustom: call["kind"]?.string == "custom", isParsed: call["kind"]?.string == "tool_use"
            ).text
        }
        texts[.serverToolCalls] = Self.list(oracle["server_tool_calls"]) { call in
            "\(call["id"]?.string ?? "null") \(call["kind"]?.string ?? "null")"
        }
        texts[.texts] = Self.told(Self.words(oracle["texts"]))
        texts[.finishReasons] = Self.told(Self.finishReasons(oracle))
        if oracle["usage"]?.kind == .object {
            texts[.usage] = UsageCounts(oracle: oracle["usage"]).text
        }
        if let error = oracle["error"], error.kind == .object {
            texts[.error] = ErrorText.text(
                type: error["type"]?.string, code: error["code"], message: error["message"]?.string)
        }
    }

    /// The record of the same exchange, in the oracle's words.
    ///
    /// - Parameter oracle: the oracle's line, for the counts that it does not know at all.
    init(record: JSONValue, oracle: JSONValue) {
        let messages = RecordedMessages(record)
        texts[.text] = Canonical.quoted(record["output"]?["content"]?.string ?? "")
        texts[.texts] = Self.told(messages.texts)
        texts[.toolCalls] = "[" + messages.toolCalls.map(\.text).joined(separator: ", ") + "]"
        texts[.serverToolCalls] = "[" + messages.serverToolCalls.joined(separator: ", ") + "]"
        texts[.finishReasons] = Self.told(messages.finishReasons)
        texts[.thinking] = Canonical.quoted(messages.thinking)
        texts[.refusal] = messages.refusal.map { Canonical.quoted($0) }
        texts[.model] = record["responseModel"].map { Canonical.text($0) }
        texts[.responseID] = record["responseId"].map { Canonical.text($0) }
        texts[.stopSequence] = messages.stopSequence.map { Canonical.quoted($0) }
        if let usage = record["usage"] {
            let counts = UsageCounts(record: usage, isAnthropic: record["api"]?.string == "messages")
            texts[.usage] = counts.withoutWhatIsUnknown(to: oracle["usage"], raw: usage["raw"]).text
        }
        if let error = record["error"] {
            texts[.error] = ErrorText.text(
                type: error["type"]?.string, code: error["code"], message: error["message"]?.string)
        }
    }

    /// The finish reason of an incomplete response is its reason; a response without a final event has none.
    private static func finishReasons(_ oracle: JSONValue) -> [String] {
        if let reason = oracle["incomplete_reason"]?.string { return [reason] }
        let words = words(oracle["finish_reasons"])
        let isUnfinished = oracle["streaming"]?.string == "sse" && oracle["api"]?.string == "responses"
        return words.map { isUnfinished && ($0 == "in_progress" || $0 == "queued") ? "" : $0 }
    }

    private static func words(_ list: JSONValue?) -> [String] {
        var words: [String] = []
        list?.forEachElement { words.append($0.string ?? "") }
        return words
    }

    /// One choice after the other; choices that say nothing are none.
    private static func told(_ words: [String]) -> String {
        guard words.contains(where: { !$0.isEmpty }) else { return "[]" }
        return "[" + words.map { Canonical.quoted($0) }.joined(separator: ",") + "]"
    }

    private static func list(_ value: JSONValue?, _ body: (JSONValue) -> String) -> String {
        var words: [String] = []
        value?.forEachElement { words.append(body($0)) }
        return "[" + words.joined(separator: ", ") + "]"
    }

    /// The fields in which two readings differ; compared by bytes, not by Unicode's equivalences.
    func differences(from other: CallReading) -> [Field] {
        Field.allCases.filter { !self[$0].utf8.elementsEqual(other[$0].utf8) }
    }
}

/// A call of the application's tools.
struct ToolCall {
    var id: String?
    var name: String?
    var arguments: String
    var isCustom: Bool
    /// The arguments are an object of the provider's, not a string: only its meaning counts.
    var isParsed: Bool

    var text: String {
        var words = isCustom ? "custom " : ""
        words += "\(id?.isEmpty == false ? id ?? "" : "null") \(name ?? "null") "
        guard isParsed, let value = JSONValue(parsing: Array(arguments.utf8)) else {
            return words + Canonical.quoted(arguments)
        }
        return words + Canonical.text(value)
    }
}

/// The oracle has no source beside the error's own words, and types its codes as it likes.
enum ErrorText {
    static func text(type: String?, code: JSONValue?, message: String?) -> String {
        let code = code.flatMap { $0.kind == .null ? nil : $0.string ?? Canonical.text($0) }
        return "type=\(type ?? "null") code=\(code ?? "null") message=\(Canonical.quoted(message ?? ""))"
    }
}

/// JSON without white space, its escapes and numbers in one form.
enum Canonical {
    static func text(_ value: JSONValue) -> String {
        switch value.kind {
        case .object:
            var members: [String] = []
            value.forEachMember { name, member in
                let name = JSONValue(parsing: [0x22] + name + [0x22])?.string ?? ""
                members.append(quoted(name) + ":" + text(member))
            }
            return "{" + members.joined(separator: ",") + "}"
        case .array:
            var elements: [String] = []
            value.forEachElement { elements.append(text($0)) }
            return "[" + elements.joined(separator: ",") + "]"
        case .string: return quoted(value.string ?? "")
        case .number:
            if let integer = value.integer { return "\(integer)" }
            return value.double.map { "\($0)" } ?? String(decoding: value.bytes, as: UTF8.self)
        case .bool, .null: return String(decoding: value.bytes, as: UTF8.self)
        }
    }

    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
