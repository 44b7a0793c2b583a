// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

/// One exchange whole, for people.
enum Showing {
    static func print(_ exchange: CorpusExchange, _ replay: Replay, _ verdict: Verdict, oracle: [UInt8]?) {
        heading("request")
        Swift.print("\(text(exchange.head.method)) \(text(exchange.head.host))\(text(exchange.head.target))")
        for field in exchange.head.fields { Swift.print("\(text(field.name)): \(text(field.value))") }
        if exchange.isRequestAbsent { Swift.print("(the corpus has no request; {} stands for it)") }
        Swift.print("\n" + text(exchange.request))
        if exchange.lostRequestByteCount > 0 { Swift.print("(\(exchange.lostRequestByteCount) bytes more)") }
        heading("response")
        Swift.print("\(exchange.status)")
        for field in exchange.responseFields { Swift.print("\(text(field.name)): \(text(field.value))") }
        Swift.print("\n" + text(exchange.response))
        heading("record")
        Swift.print(text(replay.line.bytes), terminator: "")
        heading("oracle")
        Swift.print(oracle.map { text($0) } ?? "(none)")
        heading("verdict")
        Swift.print("parse: \(verdict.parse), score: \(verdict.score)")
        for fault in verdict.faults { Swift.print("fault: \(fault)") }
        for warning in verdict.warnings { Swift.print("warning: \(warning)") }
        for difference in verdict.differences {
            Swift.print("\(difference.field)\n  oracle: \(difference.oracle)\n  record: \(difference.record)")
        }
    }

    /// One line for `--list`.
    static func line(_ verdict: Verdict) -> String {
        var words = "\(verdict.id) \(verdict.provider) \(verdict.api) \(verdict.streaming) \(verdict.parse)"
        for fault in verdict.faults { words += " | \(fault)" }
        if verdict.parse != .full, !verdict.warnings.isEmpty {
            words += " | " + verdict.warnings.joined(separator: "; ")
        }
        guard verdict.score == .different else { return words }
        for difference in verdict.differences {
            words += " | \(difference.field): \(short(difference.oracle)) <> \(short(difference.record))"
        }
        return words
    }

    private static func short(_ text: String) -> String {
        text.utf8.count <= 160 ? text : String(text.prefix(150)) + "..."
    }

    private static func heading(_ word: String) { Swift.print("\n--- \(word)") }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
