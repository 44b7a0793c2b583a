// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
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
final class RunningProgram: @unchecked Sendable {
    // Sendable: Process is thread-safe for what is called here after `run`; everything else is constant.
    private let process = Process()
    let input = Pipe()
    let output = PipeText()
    let errors = PipeText()
    private let ended: AsyncStream<Int32>

    init(_ command: [String], environment: [String: String], folder: URL?) throws {
        let program = try #require(command.first)
        process.executableURL = URL(filePath: program)
        process.arguments = Array(command.dropFirst())
        process.environment = environment
        process.currentDirectoryURL = folder
        process.standardInput = input
        process.standardOutput = output.pipe
        process.standardError = errors.pipe
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        ended = stream
        process.terminationHandler = { process in
            continuation.yield(
                process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus)
            continuation.finish()
        }
        try process.run()
    }

    deinit {
        if process.isRunning { process.terminate() }
    }

    var identifier: Int32 { process.processIdentifier }

    func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// The exit status, or minus the signal that ended it; waits for the end.
    func status() async -> Int32 {
        for await status in ended { return status }
        return process.terminationStatus
    }
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
