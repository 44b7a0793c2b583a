// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
package import TrainLoopCapture
package import TrainLoopCore
import TrainLoopFront

/// The recorder of a process or a test, and what every exchange of it needs.
package final class Collector: Sendable {
    package let recorder: Recorder
    /// What was decided of the servers that were called: nil for those that are not to be recorded.
    private let origins = Mutex<[Substring: RequestOrigin?]>([:])
    private static let maximumOriginCount = 256
    private let pid = ProcessInfo.processInfo.processIdentifier

    init(_ configuration: CaptureConfiguration, tag: String, onLoss: (@Sendable (String) -> Void)?) {
        recorder = Recorder(configuration: configuration, by: Self.name, defaultTag: tag) { onLoss?($0) }
    }

    /// A collector that touches no disk.
    ///
    /// - Parameter keep: takes each line of JSON as it ends.
    package init(hostAllowlist: [String], keep: @escaping @Sendable (EventLine) -> Void) throws(CollectError) {
        var configuration = CaptureConfiguration(workingDirectory: "/")
        configuration.hostAllowlist = try Self.patterns(hostAllowlist)
        recorder = Recorder(configuration: configuration, by: Self.name, keep: keep) { _ in }
    }

    package var stats: CaptureStatistics { CaptureStatistics(recorder.coverage) }

    /// Opens the record of an exchange.
    func begin(
        _ method: String, to target: RequestTarget, at origin: RequestOrigin, _ fields: HeldFields, route: String,
        labels: CallLabels
    ) -> RecordedExchange {
        recorder.begin(
            route: route, pid: pid, labels: labels, at: .now(),
            byteCount: fields.byteCount + target.origin.utf8.count + target.rest.utf8.count
        ) {
            RequestHead(
                method: Array(method.utf8), isSecure: origin.isSecure, host: origin.host, port: origin.port,
                target: target.path, fields: fields.fields())
        }
    }

    /// The server of a call, if its calls are to be recorded.
    func origin(of target: RequestTarget) -> RequestOrigin? {
        origins.withLock { origins in
            if let known = origins[target.origin] { return known }
            let origin = RequestOrigin(target.origin).flatMap {
                recorder.captures(host: $0.host, port: $0.port) ? $0 : nil
            }
            if origins.count == Self.maximumOriginCount { origins.removeAll() }
            // A string of its own: the part would hold the whole URL.
            origins[Substring(String(target.origin))] = .some(origin)
            return origin
        }
    }

    /// Whether calls to this URL's host are to be recorded.
    func captures(_ url: String) -> Bool { RequestTarget(url).flatMap(origin) != nil }

    /// Counts a call that a client could not look into, if its host is one to be captured.
    func noteBypass(_ url: String, client: String, reason: String) {
        guard let origin = RequestTarget(url).flatMap(origin) else { return }
        recorder.noteBypass(host: String(decoding: origin.host, as: UTF8.self), client: client, reason: reason)
    }

    private static let name = "trainloop-swift/\(TrainLoopVersion.text)"

    // MARK: - Configuration

    static func configuration(file: String?, hosts: [String]?) throws(CollectError) -> CaptureConfiguration {
        let environment = ProcessInfo.processInfo.environment
        var configuration: CaptureConfiguration
        do {
            configuration = try CaptureConfiguration.load(
                path: file, workingDirectory: FileManager.default.currentDirectoryPath
            ) { environment[$0] }
        } catch {
            throw CollectError(.badConfiguration, error.message)
        }
        if let hosts { configuration.hostAllowlist = try patterns(hosts) }
        return configuration
    }

    static func absolute(_ path: String) -> String {
        absolutePath(path, relativeTo: FileManager.default.currentDirectoryPath)
    }

    private static func patterns(_ hosts: [String]) throws(CollectError) -> [HostPattern] {
        do {
            return try hostPatterns(hosts) { _ in "hostAllowlist" }
        } catch {
            throw CollectError(.badConfiguration, error.message)
        }
    }
}
