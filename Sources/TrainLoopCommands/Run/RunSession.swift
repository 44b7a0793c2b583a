// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import TrainLoopCapture
import TrainLoopCertificates
package import TrainLoopFront
import TrainLoopProxy

/// A run that could not begin.
package struct RunError: Error, Sendable, CustomStringConvertible {
    package var message: String

    init(_ message: String) {
        self.message = message
    }

    package var description: String { message }
}

/// One recorded run: a proxy for one child and its descendants, from its start to its last words.
///
/// Start it, start the child with `childVariables`, wait for the child, finish.
package final class RunSession: Sendable {
    /// What a run is told.
    package struct Options: Sendable {
        package var configuration: CaptureConfiguration
        /// The environment that the child would have without us.
        package var environment: [String: String]
        /// The tag of calls without one of their own.
        package var tag = ""
        /// Set base-URL variables too.
        package var usesGateway = false
        /// Preload the library that leads clients which obey no variable.
        package var injects = false
        /// Lead Java by `JAVA_TOOL_OPTIONS`; Java cannot show a token, so the proxy asks nobody for one.
        package var includesJava = false
        /// PEM files with roots to trust for upstream connections.
        package var upstreamTrustFiles: [String] = []
        /// Where to connect instead of a host and port.
        package var connectTo: [(host: String, port: Int, toHost: String, toPort: Int)] = []
        /// Where a loss is said, a line at a time without line feed.
        package var report: @Sendable (String) -> Void = { _ in }

        package init(configuration: CaptureConfiguration, environment: [String: String]) {
            self.configuration = configuration
            self.environment = environment
        }
    }

    /// How long exchanges that are open when the child ends may go on: a descendant may be in the midst of one.
    package static let graceSeconds = 5

    /// What to set in the child's environment, by name.
    package let childVariables: [String: String]
    /// What a person should know from the start, one line each.
    package let notices: [String]

    private let configuration: CaptureConfiguration
    private let recorder: Recorder
    private let server: ProxyServer
    private let folder: RunFolder

    private init(
        configuration: CaptureConfiguration, recorder: Recorder, server: ProxyServer, folder: RunFolder,
        environment: ChildEnvironment, notices: [String]
    ) {
        self.configuration = configuration
        self.recorder = recorder
        self.server = server
        self.folder = folder
        self.childVariables = environment.changes
        self.notices = notices + environment.notices
    }

    /// Makes the run's authority and folder, and listens.
    ///
    /// - Throws: `RunError`, with a message for people, when the run cannot be set up; nothing is left behind.
    package static func start(_ options: Options) async throws -> RunSession {
        let library = options.injects ? try InjectedLibrary.find() : nil
        var configuration = options.configuration
        let gateway = options.usesGateway ? GatewayVariables(inherited: options.environment) : nil
        configuration.hostAllowlist += gateway?.hosts ?? []
        let recorder = Recorder(
            configuration: configuration, by: "trainloop/\(TrainLoopVersion.text)", defaultTag: options.tag,
            report: options.report)

        let authority = try CertificateAuthority(
            commonName: "TrainLoop, one run only", permittedDomains: recorder.permittedDomains)
        var proxy = ProxyConfiguration()
        proxy.token = options.includesJava ? nil : randomToken()
        proxy.gatewayProviders = gateway?.providers ?? []
        proxy.upstreamTrustFiles = options.upstreamTrustFiles
        proxy.connectTo = options.connectTo
        proxy.environment = options.environment
        let folder: RunFolder
        do {
            folder = try RunFolder(parent: RunFolder.parent(options.environment))
        } catch {
            throw RunError("cannot make a folder for the run's certificates: \(error)")
        }
        do {
            let server = try ProxyServer(
                configuration: proxy, recorder: recorder, authority: authority,
                logger: Logger.trainLoop(level: configuration.logLevel))
            let port = try await server.start()
            var request = ChildEnvironment.Request(
                inherited: options.environment, folder: folder.path, port: port, token: proxy.token,
                authorityPEM: authority.certificatePEM, hosts: configuration.hostAllowlist)
            request.gatewayVariables = gateway?.values(port: port, token: proxy.token) ?? [:]
            request.injectedLibrary = library
            request.includesJava = options.includesJava
            do {
                return RunSession(
                    configuration: configuration, recorder: recorder, server: server, folder: folder,
                    environment: try ChildEnvironment(request),
                    notices: configuration.notices() + (gateway?.notices ?? []))
            } catch {
                await server.shutdown(graceSeconds: 0)
                throw error
            }
        } catch {
            folder.remove()
            throw RunError("the run cannot be set up: \(error)")
        }
    }

    /// Waits for open exchanges, at most `graceSeconds`, closes the proxy and the journal and removes the run's files.
    package func finish() async -> RunSummary {
        await server.shutdown(graceSeconds: Self.graceSeconds)
        let coverage = await recorder.shutdown()
        folder.remove()
        return RunSummary(
            coverage: coverage, dataFolder: configuration.dataFolder, bypasses: recorder.bypasses,
            unreachable: recorder.unreachable)
    }

    /// 128 random bits, as 32 hexadecimal digits.
    static func randomToken() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<16).map { _ in
            let byte = String(UInt8.random(in: .min ... .max, using: &generator), radix: 16)
            return byte.count == 1 ? "0\(byte)" : byte
        }.joined()
    }
}
