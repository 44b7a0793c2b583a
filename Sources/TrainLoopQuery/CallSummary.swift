// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// What a list says of a record.
package struct CallSummary: Sendable {
    package var id: String
    /// Milliseconds since the epoch.
    package var startTimeMs: Int64
    package var durationMs: Int64
    package var tag: String
    package var provider: String
    package var api: String
    package var model: String
    package var status: String
    /// Nil where the provider did not say.
    package var inputTokens: Int64?
    package var outputTokens: Int64?
    /// The beginning of the reply, or what stands in its place: tool calls, an error.
    package var words: String

    package init(_ record: JSONValue) {
        func text(_ value: JSONValue?) -> String { value?.string ?? "" }
        id = text(record["id"])
        startTimeMs = record["startTimeMs"]?.integer ?? 0
        durationMs = record["durationMs"]?.integer ?? 0
        tag = text(record["tag"])
        provider = text(record["provider"])
        api = text(record["api"])
        model = text(record["model"])
        status = text(record["status"])
        inputTokens = record["usage"]?["inputTokens"]?.integer
        outputTokens = record["usage"]?["outputTokens"]?.integer
        words = Self.words(record)
    }

    /// `name(arguments)`: as text where the provider sent text, as the JSON that it sent where not.
    package static func toolCall(_ part: JSONValue) -> String {
        let arguments =
            part["argumentsRaw"]?.string ?? part["arguments"].map { String(decoding: $0.bytes, as: UTF8.self) }
        return "\(part["name"]?.string ?? "")(\(arguments ?? ""))"
    }

    private static func words(_ record: JSONValue) -> String {
        if let error = record["error"] {
            let type = error["type"]?.string ?? error["code"]?.string ?? "error"
            return "\(type): \(error["message"]?.string ?? "")"
        }
        if let content = record["output"]?["content"]?.string, !content.isEmpty {
            return String(content.prefix(200))
        }
        var parts: [String] = []
        record["output"]?["messages"]?.forEachElement { message in
            message["parts"]?.forEachElement { part in
                switch part["type"]?.string {
                case "tool_call": parts.append(Self.toolCall(part))
                case "refusal": parts.append("refused: \(part["content"]?.string ?? part["refusal"]?.string ?? "")")
                default: break
                }
            }
        }
        if let count = record["output"]?["embeddings"]?["count"]?.integer { parts.append("\(count) embeddings") }
        return parts.joined(separator: " ")
    }
}
