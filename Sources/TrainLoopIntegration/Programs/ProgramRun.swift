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

/// A fresh process in a process group of its own; what it writes goes to files.
package final class ProgramRun: Sendable {
    private let processID: Int32
    private let outputPath: String
    private let errorsPath: String

    /// The process groups of all programs that run at present.
    private struct Groups {
        var identifiers: Set<Int32> = []
        /// Whether everything has been ended: then nothing begins any more.
        var areClosed = false
    }

    private static let groups = Mutex(Groups())

    /// - Parameters:
    ///   - environment: the whole environment of the program.
    ///   - folder: its working directory.
    ///   - files: the path that `.out` and `.err` are added to.
    package init(
        _ command: [String], environment: [String: String], folder: String, files: String
    ) throws(IntegrationError) {
        outputPath = "\(files).out"
        errorsPath = "\(files).err"
        let path = try Files.program(command.first ?? "", path: environment["PATH"] ?? "")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorsPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        #if os(Linux)
            // Connections of the simulator: one that a program has open as well is not seen to close.
            for number in Int32(3)..<2048 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
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
        // Under the lock, so that `killAll` knows every program that was begun before it.
        processID = try Self.groups.withLock { groups throws(IntegrationError) in
            guard !groups.areClosed else { throw IntegrationError("\(path): the tests have been ended") }
            var processID: pid_t = 0
            let failure = posix_spawn(&processID, "/bin/sh", &actions, &attributes, &words, &variables)
            guard failure == 0 else { throw IntegrationError("\(path): \(String(cString: strerror(failure)))") }
            groups.identifiers.insert(processID)
            return processID
        }
    }

    /// Ends every program, lets none begin, and returns when they have ended: nothing outlives the tests.
    package static func killAll() {
        let killed = groups.withLock { groups in
            groups.areClosed = true
            for group in groups.identifiers { _ = systemKill(-group, SIGKILL) }
            return groups.identifiers
        }
        for processID in killed {
            // Leaves the status to who waits for the program; there is no such child once that one has it.
            var info = siginfo_t()
            while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        }
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
            $0.identifiers.remove(processID)
        }
        let number = status & 0x7f
        let end: ProgramOutcome.End =
            isLate.load(ordering: .relaxed)
            ? .timedOut(seconds) : number == 0 ? .status((status >> 8) & 0xff) : .signal(number)
        let duration = ContinuousClock.now - start
        return ProgramOutcome(
            end: end, outputBytes: Files.bytes(outputPath) ?? [], errorBytes: Files.bytes(errorsPath) ?? [],
            seconds: Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18)
    }

    /// Ends the program and what it has started.
    package func kill() {
        Self.groups.withLock { if $0.identifiers.contains(processID) { _ = systemKill(-processID, SIGKILL) } }
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
