// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import Logging
import ServiceLifecycle
import TrainLoopCapture
import TrainLoopCertificates
import TrainLoopFront
import TrainLoopProxy
import UnixSignals

/// `trainloop proxy`: the proxy of `run`, as a service on a fixed port.
package struct ProxyCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "proxy",
        abstract: "Record the calls of every program that is led through a proxy on this machine.",
        discussion: """
            Listens on loopback until SIGTERM or SIGINT, and prints the variables to set as lines for a shell:

              (umask 077; trainloop proxy > ~/.trainloop.env) &
              . ~/.trainloop.env

            Its certificate authority and its token lie in a folder that only you can read, and stay the same from one start \
            to the next. A new authority is made when the old one is within 30 days of its end (it lasts a year), or when \
            the hosts that are recorded change. The folder serves one proxy at a time: give a second one its own --folder.
            """)

    @OptionGroup var capture: CaptureOptions

    @Option(help: "The port on 127.0.0.1; 0 lets the system choose.")
    var port = 4141

    @Option(
        help: "Where authority and token lie; else $XDG_CONFIG_HOME/trainloop/proxy or ~/.config/trainloop/proxy.",
        completion: .directory)
    var folder: String?

    @Option(help: "What clients must show as their password; else one that was made at the first start.")
    var token: String?

    @Flag(help: "Admit every process that reaches the port.")
    var noToken = false

    @Flag(help: "Print base-URL variables too.")
    var gateway = false

    @Flag(help: "Print the variables of the preload library too (Linux).")
    var inject = false

    @Flag(help: "Print JAVA_TOOL_OPTIONS too; needs --no-token, as Java cannot show one.")
    var java = false

    package init() {}

    package func validate() throws {
        guard 0...65535 ~= port else { throw ValidationError("--port is a number from 0 to 65535.") }
        guard !java || noToken else { throw ValidationError("--java needs --no-token: Java cannot show a token.") }
        guard token == nil || !noToken else { throw ValidationError("Give either --token or --no-token.") }
        let isSafe = (token ?? "x").utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isSafe, token != "" else { throw ValidationError("--token takes letters, digits, - and _.") }
    }

    package func run() async throws {
        let environment = ProcessHeritage.capture().variables
        do {
            try await serve(environment)
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(RunCommand.setUpFailedStatus)
        }
    }

    private func serve(_ environment: [String: String]) async throws {
        var configuration = try capture.load(environment)
        let gatewayVariables = gateway ? GatewayVariables(inherited: environment) : nil
        configuration.hostAllowlist += gatewayVariables?.hosts ?? []
        let logger = Logger.trainLoop(level: configuration.logLevel)
        let recorder = Recorder(
            configuration: configuration, by: "trainloop/\(TrainLoopVersion.text)", defaultTag: capture.tag,
            report: { StandardError.say($0) })
        let state = try await StateFolder(statePath(environment))
        defer { withExtendedLifetime(state) {} }
        let folder = state.path
        let kept = try AuthorityFile(
            path: "\(folder)/authority-key.pem", permittedDomains: recorder.permittedDomains)

        var proxy = ProxyConfiguration()
        proxy.port = port
        proxy.token = try noToken ? nil : token ?? keptToken("\(folder)/token")
        proxy.gatewayProviders = gatewayVariables?.providers ?? []
        proxy.upstreamTrustFiles = capture.upstreamTrustFiles
        proxy.connectTo = capture.connectTo.map { ($0.host, $0.port, $0.toHost, $0.toPort) }
        proxy.environment = environment
        let server = try ProxyServer(
            configuration: proxy, recorder: recorder, authority: kept.authority, logger: logger)
        let listening = try await server.start()
        // Not before: a proxy that cannot listen leaves the authority that clients trust.
        try kept.save()

        var request = ChildEnvironment.Request(
            inherited: environment, folder: folder, port: listening, token: proxy.token,
            authorityPEM: kept.authority.certificatePEM, hosts: configuration.hostAllowlist)
        request.gatewayVariables = gatewayVariables?.values(port: listening, token: proxy.token) ?? [:]
        request.injectedLibrary = inject ? try InjectedLibrary.find() : nil
        request.includesJava = java
        let child = try ChildEnvironment(request)
        for notice in configuration.notices() + (gatewayVariables?.notices ?? []) + child.notices {
            StandardError.say(notice)
        }
        if kept.isNew { StandardError.say("made a new certificate authority: programs must be started anew") }
        let certificate = "\(folder)/certificate.pem"
        try SmallFile.write(kept.authority.certificatePEM, to: certificate)
        let announcement = Announcement(
            text: ProxyInstructions.text(port: listening, variables: child.changes, authorityFile: certificate))

        try await ServiceGroup(
            services: [server, announcement], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger
        ).run()
        let summary = RunSummary(
            coverage: await recorder.shutdown(), dataFolder: configuration.dataFolder,
            bypasses: recorder.bypasses,
            unreachable: recorder.unreachable)
        for line in summary.lastWords(workingDirectory: WorkingDirectory.path, isQuiet: false) {
            StandardError.say(line)
        }
    }

    private func statePath(_ environment: [String: String]) throws -> String {
        if let folder { return absolutePath(folder, relativeTo: WorkingDirectory.path) }
        if let base = environment["XDG_CONFIG_HOME"], base.hasPrefix("/") { return "\(base)/trainloop/proxy" }
        if let home = environment["HOME"], home.hasPrefix("/") { return "\(home)/.config/trainloop/proxy" }
        throw RunError("there is no home folder; name a folder for the authority with --folder")
    }

    private func keptToken(_ path: String) throws(FileError) -> String {
        if let bytes = try? SmallFile.read(path) {
            let text = String(decoding: bytes.prefix { $0 > 0x20 }, as: UTF8.self)
            if !text.isEmpty { return text }
        }
        let token = RunSession.randomToken()
        try SmallFile.write(token + "\n", to: path)
        return token
    }
}

/// Prints once signals are watched for: who reads it may send one at once.
private struct Announcement: Service {
    let text: String

    func run() async throws {
        StandardOutput.write(text)
        try await gracefulShutdown()
    }
}
