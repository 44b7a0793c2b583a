// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopJournal
import TrainLoopQuery

/// A record as the judge sees it.
package struct RecordView: Sendable {
    package var tree: JSONTree
    /// `events` or `calls`.
    package var shelf: String

    package init(tree: JSONTree, shelf: String) {
        self.tree = tree
        self.shelf = shelf
    }

    package init(_ record: StoredRecord) {
        let folders = record.path.split(separator: "/")
        self.init(tree: JSONTree(record.json), shelf: folders.dropLast().last.map(String.init) ?? "")
    }

    /// The records of a folder, in the order of their beginnings, and the lines that are none.
    ///
    /// - Parameter secrets: what is taken out of them before they are told of.
    package static func all(
        in folder: String, hiding secrets: Secrets = .none
    ) -> (records: [RecordView], problems: [Problem]) {
        let page = DataFolder(folder).last(100_000)
        let records = page.records.map(RecordView.init)
            .map { RecordView(tree: $0.tree.mappingStrings(secrets.hidden), shelf: $0.shelf) }
            .sorted { ($0.tree["startTimeMs"]?.integer ?? 0) < ($1.tree["startTimeMs"]?.integer ?? 0) }
        return (
            records, page.damages.map { Problem(.truth, "no record in \($0.path) at byte \($0.byteOffset)") }
        )
    }

    var location: (file: String, line: String) {
        (tree["location"]?["file"]?.string ?? "", tree["location"]?["lineNumber"]?.string ?? "")
    }

    var url: String { tree["url"]?.string ?? "" }
    var provider: String { tree["provider"]?.string ?? "" }

    /// In what the record differs from what the library reported.
    ///
    /// A library that has understood a reply wants a record that a parser made; a record without one is true only where the
    /// program says so itself: `"api": "unknown"`.
    package func differences(from expected: ReportedCall) -> [String] {
        let isUnknown = expected.values["api"] == .string("unknown")
        var names = ["status", "http", "api", "provider", "url"]
        if !isUnknown {
            names += [
                "input", "text", "toolCalls", "model", "responseModel", "inputTokens", "outputTokens", "finishReason",
                "errorType",
            ]
        }
        var differences = names.compactMap { name -> String? in
            guard let wanted = expected.values[name], wanted != value(name) else { return nil }
            return "\(name) is \(short((value(name) ?? .null).text)), the library has \(short(wanted.text))"
        }
        let hasCalls = !(expected.values["toolCalls"]?.elements ?? []).isEmpty
        let hasReply = !isUnknown && (!(expected.text ?? "").isEmpty || hasCalls)
        if !isUnknown { differences += parsingDifferences(expected, hasReply: hasReply) }
        if expected.status == "ok", hasReply != (shelf == "events") { differences.append("it lies in \(shelf)/") }
        return differences
    }

    private func parsingDifferences(_ expected: ReportedCall, hasReply: Bool) -> [String] {
        var differences: [String] = []
        let api = tree["api"] ?? .null
        if api == .null || api == .string("unknown") {
            differences.append("api is \(api.text), of a call that the library knows")
        }
        let parse = tree["capture"]?["parse"] ?? .null
        if hasReply, parse != .string("full") {
            differences.append("capture.parse is \(parse.text), of a reply that the library has read")
        }
        let content = tree["output"]?["content"]?.string ?? ""
        if !content.utf8.starts(with: expected.textPrefix.utf8) {
            differences.append("text '\(short(content))' does not start with '\(short(expected.textPrefix))'")
        }
        return differences
    }

    /// What the last message of the user says.
    private var lastUserText: JSONTree? {
        let message = tree["input"]?.elements.last { $0["role"] == .string("user") }
        guard let content = message?["content"], case .array(let parts) = content else { return message?["content"] }
        return .string(parts.compactMap { $0["text"]?.string }.joined())
    }

    private func value(_ name: String) -> JSONTree? {
        let messages = tree["output"]?["messages"]?.elements ?? []
        switch name {
        case "http": return tree["http"]?["status"]
        case "input": return lastUserText
        // A query may hold a key, which no record has.
        case "url": return .string(String(url.prefix { $0 != "?" }))
        case "text": return tree["output"]?["content"]
        case "toolCalls":
            let parts = messages.flatMap { $0["parts"]?.elements ?? [] }
            return .array(
                parts.filter { $0["type"] == .string("tool_call") }.map {
                    .object(["name": $0["name"] ?? .null, "arguments": $0["arguments"] ?? .null])
                })
        case "errorType": return tree["error"]?["type"]
        case "inputTokens", "outputTokens": return tree["usage"]?[name]
        // Where the common word for the reason differs from the provider's own, a record has both.
        case "finishReason": return messages.first?["finishReasonRaw"] ?? messages.first?["finishReason"]
        default: return tree[name]
        }
    }
}
