// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopJournal
import TrainLoopQuery

/// How records are printed: the one place that knows of formats.
struct EventOutput {
    private let isJSON: Bool
    private let terminal: Terminal

    init(isJSON: Bool, terminal: Terminal = .current(ProcessHeritage.capture().variables)) {
        self.isJSON = isJSON
        self.terminal = terminal
    }

    /// Prints records; nothing for none.
    func write(_ records: [StoredRecord], hasHeader: Bool = true) {
        guard !records.isEmpty else { return }
        guard !isJSON else {
            // One after another: all of them together may be as large as what was recorded.
            for record in records where !StandardOutput.isClosed { StandardOutput.write(record.bytes + [0x0a]) }
            return
        }
        StandardOutput.write(table(records, hasHeader: hasHeader))
    }

    func table(_ records: [StoredRecord], hasHeader: Bool = true) -> String {
        let header = hasHeader ? [terminal.colored(row(Row.header), .bold)] : []
        let rows = records.map { record in row(Row(CallSummary(record.json)), color: true) }
        return (header + rows).map { $0 + "\n" }.joined()
    }

    /// The columns of a table, as text without control characters.
    private struct Row {
        var id: String
        var time: String
        var tag: String
        var model: String
        var tokens: String
        var duration: String
        var status: String
        var words: String

        static let header = Row(
            id: "ID", time: "TIME", tag: "TAG", model: "MODEL", tokens: "TOKENS", duration: "TOOK", status: "STATUS",
            words: "REPLY")

        private init(
            id: String, time: String, tag: String, model: String, tokens: String, duration: String, status: String,
            words: String
        ) {
            (self.id, self.time, self.tag, self.model) = (id, time, tag, model)
            (self.tokens, self.duration, self.status, self.words) = (tokens, duration, status, words)
        }

        init(_ call: CallSummary) {
            // The last eight digits are random in a UUIDv7; the first eight are the same for a minute.
            id = Terminal.plain(String(call.id.suffix(8)))
            time = String(TimeText.local(call.startTimeMs).dropFirst(5))
            tag = Terminal.plain(call.tag)
            model = Terminal.plain("\(call.provider)/\(call.model.isEmpty ? call.api : call.model)")
            tokens = "\(call.inputTokens.map { "\($0)" } ?? "?")>\(call.outputTokens.map { "\($0)" } ?? "?")"
            if call.inputTokens == nil, call.outputTokens == nil { tokens = "" }
            duration = call.durationMs < 10_000 ? "\(call.durationMs) ms" : "\(call.durationMs / 1000) s"
            status = Terminal.plain(call.status)
            words = Terminal.plain(call.words)
        }
    }

    private func row(_ row: Row, color: Bool = false) -> String {
        let status = Terminal.fitted(row.status, 10)
        let statusColor: Terminal.Color = row.status == "ok" ? .green : row.status == "incomplete" ? .yellow : .red
        let fixed = [
            Terminal.fitted(row.id, 8), Terminal.fitted(row.time, 14), Terminal.fitted(row.tag, 10),
            Terminal.fitted(row.model, 28), Terminal.fitted(row.tokens, 11, isRight: true),
            Terminal.fitted(row.duration, 8, isRight: true), color ? terminal.colored(status, statusColor) : status,
        ]
        let used = 8 + 14 + 10 + 28 + 11 + 8 + 10 + 2 * 7
        let words = Terminal.fitted(row.words, max(20, terminal.width - used))
        return (fixed + [words]).joined(separator: "  ").trimmingTail
    }
}

extension String {
    fileprivate var trimmingTail: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
