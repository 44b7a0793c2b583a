// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Something odd that was met on the way of an exchange; it goes into `capture.warnings`, never into an error.
struct Diagnostic: Sendable {
    enum Code: UInt8, Sendable {
        case eventOutOfOrder
        case noEnd
        case requestCut
        case responseCut
        case requestNotJSON
        case responseNotJSON
        case invalidUTF8
        case nonFiniteNumber
        case streamEventNotJSON
        case streamEventBroken
        case streamEventTooLarge
        case streamEventUnterminated
        case streamUnknownEvent
        case contentBeyondBound
        case bodyBeyondBound
        case noUsage
        case usageInconsistent
        case tooManyParts
        case inconsistency
    }

    let code: Code
    /// How often it was met, at least once.
    var occurrences: Int

    /// The words of the warning, for people.
    var message: StaticString {
        switch code {
        case .eventOutOfOrder: "an event of the exchange came out of order and was ignored"
        case .noEnd: "the end of the exchange was not seen"
        case .requestCut: "request body cut"
        case .responseCut: "response body cut"
        case .requestNotJSON: "request body is not JSON"
        case .responseNotJSON: "response body is not JSON"
        case .invalidUTF8: "invalid UTF-8 was replaced by U+FFFD"
        case .nonFiniteNumber: "a number that JSON does not have (NaN, Infinity) was replaced by null"
        case .streamEventNotJSON: "an event of the stream is not JSON and was skipped"
        case .streamEventBroken: "bytes of the stream that are no whole event were skipped"
        case .streamEventTooLarge: "an event of the stream is larger than the bound and was skipped"
        case .streamEventUnterminated: "the last event of the stream had no blank line after it"
        case .streamUnknownEvent: "an event of the stream is of an unknown kind"
        case .contentBeyondBound: "content of the stream beyond the bound was left out"
        case .bodyBeyondBound: "the body was cut to the bound of stored text"
        case .noUsage: "no usage: the stream ended before it was told"
        case .usageInconsistent: "the provider's token counts contradict each other; see usage.raw"
        case .tooManyParts: "more parts than the bound; the rest was left out"
        case .inconsistency: "inconsistency inside the recorder"
        }
    }
}

/// The diagnostics of one exchange: one entry a code, so that a stream of bad events cannot fill memory.
struct Diagnostics: Sendable {
    private(set) var all: [Diagnostic] = []
    /// What the front confessed, in its own words.
    private(set) var told: [String] = []
    private(set) var untoldCount = 0

    /// More words than this from a front are only counted.
    private static let toldLimit = 16
    private static let toldByteLimit = 1024

    mutating func note(_ code: Diagnostic.Code, occurrences: Int = 1) {
        guard occurrences > 0 else { return }
        for index in all.indices where all[index].code == code {
            all[index].occurrences &+= occurrences
            return
        }
        all.append(Diagnostic(code: code, occurrences: occurrences))
    }

    mutating func tell(_ words: String) {
        guard told.count < Self.toldLimit, words.utf8.count <= Self.toldByteLimit else {
            untoldCount &+= 1
            return
        }
        told.append(words)
    }

    func contains(_ code: Diagnostic.Code) -> Bool {
        for diagnostic in all where diagnostic.code == code { return true }
        return false
    }

    var isEmpty: Bool { all.isEmpty && told.isEmpty && untoldCount == 0 }
}
