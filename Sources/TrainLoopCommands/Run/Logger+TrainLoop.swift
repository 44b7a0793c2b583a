// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import TrainLoopCapture
import TrainLoopFront

extension Logger {
    /// A logger to standard error at the configured level.
    static func trainLoop(level: CaptureConfiguration.LogLevel) -> Logger {
        let swiftLogLevel: Logger.Level? =
            switch level {
            case .debug: .debug
            case .info: .info
            case .warning: .warning
            case .error: .error
            case .off: nil
            }
        guard let swiftLogLevel else { return Logger(label: "trainloop") { _ in SwiftLogNoOpLogHandler() } }
        var logger = Logger(label: "trainloop") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = swiftLogLevel
        return logger
    }
}
