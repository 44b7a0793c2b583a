// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
package import TrainLoopCapture
package import TrainLoopCore
import TrainLoopFront

/// The recorder of a process or a test, and what every exchange of it needs.
package final class Collector: Sendable {
    package let recorder: Recorder
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
    package func begin(_ head: RequestHead, client: String, labels: CallLabels) -> RecordedExchange {
        recorder.begin(head, route: "swift:\(client)", pid: pid, labels: labels, at: .now())
    }

    /// Whether calls to this URL's host are to be recorded.
    func captures(_ url: String) -> Bool {
        guard let target = RequestTarget(url) else { return false }
        return recorder.captures(host: target.host, port: target.port)
    }

    /// Counts a call that a client could not look into, if its host is one to be captured.
    func noteBypass(_ url: String, client: String, reason: String) {
        guard let target = RequestTarget(url), recorder.captures(host: target.host, port: target.port) else { return }
        recorder.noteBypass(host: String(decoding: target.host, as: UTF8.self), client: client, reason: reason)
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
