// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopQuery

/// Holds what a program got, and what lies on the disk, against the four promises.
package struct Judge: Sendable {
    /// Whether the same request gets the same bytes twice: else only how the program ends can be compared.
    package var isDeterministic = true
    /// Whether the times that a test framework prints are taken out first.
    package var ignoresDurations = false
    /// How those lines of standard error begin that the run with us is known to cause.
    package var runLines: [String] = []
    /// The addresses that the program calls, up to the path, and who answers there; nil where that is not known.
    package var addresses: [String: String?]?

    /// What `trainloop run` says of itself.
    package static let runLines = ["trainloop: "]

    package init() {}

    // MARK: Transparency

    /// In what the program's result differs from the one without us, byte for byte.
    package func transparency(bare: ProgramOutcome, recorded: ProgramOutcome) -> [Problem] {
        var problems: [Problem] = []
        if bare.end != recorded.end {
            problems.append(Problem(.transparency, "\(bare.endText) became \(recorded.endText)"))
        }
        guard isDeterministic else { return problems }
        func compare(_ name: String, _ before: [ArraySlice<UInt8>], _ after: [ArraySlice<UInt8>]) {
            guard let difference = Self.difference(before.map(comparable), after.map(comparable)) else { return }
            problems.append(Problem(.transparency, "\(name) differs \(difference)"))
        }
        compare("standard output", byteLines(of: bare.outputBytes), byteLines(of: recorded.outputBytes))
        compare("standard error", withoutRunLines(bare.errorBytes), withoutRunLines(recorded.errorBytes))
        return problems
    }

    private func withoutRunLines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        byteLines(of: bytes).filter { line in !runLines.contains { line.starts(with: $0.utf8) } }
    }

    private func comparable(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        ignoresDurations ? Self.withoutDuration(line) : line
    }

    /// ` in 0.05s`, as pytest and unittest have it.
    private static func withoutDuration(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let mark = " in ".utf8
        guard let start = line.indices.last(where: { line[$0...].starts(with: mark) }) else { return line }
        let rest = line[(start + mark.count)...]
        let number = rest.prefix { 0x30...0x39 ~= $0 || $0 == UInt8(ascii: ".") }
        let after = rest.dropFirst(number.count)
        guard !number.isEmpty, after.first == UInt8(ascii: "s") else { return line }
        return line[..<start] + after.dropFirst()
    }

    /// The first line in which two texts differ.
    private static func difference(_ before: [ArraySlice<UInt8>], _ after: [ArraySlice<UInt8>]) -> String? {
        guard before != after else { return nil }
        let place = zip(before, after).enumerated().first { $1.0 != $1.1 }?.offset ?? min(before.count, after.count)
        func line(_ lines: [ArraySlice<UInt8>]) -> String {
            place < lines.count ? "'\(short(String(decoding: lines[place], as: UTF8.self)))'" : "the end"
        }
        let told = "in line \(place + 1): without us \(line(before)), with us \(line(after))"
        // What looks the same in a report, or differs beyond what is shown of it.
        guard line(before) == line(after) else { return told }
        let same = zip(before[place], after[place]).prefix { $0 == $1 }.count
        return "\(told), at byte \(same + 1)"
    }

    // MARK: Once and truth

    /// Each expectation has one record that says the same, and no record is left over.
    package func truth(_ expected: [ReportedCall], _ records: [RecordView]) -> [Problem] {
        var problems: [Problem] = []
        if expected.isEmpty { problems.append(Problem(.program, "it reports no call: there is nothing to prove")) }
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

    /// Every record names an address that the program calls, and the provider who is there.
    package func places(_ records: [RecordView]) -> [Problem] {
        guard let addresses else { return [] }
        return records.compactMap { record in
            guard let (_, provider) = addresses.first(where: { record.url.hasPrefix("\($0.key)/") }) else {
                let known = addresses.keys.sorted().joined(separator: ", ")
                return Problem(.truth, "url is \(short(record.url)), the program calls \(known)")
            }
            guard let provider, provider != record.provider else { return nil }
            return Problem(.truth, "provider is \(short(record.provider)), \(provider) is at \(short(record.url))")
        }
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

    /// The files under a folder that hold a key.
    ///
    /// - Parameter own: files that hold one without us too, by their paths in the folder: the program itself writes them.
    package func clean(folder: String, secrets: Secrets, own: Set<String> = []) -> [Problem] {
        Self.files(with: secrets, in: folder).filter { !own.contains($0) }.map { Problem(.clean, "a key is in \($0)") }
    }

    /// The files under a folder that hold a key, by their paths in it.
    package static func files(with secrets: Secrets, in folder: String) -> [String] {
        Files.all(under: folder).filter { secrets.areIn(Files.bytes($0) ?? []) }
            .map { String($0.dropFirst(folder.count + 1)) }
    }
}

/// A text made fit for a line of a report.
func short(_ text: String) -> String {
    text.utf8.count <= 200 ? text : String(text.prefix(200)) + "…"
}
