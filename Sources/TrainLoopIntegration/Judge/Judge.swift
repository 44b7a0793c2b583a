// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopQuery

/// Holds what a program got, and what lies on the disk, against the four promises.
package struct Judge: Sendable {
    /// Whether the same request gets the same bytes twice: else only how the program ends can be compared.
    package var isDeterministic = true
    /// Whether the times that a test framework prints are taken out first.
    package var ignoresDurations = false
    /// A line of standard error that the run is known to cause.
    package var known: String?

    package init() {}

    // MARK: Transparency

    /// In what the program's result differs from the one without us.
    package func transparency(bare: ProgramOutcome, recorded: ProgramOutcome) -> [Problem] {
        var problems: [Problem] = []
        if bare.end != recorded.end {
            problems.append(Problem(.transparency, "\(bare.endText) became \(recorded.endText)"))
        }
        guard isDeterministic else { return problems }
        let streams = [
            ("standard output", bare.output, recorded.output), ("standard error", bare.errors, recorded.errors),
        ]
        for (name, before, after) in streams {
            if let difference = Self.difference(lines(before), lines(after)) {
                problems.append(Problem(.transparency, "\(name) differs \(difference)"))
            }
        }
        return problems
    }

    /// The lines of the program itself: without ours, which begin with `trainloop: `.
    private func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            .filter { line in !line.hasPrefix("trainloop: ") && !(known.map(line.hasPrefix) ?? false) }
            .map { ignoresDurations ? Self.withoutDuration($0) : $0 }
    }

    /// ` in 0.05s`, as pytest and unittest have it.
    static func withoutDuration(_ line: String) -> String {
        guard let range = line.ranges(of: " in ").last else { return line }
        let rest = line[range.upperBound...]
        let number = rest.prefix { $0.isNumber || $0 == "." }
        guard !number.isEmpty, rest.dropFirst(number.count).hasPrefix("s") else { return line }
        return String(line[..<range.lowerBound] + rest.dropFirst(number.count + 1))
    }

    /// The first line in which two texts differ.
    static func difference(_ before: [String], _ after: [String]) -> String? {
        guard before != after else { return nil }
        let place = zip(before, after).enumerated().first { $1.0 != $1.1 }?.offset ?? min(before.count, after.count)
        func line(_ lines: [String]) -> String {
            place < lines.count ? "'\(short(lines[place]))'" : "the end"
        }
        return "in line \(place + 1): without us \(line(before)), with us \(line(after))"
    }

    // MARK: Once and truth

    /// Each expectation has one record that says the same, and no record is left over.
    package func truth(_ expected: [ReportedCall], _ records: [RecordView]) -> [Problem] {
        var problems: [Problem] = []
        if expected.count != records.count {
            problems.append(Problem(.once, "\(expected.count) exchanges, \(records.count) records"))
        }
        var rest = records
        var unmatched: [ReportedCall] = []
        // Calls at the same time come in any order: a record belongs to the first exchange that it fits wholly.
        for expectation in expected {
            if let index = rest.firstIndex(where: { $0.differences(from: expectation).isEmpty }) {
                rest.remove(at: index)
            } else {
                unmatched.append(expectation)
            }
        }
        for (expectation, record) in zip(unmatched, rest) {
            let differences = record.differences(from: expectation)
            problems.append(Problem(.truth, differences.joined(separator: "; ")))
        }
        for expectation in unmatched.dropFirst(rest.count) {
            problems.append(Problem(.once, "no record of \(short(JSONTree.object(expectation.values).text))"))
        }
        for record in rest.dropFirst(unmatched.count) {
            problems.append(Problem(.once, "a record too many: \(short(record.tree.text))"))
        }
        return problems
    }

    /// Every record names a line of the program that calls a model.
    package func locations(
        _ expected: [ReportedCall], _ records: [RecordView], program: String, callLines: Set<Int>
    ) -> [Problem] {
        // Which of concurrent calls a record is of, its text may not tell: so many may lack a location, whichever they are.
        var allowance = expected.count { $0.mayLackLocation }
        var problems: [Problem] = []
        for record in records {
            let (file, line) = record.location
            if file == "unknown", allowance > 0 {
                allowance -= 1
            } else if file != program || !callLines.contains(Int(line) ?? 0) {
                problems.append(Problem(.location, "\(file):\(line) is no line of a call"))
            }
        }
        return problems
    }

    // MARK: Clean

    /// The files of a folder that hold a key, whatever the case of its letters.
    package func clean(folder: String, keys: [String]) -> [Problem] {
        let needles = keys.filter { $0.count >= 6 }.map { Array($0.lowercased().utf8) }
        return Files.all(under: folder).filter { path in
            let bytes = (Files.bytes(path) ?? []).map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }
            return needles.contains { contains(bytes, $0) }
        }.map { Problem(.clean, "a key is in \($0.dropFirst(folder.count + 1))") }
    }
}

/// Whether `needle` stands in `bytes`.
private func contains(_ bytes: [UInt8], _ needle: [UInt8]) -> Bool {
    guard let first = needle.first, bytes.count >= needle.count else { return false }
    return bytes.withUnsafeBufferPointer { all in
        needle.withUnsafeBufferPointer { needle in
            (0...(all.count - needle.count)).contains { start in
                all[start] == first && (1..<needle.count).allSatisfy { all[start + $0] == needle[$0] }
            }
        }
    }
}

/// A text made fit for a line of a report.
func short(_ text: String) -> String {
    text.utf8.count <= 200 ? text : String(text.prefix(200)) + "…"
}
