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
    package static func all(in folder: String) -> (records: [RecordView], problems: [Problem]) {
        let page = DataFolder(folder).last(100_000)
        let records = page.records.map(RecordView.init)
            .sorted { ($0.tree["startTimeMs"]?.integer ?? 0) < ($1.tree["startTimeMs"]?.integer ?? 0) }
        return (
            records, page.damages.map { Problem(.truth, "no record in \($0.path) at byte \($0.byteOffset)") }
        )
    }

    var location: (file: String, line: String) {
        (tree["location"]?["file"]?.string ?? "", tree["location"]?["lineNumber"]?.string ?? "")
    }

    private var isUnknown: Bool { tree["api"]?.string == "unknown" }

    /// In what the record differs from what the library reported.
    package func differences(from expected: ReportedCall) -> [String] {
        var names = [
            "status", "http", "text", "toolCalls", "model", "responseModel", "inputTokens", "outputTokens",
            "finishReason", "errorType",
        ]
        // What no parser understands is on record by its bytes.
        if isUnknown { names = ["status", "http"] }
        var differences = names.compactMap { name -> String? in
            guard let wanted = expected.values[name], wanted != value(name) else { return nil }
            return "\(name) is \(short((value(name) ?? .null).text)), the library has \(short(wanted.text))"
        }
        let content = tree["output"]?["content"]?.string ?? ""
        if !isUnknown, !content.hasPrefix(expected.textPrefix) {
            differences.append("text '\(short(content))' does not start with '\(short(expected.textPrefix))'")
        }
        let hasCalls = !(expected.values["toolCalls"]?.elements ?? []).isEmpty
        let hasReply = !isUnknown && (!(expected.text ?? "").isEmpty || hasCalls)
        if expected.status == "ok", hasReply != (shelf == "events") { differences.append("it lies in \(shelf)/") }
        return differences
    }

    private func value(_ name: String) -> JSONTree? {
        let messages = tree["output"]?["messages"]?.elements ?? []
        switch name {
        case "http": return tree["http"]?["status"]
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
