// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore

/// What the capture is told, by defaults, by file and by environment, in rising order of weight.
package struct CaptureConfiguration: Sendable {
    package enum LogLevel: Sendable {
        case debug, info, warning, error, off
    }

    /// An absolute path.
    package var dataFolder: String
    /// The hosts whose exchanges are recorded.
    package var hostAllowlist: [HostPattern]
    package var logLevel: LogLevel
    /// Whether each call is written when it completes; else every ten seconds, every five calls and at exit.
    package var flushImmediately: Bool
    /// Whether each line is on the disk (fsync) before the next is taken up.
    package var isDurable: Bool
    /// What becomes of media in the records.
    package var media: MediaPolicy
    /// The bounds of one exchange.
    package var limits: CaptureLimits
    /// Bytes that all exchanges together may hold in memory; what is beyond is passed on unrecorded, and counted.
    package var totalByteCount: Int
    /// The file that was read, or nil.
    package var file: String?
    /// What the file says without effect, a line each.
    private(set) var fileNotices: [String] = []

    /// The defaults: TrainLoop 0.9's folder and flushing, the built-in list of hosts.
    ///
    /// - Parameter workingDirectory: an absolute path; the data folder is `trainloop/data` under it.
    package init(workingDirectory: String) {
        self.dataFolder = absolutePath("trainloop/data", relativeTo: workingDirectory)
        self.hostAllowlist = DefaultHosts.patterns.compactMap { HostPattern($0) }
        self.logLevel = .warning
        self.flushImmediately = true
        self.isDurable = false
        self.media = .blob
        self.limits = CaptureLimits()
        self.totalByteCount = 256 << 20
    }

    /// Reads the configuration that applies to a process.
    ///
    /// The file is the first of: `path`, `TRAINLOOP_CONFIG_PATH`, `trainloop/trainloop.config.yaml`,
    /// `trainloop.config.yaml`. The first two must exist when named. `TRAINLOOP_DATA_FOLDER`, `TRAINLOOP_HOST_ALLOWLIST`
    /// (separated by commas), `TRAINLOOP_LOG_LEVEL`, `TRAINLOOP_FLUSH_IMMEDIATELY`, `TRAINLOOP_DURABLE` and
    /// `TRAINLOOP_MEDIA` win over it.
    /// A relative folder is relative to the file that names it, or to `workingDirectory` when a variable does, or a file that
    /// is a shell's pipe.
    ///
    /// - Throws: a message that says which file, line or variable is wrong and what it should be.
    package static func load(
        path: String?, workingDirectory: String, environment: (_ name: String) -> String?
    ) throws(ConfigurationError) -> CaptureConfiguration {
        var configuration = CaptureConfiguration(workingDirectory: workingDirectory)
        if let file = try ConfigurationFile.find(path, environment, workingDirectory) {
            try configuration.apply(file, workingDirectory)
        }
        try configuration.apply(environment, relativeTo: workingDirectory)
        return configuration
    }

    private mutating func apply(
        _ file: ConfigurationFile, _ workingDirectory: String
    ) throws(ConfigurationError) {
        self.file = file.path
        fileNotices = file.notices(settings: Self.settings)
        if let folder = try file.string("data_folder") {
            dataFolder = absolutePath(folder, relativeTo: file.folder ?? workingDirectory)
        }
        if let hosts = try file.list("host_allowlist") {
            hostAllowlist = try hostPatterns(hosts.map { $0.text }) {
                file.place("host_allowlist", line: hosts[$0].line)
            }
        }
        if let level = try file.string("log_level") {
            logLevel = try parseLogLevel(level, at: file.place("log_level"))
        }
        if let flag = try file.string("flush_immediately") {
            flushImmediately = try parseFlag(flag, at: file.place("flush_immediately"))
        }
        if let flag = try file.string("durable") {
            isDurable = try parseFlag(flag, at: file.place("durable"))
        }
        if let policy = try file.string("media") {
            media = try parseMediaPolicy(policy, at: file.place("media"))
        }
    }

    private mutating func apply(
        _ environment: (_ name: String) -> String?, relativeTo workingDirectory: String
    ) throws(ConfigurationError) {
        func value(_ name: String) -> String? {
            guard let value = environment(name), !value.isEmpty else { return nil }
            return value
        }
        if let folder = value("TRAINLOOP_DATA_FOLDER") {
            dataFolder = absolutePath(folder, relativeTo: workingDirectory)
        }
        if let hosts = value("TRAINLOOP_HOST_ALLOWLIST") {
            hostAllowlist = try hostPatterns(commaSeparated(hosts)) { _ in "TRAINLOOP_HOST_ALLOWLIST" }
        }
        if let level = value("TRAINLOOP_LOG_LEVEL") {
            logLevel = try parseLogLevel(level, at: "TRAINLOOP_LOG_LEVEL")
        }
        if let flag = value("TRAINLOOP_FLUSH_IMMEDIATELY") {
            flushImmediately = try parseFlag(flag, at: "TRAINLOOP_FLUSH_IMMEDIATELY")
        }
        if let flag = value("TRAINLOOP_DURABLE") {
            isDurable = try parseFlag(flag, at: "TRAINLOOP_DURABLE")
        }
        if let policy = value("TRAINLOOP_MEDIA") {
            media = try parseMediaPolicy(policy, at: "TRAINLOOP_MEDIA")
        }
    }
}

