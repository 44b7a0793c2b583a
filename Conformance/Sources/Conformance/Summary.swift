// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Counts verdicts and prints them as a table.
struct Summary {
    private struct Row {
        var exchanges = 0
        var full = 0
        var partial = 0
        var raw = 0
        var scored = 0
        var equal = 0
        var differences: [String: Int] = [:]

        mutating func add(_ verdict: Verdict) {
            exchanges += 1
            switch verdict.parse {
            case .full: full += 1
            case .partial: partial += 1
            case .raw: raw += 1
            }
            if verdict.score != .none { scored += 1 }
            if verdict.score == .equal { equal += 1 }
            guard verdict.score == .different else { return }
            for difference in verdict.differences { differences[difference.field, default: 0] += 1 }
        }
    }

    private var rows: [[String]: Row] = [:]
    private var total = Row()
    private var fiveEqual = 0
    private var codedCount = 0
    private var decodedCount = 0
    private(set) var faultCount = 0
    private(set) var unreadLineCount = 0

    /// The fields that say what a call was; the rest is how it says so.
    private static let essential = Set(["text", "tool_calls", "finish_reasons", "usage", "model"])

    mutating func add(_ verdict: Verdict) {
        rows[[verdict.provider, verdict.api, verdict.streaming], default: Row()].add(verdict)
        total.add(verdict)
        if !verdict.faults.isEmpty { faultCount += 1 }
        if let isDecoded = verdict.isDecoded {
            codedCount += 1
            if isDecoded { decodedCount += 1 }
        }
        if verdict.score != .none, !verdict.differences.contains(where: { Self.essential.contains($0.field) }) {
            fiveEqual += 1
        }
    }

    mutating func addUnreadLine() { unreadLineCount += 1 }

    var table: String {
        var lines = [
            ["provider", "api", "streamed", "exchanges", "full", "partial", "raw", "scored", "equal", "differences"]
        ]
        for (key, row) in rows.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            lines.append(key + Self.cells(row))
        }
        lines.append(["all", "", ""] + Self.cells(total))
        let widths = lines[0].indices.map { column in lines.map { $0[column].utf8.count }.max() ?? 0 }
        let texts = lines.map { line in
            var text = ""
            for (column, cell) in line.enumerated() {
                let padding = String(repeating: " ", count: widths[column] - cell.utf8.count)
                // Words to the left, numbers to the right, the last column as it is.
                text += column < 3 ? cell + padding + "  " : column == 9 ? cell : padding + cell + "  "
            }
            while text.last == " " { text.removeLast() }
            return text
        }
        return texts.joined(separator: "\n")
    }

    private static func cells(_ row: Row) -> [String] {
        let differences = row.differences.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return [
            "\(row.exchanges)", "\(row.full)", "\(row.partial)", "\(row.raw)", "\(row.scored)", "\(row.equal)",
            differences.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
        ]
    }

    /// The lines after the table; the last is the score.
    var conclusion: String {
        var lines = [
            "exchanges with a fault (another record at a split, no JSON, not one line, not decoded): \(faultCount)",
            "responses stored under their content codings: \(codedCount), of which decoded at every split: \(decodedCount)",
            "lines not read: \(unreadLineCount)",
            "equal in text, tool calls, finish reasons, usage and model: \(Self.share(fiveEqual, total.scored))",
            "equal to the oracle: \(Self.share(total.equal, total.scored))",
        ]
        if total.scored == 0 { lines[lines.count - 1] = "equal to the oracle: nothing to compare (0 of 0)" }
        return lines.joined(separator: "\n")
    }

    /// Rounded down, so that 100 % means all.
    private static func share(_ part: Int, _ whole: Int) -> String {
        let perMille = whole == 0 ? 0 : part * 1000 / whole
        return "\(perMille / 10).\(perMille % 10) % (\(part) of \(whole))"
    }
}
