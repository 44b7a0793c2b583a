// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a program did.
package struct ProgramOutcome: Sendable {
    package enum End: Sendable, Equatable {
        case status(Int32)
        case signal(Int32)
        /// It was ended after this many seconds.
        case timedOut(Int)
        case notStarted(String)
    }

    package var end: End
    package var output: String
    package var errors: String
    package var seconds: Double

    package init(end: End, output: String, errors: String, seconds: Double = 0) {
        self.end = end
        self.output = output
        self.errors = errors
        self.seconds = seconds
    }

    package var succeeded: Bool { end == .status(0) }
    package var endText: String {
        switch end {
        case .status(let status): "exit \(status)"
        case .signal(let number): "signal \(number)"
        case .timedOut(let seconds): "no end after \(seconds) s"
        case .notStarted(let reason): "not started: \(reason)"
        }
    }
}

/// A fresh process in a process group of its own; what it writes goes to files.
package final class ProgramRun: Sendable {
    private let processID: Int32
    private let outputPath: String
    private let errorsPath: String

    /// The process groups of all programs that run at present.
    private static let groups = Mutex(Set<Int32>())

    /// - Parameters:
    ///   - environment: the whole environment of the program.
    ///   - folder: its working directory.
    ///   - files: the path that `.out` and `.err` are added to.
    package init(
        _ command: [String], environment: [String: String], folder: String, files: String
    ) throws(IntegrationError) {
        outputPath = "\(files).out"
        errorsPath = "\(files).err"
        guard let name = command.first, let path = Files.find(name, path: environment["PATH"] ?? "") else {
            throw IntegrationError("\(command.first ?? "nothing") is not installed")
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorsPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of the runtime block signals, and a child inherits the mask of the thread that starts it.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETPGROUP))
        // A shell changes the folder and becomes the program: posix_spawn cannot do that everywhere.
        let inFolder = ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, folder, path] + command.dropFirst()
        var words = inFolder.map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var processID: pid_t = 0
        let failure = posix_spawn(&processID, "/bin/sh", &actions, &attributes, &words, &variables)
        guard failure == 0 else { throw IntegrationError("\(path): \(String(cString: strerror(failure)))") }
        self.processID = processID
        Self.groups.withLock { _ = $0.insert(processID) }
    }

    /// Ends every program: nothing outlives the tests.
    package static func killAll() {
        groups.withLock { for group in $0 { _ = systemKill(-group, SIGKILL) } }
    }

    /// What it has written to standard output so far.
    package var outputSoFar: String { Files.text(outputPath) ?? "" }

    package var errorsSoFar: String { Files.text(errorsPath) ?? "" }

    /// Waits for the end, at most so many seconds, and ends all that the program has started; call once.
    package func wait(seconds: Int) async -> ProgramOutcome {
        let start = ContinuousClock.now
        let isLate = Atomic(false)
        let timer = DispatchSource.makeTimerSource()
        timer.schedule(deadline: .now() + .seconds(seconds))
        timer.setEventHandler {
            isLate.store(true, ordering: .relaxed)
            self.kill()
        }
        timer.resume()
        let status: Int32 = await withCheckedContinuation { continuation in
            DispatchQueue(label: "trainloop.program").async {
                var status: Int32 = 0
                while waitpid(self.processID, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
        timer.cancel()
        // What it left behind would hold ports and folders.
        Self.groups.withLock {
            _ = systemKill(-processID, SIGKILL)
            $0.remove(processID)
        }
        let number = status & 0x7f
        let end: ProgramOutcome.End =
            isLate.load(ordering: .relaxed)
            ? .timedOut(seconds) : number == 0 ? .status((status >> 8) & 0xff) : .signal(number)
        let duration = ContinuousClock.now - start
        return ProgramOutcome(
            end: end, output: outputSoFar, errors: Files.text(errorsPath) ?? "",
            seconds: Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }

    /// Ends the program and what it has started.
    package func kill() {
        Self.groups.withLock { if $0.contains(processID) { _ = systemKill(-processID, SIGKILL) } }
    }

    /// Runs a program to its end.
    package static func run(
        _ command: [String], environment: [String: String], folder: String, files: String, seconds: Int
    ) async -> ProgramOutcome {
        do {
            return try await ProgramRun(command, environment: environment, folder: folder, files: files)
                .wait(seconds: seconds)
        } catch {
            return ProgramOutcome(end: .notStarted("\(error)"), output: "", errors: "")
        }
    }
}

private func systemKill(_ processID: Int32, _ number: Int32) -> Int32 {
    #if canImport(Glibc)
        Glibc.kill(processID, number)
    #elseif canImport(Musl)
        Musl.kill(processID, number)
    #else
        Darwin.kill(processID, number)
    #endif
}
