// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// The messages of a record, gathered as the oracle gathers them.
struct RecordedMessages {
    /// The visible text of each choice.
    private(set) var texts: [String] = []
    /// Of the first choice, as is all below.
    private(set) var toolCalls: [ToolCall] = []
    private(set) var serverToolCalls: [String] = []
    private(set) var thinking = ""
    private(set) var refusal: String?
    private(set) var stopSequence: String?
    /// The provider's own words, one for each choice; empty where there is none.
    private(set) var finishReasons: [String] = []

    private let isAnthropic: Bool
    private let isOK: Bool

    init(_ record: JSONValue) {
        isAnthropic = record["api"]?.string == "messages"
        isOK = record["status"]?.string == "ok"
        record["output"]?["messages"]?.forEachElement { message in
            let isFirst = texts.isEmpty
            texts.append("")
            if isFirst { stopSequence = message["stopSequence"]?.string }
            finishReasons.append(finishReason(of: message))
            message["parts"]?.forEachElement { read($0, isFirst: isFirst) }
        }
    }

    /// The word `error` alone stands also for a reply that never said why it ended.
    private func finishReason(of message: JSONValue) -> String {
        if let word = message["finishReasonRaw"]?.string { return word }
        guard let word = message["finishReason"]?.string, isOK || word != "error" else { return "" }
        return word
    }

    private mutating func read(_ part: JSONValue, isFirst: Bool) {
        let content = part["content"]?.string ?? ""
        let type = part["type"]?.string
        if type == "text" {
            texts[texts.count - 1] += content
            return
        }
        guard isFirst else { return }
        switch type {
        case "reasoning": thinking += content
        case "refusal": refusal = (refusal ?? "") + content
        case "tool_call":
            let isCustom = part["kind"]?.string == "custom"
            let raw = part["argumentsRaw"]?.string ?? ""
            let arguments = isCustom ? part["arguments"]?.string : part["arguments"].map { Canonical.text($0) }
            toolCalls.append(
                ToolCall(
                    id: part["id"]?.string, name: part["name"]?.string,
                    arguments: isAnthropic || raw.isEmpty ? arguments ?? raw : raw, isCustom: isCustom,
                    isParsed: isAnthropic))
        case "server_tool_call":
            let kind = part["server_tool_call"]?["type"]?.string
            serverToolCalls.append("\(part["id"]?.string ?? "null") \(kind ?? "null")")
        default: break
        }
    }
}
