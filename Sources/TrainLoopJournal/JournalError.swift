// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Why something could not be written; a line it tells of is lost unless the caller keeps it.
package struct JournalError: Error, Sendable {
    /// Says what failed, on which path, and what to do; never carries content of the line.
    package var message: String
    /// The C library's error number; 0 when it is none of the system's.
    package var errorNumber: Int32

    package init(message: String, errorNumber: Int32) {
        self.message = message
        self.errorNumber = errorNumber
    }
}
