// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What speaks against a cell.
package struct Problem: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The program itself fails, without us.
        case program
        /// The program's result is not what it is without us.
        case transparency
        /// A record does not say what the library reported.
        case truth
        /// An exchange has no record, or more than one.
        case once
        /// A record names no line that calls a model.
        case location
        /// A key is on the disk.
        case clean
        /// Why, as far as it can be told.
        case cause
    }

    package var kind: Kind
    package var message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { "\(kind.rawValue): \(message)" }
}
