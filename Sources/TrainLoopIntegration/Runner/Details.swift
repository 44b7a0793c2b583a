// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What was run and what was found, a line each, for people who want to see it.
enum Details {
    private static let lengthLimit = 2000

    static func of(_ outcome: ProgramOutcome) -> [String] {
        func told(_ name: String, _ text: String) -> [String] {
            text.split(separator: "\n").map { "\(name): \(String($0.prefix(lengthLimit)))" }
        }
        return ["\(outcome.endText) after \(tenths(outcome.seconds)) s"] + told("stdout", outcome.output)
            + told("stderr", outcome.errors)
    }

    /// The files of a folder with their lines, without keys.
    static func of(folder: String, hiding secrets: Secrets) -> [String] {
        Files.all(under: folder).flatMap { path -> [String] in
            let bytes = Files.bytes(path) ?? []
            let text = String(decoding: secrets.hidden(in: bytes), as: UTF8.self)
            return ["\(path), \(bytes.count) bytes"]
                + text.split(separator: "\n").map { "  \(String($0.prefix(lengthLimit)))" }
        }
    }

    /// The last lines that a program printed.
    static func end(of outcome: ProgramOutcome) -> [String] {
        (outcome.output + outcome.errors).split(separator: "\n").suffix(8).map { "         \(short(String($0)))" }
    }
}
