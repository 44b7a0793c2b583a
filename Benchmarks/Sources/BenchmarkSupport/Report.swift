// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Prints a line that a reader of a pipe sees at once.
package func say(_ line: String) {
    print(line)
    fflush(nil)
}

/// A flat JSON object of numbers and words, printed as one line.
package struct Report: Sendable {
    private var members: [String] = []

    package init() {}

    package mutating func add(_ name: String, _ value: Double) {
        members.append("\"\(name)\": \(value.isFinite ? "\(value)" : "null")")
    }

    package mutating func add(_ name: String, _ value: Int) {
        members.append("\"\(name)\": \(value)")
    }

    /// - Parameter value: letters, digits and marks that JSON does not escape.
    package mutating func add(_ name: String, word value: String) {
        members.append("\"\(name)\": \"\(value)\"")
    }

    package var line: String { "{\(members.joined(separator: ", "))}" }
}

extension [UInt64] {
    /// The value below which `part` of a sorted array lies, in microseconds.
    package func microseconds(at part: Double) -> Double {
        guard !isEmpty else { return .nan }
        let index = Swift.min(count - 1, Int((Double(count) * part).rounded(.down)))
        return Double(self[index]) / 1_000
    }
}
