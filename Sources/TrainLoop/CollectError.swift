// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Why collecting could not begin.
public struct CollectError: Error, Sendable, CustomStringConvertible {
    /// A kind of error, for code.
    public struct Code: Sendable, Hashable {
        private enum Kind {
            case badConfiguration
            case alreadyCollecting
        }

        private let kind: Kind

        /// A file, a variable or an argument cannot be used.
        public static let badConfiguration = Code(kind: .badConfiguration)
        /// Collecting has begun before.
        public static let alreadyCollecting = Code(kind: .alreadyCollecting)
    }

    /// The kind of error.
    public let code: Code
    /// What is wrong, where, and what to write instead.
    public let message: String

    /// The message.
    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