/// Host patterns from their texts; the word `default` stands for the built-in list.
///
/// - Parameter place: where the text of that index stands, for messages.
package func hostPatterns(
    _ texts: [String], place: (Int) -> String
) throws(ConfigurationError) -> [HostPattern] {
    var patterns: [HostPattern] = []
    for (index, text) in texts.enumerated() {
        if text.isEqual("default") {
            patterns += DefaultHosts.patterns.compactMap { HostPattern($0) }
        } else if let pattern = HostPattern(text) {
            patterns.append(pattern)
        } else {
            throw ConfigurationError(
                "\(place(index)): '\(text)' is no host. Write a name such as api.openai.com, a pattern such as "
                    + "*.openai.azure.com, either with a port, or the word default for the built-in list.")
        }
    }
    return patterns
}

private func parseLogLevel(
    _ text: String, at place: String
) throws(ConfigurationError) -> CaptureConfiguration.LogLevel {
    if text.isOne(of: ["debug", "trace"]) { return .debug }
    if text.isOne(of: ["info"]) { return .info }
    if text.isOne(of: ["warn", "warning"]) { return .warning }
    if text.isOne(of: ["error", "critical", "fatal"]) { return .error }
    if text.isOne(of: ["off", "none"]) { return .off }
    throw ConfigurationError("\(place): '\(text)' is no log level. Write debug, info, warning, error or off.")
}

private func parseMediaPolicy(_ text: String, at place: String) throws(ConfigurationError) -> MediaPolicy {
    if text.isOne(of: ["keep"]) { return .keep }
    if text.isOne(of: ["blob"]) { return .blob }
    if text.isOne(of: ["drop"]) { return .drop }
    throw ConfigurationError("\(place): '\(text)' is no choice for media. Write keep, blob or drop.")
}

private func parseFlag(_ text: String, at place: String) throws(ConfigurationError) -> Bool {
    if text.isOne(of: ["true", "yes", "on", "1"]) { return true }
    if text.isOne(of: ["false", "no", "off", "0"]) { return false }
    throw ConfigurationError("\(place): '\(text)' is neither true nor false.")
}

extension String {
    /// ASCII case does not count.
    fileprivate func isOne(of words: [StaticString]) -> Bool {
        let lowercased = String(decoding: utf8.map { 0x41...0x5a ~= $0 ? $0 | 0x20 : $0 }, as: UTF8.self)
        return words.contains { lowercased.isEqual($0) }
    }
}
