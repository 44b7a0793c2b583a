// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

/// How one exchange of the corpus came out.
struct Verdict: Sendable {
    struct Difference: Sendable {
        let field: String
        let oracle: String
        let record: String
    }

    enum Score: Sendable {
        /// The oracle has no line for it, or says that it must not be scored.
        case none
        case equal
        case different
    }

    let id: String
    let provider: String
    let api: String
    let streaming: String
    let parse: EventLine.Parse
    let score: Score
    let differences: [Difference]
    /// Whether the response came out from under its content codings; nil where the corpus has it without them only.
    let isDecoded: Bool?
    /// What does not hold whatever the API: splits, JSON, one line, content codings.
    let faults: [String]
    let warnings: [String]

    init(_ exchange: CorpusExchange, _ replay: Replay, oracle: JSONValue?) {
        id = exchange.id
        provider = exchange.provider
        api = exchange.api
        streaming = exchange.streaming
        parse = replay.line.parse
        isDecoded = replay.isDecoded
        faults = replay.faults
        var warnings: [String] = []
        replay.record?["capture"]?["warnings"]?.forEachElement { warnings.append($0.string ?? "") }
        self.warnings = warnings
        guard let oracle, let record = replay.record else {
            score = oracle == nil ? .none : .different
            differences = []
            return
        }
        let told = CallReading(oracle: oracle)
        let read = CallReading(record: record, oracle: oracle)
        differences = told.differences(from: read).map {
            Difference(field: $0.rawValue, oracle: told[$0], record: read[$0])
        }
        guard oracle["exclude"] == nil else {
            score = .none
            return
        }
        score = differences.isEmpty ? .equal : .different
    }

    /// True when nothing is to be said about it.
    var isFine: Bool { faults.isEmpty && parse == .full && score != .different }
}
