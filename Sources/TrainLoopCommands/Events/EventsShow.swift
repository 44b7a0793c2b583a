// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import TrainLoopCore
import TrainLoopJournal
import TrainLoopQuery

/// `trainloop events show`: one call, whole.
struct EventsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one call: what was asked, what came back, what it cost.",
        discussion: """
            EXAMPLES:
              trainloop events show 4f11099c        # the end of an id, as the list shows it, or its beginning
              trainloop events show 4f11099c --json # the stored line
            """)

    @OptionGroup var place: DataFolderOption

    @Argument(help: "The call's id, or so much of its beginning or end that only one call has it.")
    var id: String

    @Flag(help: "Print the stored line itself.")
    var json = false

    func run() async throws {
        let folder = try place.folder()
        let page = folder.find(id: Terminal.plain(id))
        ReadingNotes.say(page.damages)
        let found = page.records
        guard let record = found.first else {
            throw ValidationError(
                "No call in \(folder.path) has an id that begins or ends with '\(Terminal.plain(id))'.")
        }
        guard found.count == 1 else {
            let ids = found.compactMap { $0.json["id"]?.string }.joined(separator: ", ")
            throw ValidationError("Several calls have such an id: \(ids). Give more of it.")
        }
        guard !json else { return EventOutput(isJSON: true).write([record]) }
        let terminal = Terminal.current(ProcessHeritage.capture().variables)
        StandardOutput.write(EventDetails(record.json, in: folder, terminal).text)
    }
}

/// One call for people to read.
struct EventDetails {
    private let record: JSONValue
    private let folder: DataFolder
    private let terminal: Terminal

    init(_ record: JSONValue, in folder: DataFolder, _ terminal: Terminal) {
        self.record = record
        self.folder = folder
        self.terminal = terminal
    }

    var text: String {
        let call = CallSummary(record)
        var lines = [
            terminal.colored(
                "\(plain(call.provider)) \(plain(call.api)) \(plain(call.model)): \(plain(call.status))", .bold),
            "  id        \(plain(call.id))",
            "  time      \(TimeText.local(call.startTimeMs)), \(call.durationMs) ms\(timing)",
        ]
        if !call.tag.isEmpty { lines.append("  tag       \(plain(call.tag))") }
        lines.append("  url       \(plain(record["url"]?.string ?? ""))")
        if let location = record["location"], location["file"]?.string != "unknown" {
            lines.append(
                "  from      \(plain(location["file"]?.string ?? "")):\(plain(location["lineNumber"]?.string ?? ""))")
        }
        let sections: [StaticString] = ["usage", "http", "stream", "capture"]
        for name in sections {
            if let value = record[name] { lines.append("  \(padded("\(name)")) \(flat(value))") }
        }
        record["capture"]?["media"]?.forEachElement { lines.append("  media     \(place(of: $0.string ?? ""))") }
        if let error = record["error"] { lines.append("  " + terminal.colored("error     \(flat(error))", .red)) }
        if let parameters = record["modelParams"], parameters.bytes.count > 2 {
            lines.append("  \(padded("params")) \(flat(parameters))")
        }
        record["input"]?.forEachElement { message in
            lines.append("")
            lines.append(terminal.colored(plain(message["role"]?.string ?? "input"), .blue))
            lines.append(indented(message["content"]?.string ?? message.text))
        }
        lines += reply
        return lines.joined(separator: "\n") + "\n"
    }

    private var reply: [String] {
        var lines: [String] = []
        record["output"]?["messages"]?.forEachElement { message in
            let reason = message["finishReason"]?.string.map { " (\($0))" } ?? ""
            lines += ["", terminal.colored(plain("\(message["role"]?.string ?? "assistant")\(reason)"), .green)]
            message["parts"]?.forEachElement { part in
                switch part["type"]?.string {
                case "text": lines.append(indented(part["content"]?.string ?? ""))
                case "reasoning": lines.append(terminal.colored(indented(part["content"]?.string ?? ""), .faint))
                case "tool_call": lines.append(indented(CallSummary.toolCall(part)))
                default: lines.append(indented(part.text))
                }
            }
        }
        if lines.isEmpty, let output = record["output"], output.bytes.count > #"{"content":""}"#.utf8.count {
            lines = ["", terminal.colored("reply", .green), indented(output.text)]
        }
        return lines
    }

    private var timing: String {
        record["timing"]?["ttftMs"]?.double.map {
            ", first token after \(Int64(exactly: $0.rounded(.down)) ?? .max) ms"
        } ?? ""
    }

    /// An object as `name value, name value`; what is nested stays JSON.
    private func flat(_ value: JSONValue) -> String {
        var parts: [String] = []
        value.forEachMember { name, member in
            guard !name.elementsEqual("raw".utf8), !name.elementsEqual("media".utf8) else { return }
            parts.append("\(String(decoding: name, as: UTF8.self)) \(member.string ?? member.text)")
        }
        return plain(parts.joined(separator: ", "))
    }

    /// Such as `image/png, 20480 bytes: /data/blobs/sha256/ab/cdef`.
    private func place(of text: String) -> String {
        guard let reference = MediaReference(text) else { return plain(text) }
        let facts = "\(reference.mediaType), \(reference.byteCount) bytes"
        switch reference.fate {
        case .blob: return plain("\(facts): \(folder.file(of: reference))")
        case .drop: return plain("\(facts), not stored: sha256 \(reference.hash)")
        case .lost: return plain("\(facts), lost: sha256 \(reference.hash)")
        }
    }

    private func indented(_ text: String) -> String {
        Terminal.plain(text, keepsLines: true).split(separator: "\n", omittingEmptySubsequences: false)
            .map { "  \($0)" }.joined(separator: "\n")
    }

    private func plain(_ text: String) -> String { Terminal.plain(text) }

    private func padded(_ name: String) -> String { Terminal.fitted(name, 9) }
}

extension JSONValue {
    /// The JSON itself.
    fileprivate var text: String { String(decoding: bytes, as: UTF8.self) }
}
