// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopCapture
import TrainLoopFront

/// `trainloop run -- CMD`: one program, recorded.
package struct RunCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a program and record its calls of language models.",
        usage: "trainloop run [OPTIONS] -- COMMAND [ARGUMENTS ...]",
        discussion: """
            The program runs as it would without this command: same input, output, signals and exit status (128 and the \
            signal's number when a signal ended it). Its environment leads its HTTPS calls through a proxy on this machine \
            that lives as long as it does. Calls of hosts that are not on the allow-list pass unread.

            EXAMPLES:
              trainloop run -- python my_agent.py
              trainloop run --tag nightly --strict -- node agent.mjs --fast

            EXIT STATUS:
              the program's own, or
              3    --strict, the program succeeded and a call was not recorded
              64   the command line is wrong; the program was not started
              125  the run could not be set up; the program was not started
              126  the program cannot be run
              127  the program was not found
            """)

    /// Told by `--strict` where the program itself succeeded.
    static let incompleteStatus: Int32 = 3
    /// The run could not be set up, as `env` and `timeout` have it.
    static let setUpFailedStatus: Int32 = 125

    @OptionGroup var capture: CaptureOptions

    @Flag(help: "Say nothing at the end where nothing was lost.")
    var quiet = false

    @Flag(help: "Exit with 3 where the program succeeds but a call was seen and not recorded, or went past.")
    var strict = false

    @Flag(help: "Set base-URL variables too (OPENAI_BASE_URL, ANTHROPIC_BASE_URL, OLLAMA_HOST ...).")
    var gateway = false

    @Flag(help: "Preload a library that leads clients which obey no variable, such as aiohttp and URLSession (Linux).")
    var inject = false

    @Flag(help: "Lead Java too. Java prints a line about it, and the proxy then asks nobody for a token.")
    var java = false

    @Argument(parsing: .captureForPassthrough, help: "The program and its arguments, passed on as they are.")
    var command: [String] = []

    package init() {}

    package func validate() throws {
        // All that follows the options is the program's, and the parser takes these two for its beginning.
        if command.first == "--help" || command.first == "-h" { throw CleanExit.helpRequest(self) }
        guard command.first == "--" ? command.count > 1 : !command.isEmpty else {
            throw ValidationError("Name the program to run, after --.")
        }
        guard let first = command.first, first == "--" || !first.hasPrefix("-") else {
            throw ValidationError("Unknown option '\(command[0])'. The program to run comes after --.")
        }
    }

    package func run() async throws {
        let heritage = ProcessHeritage.capture()
        let relay: SignalRelay
        let session: RunSession
        do {
            relay = try SignalRelay()
            session = try await RunSession.start(options(heritage.variables))
        } catch {
            StandardError.say("\(error)")
            throw ExitCode(Self.setUpFailedStatus)
        }
        for notice in session.notices { StandardError.say(notice) }

        var wasStarted = true
        let status: Int32
        do {
            let child = try ChildProcess.spawn(
                words(heritage), environment: heritage.environment(setting: session.childVariables),
                heritage: heritage)
            relay.relay(to: child)
            status = try await child.wait().shellStatus
        } catch {
            StandardError.say(error.message)
            status = error.exitStatus
            wasStarted = false
        }
        relay.end()

        let summary = await session.finish()
        for line in summary.lastWords(workingDirectory: WorkingDirectory.path, isQuiet: quiet || !wasStarted) {
            StandardError.say(line)
        }
        throw ExitCode(strict && status == 0 && !summary.isComplete ? Self.incompleteStatus : status)
    }

    private func options(_ environment: [String: String]) throws(ConfigurationError) -> RunSession.Options {
        var options = RunSession.Options(
            configuration: try capture.load(environment), environment: environment)
        options.tag = capture.tag
        options.usesGateway = gateway
        options.injects = inject
        options.includesJava = java
        options.upstreamTrustFiles = capture.upstreamTrustFiles
        options.connectTo = capture.connectTo.map { ($0.host, $0.port, $0.toHost, $0.toPort) }
        options.report = { StandardError.say($0) }
        return options
    }

    /// What of a command line the parser is given: its time grows with the square of the words, of which a program may have
    /// thousands, and it needs to see only where the program's begin.
    static func parsedWords(_ words: ArraySlice<String>) -> ArraySlice<String> {
        guard words.first == configuration.commandName else { return words }
        let head = words.prefix(256)
        return head.firstIndex(of: "--").map { words[...min($0 + 1, words.endIndex - 1)] } ?? head
    }

    /// The command as bytes, from our own command line: as text they may have been repaired, and the parser has not seen all.
    private func words(_ heritage: ProcessHeritage) -> [[UInt8]] {
        let texts = command.first == "--" ? Array(command.dropFirst()) : command
        let all = heritage.arguments.dropFirst()
        let parsed = Self.parsedWords(all.map { String(decoding: $0, as: UTF8.self) }[...])
        guard parsed.suffix(texts.count).elementsEqual(texts) else { return texts.map { Array($0.utf8) } }
        return Array(all.dropFirst(parsed.count - texts.count))
    }
}
