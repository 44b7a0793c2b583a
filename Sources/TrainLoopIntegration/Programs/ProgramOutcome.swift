// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What a program did.
package struct ProgramOutcome: Sendable {
    package enum End: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
        /// It was ended after this many seconds.
        case timedOut(Int)
        case notStarted(String)
    }

    package var end: End
    /// Standard output, byte for byte.
    package var outputBytes: [UInt8]
    /// Standard error, byte for byte.
    package var errorBytes: [UInt8]
    package var seconds: Double

    package init(end: End, outputBytes: [UInt8], errorBytes: [UInt8], seconds: Double = 0) {
        self.end = end
        self.outputBytes = outputBytes
        self.errorBytes = errorBytes
        self.seconds = seconds
    }

    package init(end: End, output: String, errors: String) {
        self.init(end: end, outputBytes: Array(output.utf8), errorBytes: Array(errors.utf8))
    }

    /// For people, and for what is read of it: what is not UTF-8 is repaired.
    package var output: String { String(decoding: outputBytes, as: UTF8.self) }
    package var errors: String { String(decoding: errorBytes, as: UTF8.self) }

    package var succeeded: Bool { end == .status(0) }
    package var endText: String {
        switch end {
        case .status(let status): "exit \(status)"
        case .signal(let number): "signal \(number)"
        case .timedOut(let seconds): "no end after \(seconds) s"
        case .notStarted(let reason): "not started: \(reason)"
        }
    }

    /// The same without keys, which a program or a provider may have printed: before anything is cut for a report.
    package func hiding(_ secrets: Secrets) -> ProgramOutcome {
        var outcome = self
        outcome.outputBytes = secrets.hidden(in: outputBytes)
        outcome.errorBytes = secrets.hidden(in: errorBytes)
        return outcome
    }
}

/// The lines of bytes, without the line feeds between them.
func byteLines(of bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
}
