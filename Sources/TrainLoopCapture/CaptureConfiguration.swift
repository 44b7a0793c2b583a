// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the capture is told, by file and by environment.
package struct CaptureConfiguration: Sendable {
    package enum LogLevel: String, Sendable, CaseIterable {
        case debug, info, warning, error, off
    }

    /// An absolute path.
    package var dataFolder: String = "trainloop/data"
    package var hostAllowlist: [String] = []
    package var logLevel: LogLevel = .warning
    package var flushImmediately: Bool = true

    package init() {}
}
