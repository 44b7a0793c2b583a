// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront

/// Records the calls that this process makes to language models, as lines of JSON in a folder that its user owns.
///
/// ```swift
/// try TrainLoop.collect()
/// let session = URLSession.shared.capturing
/// ```
///
/// Nothing is recorded before `collect`. From then on every client that captures, and every exchange opened with
/// `exchange(_:url:headers:client:fileID:line:)`, leaves one line for each call to a host of the allow-list. All of it may be called on
/// any thread, neither throws into a call nor changes what passes.
public enum TrainLoop {
    /// The request header that tags one call: capturing clients take it off before the request leaves.
    public static let tagHeader = "X-Trainloop-Tag"

    private static let shared = Mutex<Collector?>(nil)
    private static let exitHandler: Void = {
        // What is still in memory when the process ends of its own will is written then.
        _ = atexit { TrainLoop.shared.withLock { $0 }?.recorder.shutdownAtExit(waiting: 2) }
    }()

    /// The collector of this task instead of the process's own, for tests.
    @TaskLocal package static var taskCollector: Collector?

    /// Who records the calls of this task; nil when nobody does.
    package static var collector: Collector? { taskCollector ?? shared.withLock { $0 } }

    /// Begins to record.
    ///
    /// The configuration is that of every part of TrainLoop: defaults, then `trainloop.config.yaml`, then the variables
    /// `TRAINLOOP_DATA_FOLDER` and its like, then what is given here.
    ///
    /// - Parameters:
    ///   - dataFolder: where events go; relative to the working directory. In an app, name a folder of the app's container.
    ///   - hostAllowlist: hosts whose calls are recorded, such as `["default", "llm.internal.example"]`.
    ///   - tag: the tag of calls that have none of their own.
    ///   - flushImmediately: whether each call is written when it ends; else every five calls or ten seconds.
    ///   - configurationFile: a `trainloop.config.yaml` in another place.
    ///   - onLoss: is told once, off the threads of the application, when a call could not be written. Nothing is ever printed.
    /// - Throws: ``CollectError`` when the configuration cannot be used, or collecting has begun already.
    public static func collect(
        dataFolder: String? = nil, hostAllowlist: [String]? = nil, tag: String = "", flushImmediately: Bool? = nil,
        configurationFile: String? = nil, onLoss: (@Sendable (String) -> Void)? = nil
    ) throws(CollectError) {
        var configuration = try Collector.configuration(file: configurationFile, hosts: hostAllowlist)
        if let dataFolder { configuration.dataFolder = Collector.absolute(dataFolder) }
        if let flushImmediately { configuration.flushImmediately = flushImmediately }
        let collector = Collector(configuration, tag: tag, onLoss: onLoss)
        let isFirst = shared.withLock { shared in
            guard shared == nil else { return false }
            shared = collector
            return true
        }
        guard isFirst else {
            throw CollectError(
                .alreadyCollecting, "TrainLoop.collect() was called before; call TrainLoop.shutdown() first.")
        }
        _ = exitHandler
    }

    /// Returns when all calls that ended before are in the data folder.
    public static func flush() async {
        await collector?.recorder.flush()
    }

    /// Writes what is left and stops recording; calls that are still open are recorded as incomplete.
    ///
    /// A process that ends by `exit` or by returning from `main` does so by itself.
    @discardableResult
    public static func shutdown() async -> CaptureStatistics {
        let collector = shared.withLock { shared in
            defer { shared = nil }
            return shared
        }
        guard let collector else { return CaptureStatistics(Coverage()) }
        return CaptureStatistics(await collector.recorder.shutdown())
    }

    /// What has become of the calls so far.
    public static var stats: CaptureStatistics { collector?.stats ?? CaptureStatistics(Coverage()) }
}
