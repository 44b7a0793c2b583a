// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import Testing

/// What a process did.
struct ProcessOutcome {
    var status: Int32
    var output: String
    var errors: String
}

/// Programs started by tests, and where they are.
enum Programs {
    /// The folder of the products that this test run was built with.
    static let products: URL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

    static let trainloop = products.appending(path: "trainloop").path

    static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/clients")

    static func fixture(_ name: String) -> String { fixtures.appending(path: name).path }

    /// The full path of a program on PATH, or nil.
    static func find(_ name: String) -> String? {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Writes a program, by a process of its own: where this one has the file open, a child of another test that is about
    /// to begin has it as well, and what is open to be written cannot be run.
    static func write(_ text: String, to file: URL) async throws {
        let script = #"printf %s "$2" > "$1" && chmod 755 "$1""#
        let outcome = try await run(["/bin/sh", "-c", script, "sh", file.path, text])
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    /// Runs a program to its end; what is not in `environment` is not there, save PATH and HOME.
    static func run(
        _ command: [String], environment: [String: String] = [:], folder: URL? = nil
    ) async throws -> ProcessOutcome {
        let process = try start(command, environment: environment, folder: folder)
        async let output = process.output.text()
        async let errors = process.errors.text()
        let (text, errorText) = await (output, errors)
        return ProcessOutcome(status: await process.status(), output: text, errors: errorText)
    }

    static func start(
        _ command: [String], environment: [String: String] = [:], folder: URL? = nil
    ) throws -> RunningProgram {
        var whole = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "LANG"].contains($0.key) }
        whole.merge(environment) { _, new in new }
        return try RunningProgram(command, environment: whole, folder: folder)
    }
}

/// A pipe that is read to its end, or line by line.
final class PipeText: Sendable {
    let pipe = Pipe()

    func text() async -> String {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [handle = pipe.fileHandleForReading] in
                continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
    }

    /// The next lines, up to and with the first for which `isLast` holds, or to the end.
    func lines(through isLast: @escaping @Sendable (String) -> Bool) async -> [String] {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [handle = pipe.fileHandleForReading] in
                var lines: [String] = []
                var line: [UInt8] = []
                while let byte = handle.readData(ofLength: 1).first {
                    guard byte == 0x0a else {
                        line.append(byte)
                        continue
                    }
                    lines.append(String(decoding: line, as: UTF8.self))
                    line = []
                    if lines.last.map(isLast) ?? false { break }
                }
                continuation.resume(returning: lines)
            }
        }
    }
}

/// A process of a test's own; ended with it.
///
/// Started by posix_spawn: Foundation's Process reads past the end of a directory entry when it closes descriptors on
/// Linux, and a test process with many open sockets is now and then unmapped memory there.
final class RunningProgram: Sendable {
    let identifier: Int32
    let output = PipeText()
    let errors = PipeText()
    /// Held open, so that a program which lives as long as its input does.
    private let input = Pipe()
    private let ending: Task<Int32, Never>
    private let hasEnded: Ended

    init(_ program: [String], environment: [String: String], folder: URL?) throws {
        // A shell changes the folder and becomes the program: posix_spawn cannot do that everywhere.
        let command = folder.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0.path] + program } ?? program
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let ours = [input.fileHandleForWriting, output.pipe.fileHandleForReading, errors.pipe.fileHandleForReading]
        let theirs = [input.fileHandleForReading, output.pipe.fileHandleForWriting, errors.pipe.fileHandleForWriting]
        for handle in ours + theirs { _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        for (number, handle) in theirs.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, handle.fileDescriptor, Int32(number))
        }
        #if os(Linux)
            // Sockets and pipes of other tests: an end that a child has open as well is not seen to close.
            for number in Int32(3)..<2048 { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of the runtime block signals, and a child inherits the mask of the thread that starts it.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        // A shell that starts the tests in the background has them ignore interrupts, and networking ignores SIGPIPE: a child
        // inherits that too.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var identifier: pid_t = 0
        let status = posix_spawn(&identifier, command.first ?? "", &actions, &attributes, &words, &variables)
        try #require(status == 0, "cannot start \(command): \(String(cString: strerror(status)))")
        for handle in theirs { try handle.close() }
        self.identifier = identifier
        let hasEnded = Ended()
        self.hasEnded = hasEnded
        ending = Task.detached { [identifier] in
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "child").async {
                    var status: Int32 = 0
                    while waitpid(identifier, &status, 0) < 0, errno == EINTR {}
                    hasEnded.value.withLock { $0 = true }
                    let signal = status & 0x7f
                    continuation.resume(returning: signal == 0 ? (status >> 8) & 0xff : -signal)
                }
            }
        }
    }

    deinit {
        signal(SIGTERM)
    }

    /// Whether the program was reaped, and its number may be another's by now.
    private final class Ended: Sendable {
        let value = Mutex(false)
    }

    func signal(_ number: Int32) {
        hasEnded.value.withLock { if !$0 { kill(identifier, number) } }
    }

    /// The exit status, or minus the signal that ended it; waits for the end.
    func status() async -> Int32 { await ending.value }
}

/// A folder of a test's own, removed with it.
final class ScratchFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "trainloop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// Every line under `data/events` and `data/calls` as parsed JSON, oldest first.
    func records(_ folder: String = "data") throws -> [[String: Any]] {
        let lines = ["events", "calls"].flatMap { shelf -> [String] in
            let shelfURL = url.appending(path: "\(folder)/\(shelf)")
            let names = (try? FileManager.default.contentsOfDirectory(atPath: shelfURL.path)) ?? []
            return names.flatMap { name in
                let text = (try? String(contentsOf: shelfURL.appending(path: name), encoding: .utf8)) ?? ""
                return text.split(separator: "\n").map(String.init)
            }
        }
        let records = try lines.map { line in
            try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "\(line)")
        }
        return records.sorted { ($0["id"] as? String ?? "") < ($1["id"] as? String ?? "") }
    }

    /// The bytes of every file under the folder, for looking for what must not be there.
    func everything() -> String {
        let files = FileManager.default.enumerator(at: url, includingPropertiesForKeys: nil)?.allObjects ?? []
        return files.compactMap { $0 as? URL }.compactMap { try? String(decoding: Data(contentsOf: $0), as: UTF8.self) }
            .joined(separator: "\n")
    }
}
