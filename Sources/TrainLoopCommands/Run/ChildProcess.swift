// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a child ended.
package enum ChildExit: Sendable, Equatable {
    case status(Int32)
    case signal(Int32)

    /// The exit status as a shell tells it: 128 and the signal's number for a child that was killed.
    package var shellStatus: Int32 {
        switch self {
        case .status(let status): status
        case .signal(let number): 128 + number
        }
    }
}

/// A child that could not be started.
package struct ChildError: Error, Sendable, CustomStringConvertible {
    package var message: String
    /// As a shell has it: 127 for a command that is not there, 126 for one that cannot be run.
    package var exitStatus: Int32

    package var description: String { message }
}

/// A child in our own process group, with our own standard input, output and error.
///
/// Not by a library, since those at hand close every inherited descriptor above 2, and a wrapper has to be transparent
/// (docs/adr/0007).
package struct ChildProcess: Sendable {
    package let processID: Int32

    /// Starts a command, found along `PATH` as a shell does.
    ///
    /// - Parameters:
    ///   - heritage: which descriptors, which limit on them and which ignored signals the child inherits. All other
    ///     descriptors above 2 are closed in it, all other signals have their default effect, and none is blocked.
    ///   - environment: `NAME=VALUE`.
    package static func spawn(
        _ arguments: [[UInt8]], environment: [[UInt8]], heritage: ProcessHeritage
    ) throws(ChildError) -> ChildProcess {
        let ours = ProcessHeritage.openDescriptors().filter { !heritage.descriptors.contains($0) }
        // A child has the limit that its parent has in this moment; ours may have been raised since.
        let limit = trainloop_descriptor_limit()
        if let inherited = heritage.descriptorLimit, inherited != limit {
            let failure = trainloop_set_descriptor_limit(inherited)
            guard failure == 0 else {
                throw ChildError(
                    message: "cannot give the program its limit of \(inherited) open files: "
                        + String(cString: strerror(-failure)), exitStatus: 126)
            }
        }
        defer { if heritage.descriptorLimit != nil { _ = trainloop_set_descriptor_limit(limit) } }
        for descriptor in ours { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        #if os(Linux)
            // Another thread may open one before the child begins. It gets the lowest free number, so these are enough as
            // long as fewer than 256 are opened in that time. Only Linux lets a number be closed that is not open.
            let numbers = (Int32(3)...).lazy.filter { !heritage.descriptors.contains($0) }
            for number in numbers.prefix(ours.count + 256) { posix_spawn_file_actions_addclose(&actions, number) }
        #endif
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // Threads of Swift's runtime and of Dispatch block signals, and a child inherits the mask of the thread that
        // starts it: without this a child cannot be interrupted.
        var none = sigset_t()
        sigemptyset(&none)
        var defaults = sigset_t()
        sigfillset(&defaults)
        for number in heritage.ignoredSignals.union([SIGKILL, SIGSTOP]) { sigdelset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        var processID: pid_t = 0
        func start(_ arguments: [[UInt8]]) -> Int32 {
            withCStrings(arguments) { argumentList in
                withCStrings(environment) { environmentList in
                    guard let name = argumentList[0] else { return ENOENT }
                    return posix_spawnp(&processID, name, &actions, &attributes, argumentList, environmentList)
                }
            }
        }
        var failure = start(arguments)
        let name = String(decoding: arguments.first ?? [], as: UTF8.self)
        // A script without a first line that names its interpreter is the shell's (POSIX, execvp).
        if failure == ENOEXEC, let script = arguments.first.flatMap(file) {
            failure = start([Array("/bin/sh".utf8), script] + arguments.dropFirst())
        }
        guard failure != 0 else {
            // Where it is ignored the system forgets how a child ended; the child has inherited that by now.
            if heritage.ignoredSignals.contains(SIGCHLD) { signal(SIGCHLD, SIG_DFL) }
            return ChildProcess(processID: processID)
        }
        guard failure != ENOENT else {
            guard name.contains("/"), access(name, F_OK) == 0 else {
                throw ChildError(message: "\(name): command not found", exitStatus: 127)
            }
            throw ChildError(message: "\(name): cannot be run: its interpreter is not there", exitStatus: 126)
        }
        throw ChildError(message: "\(name): cannot be run: \(String(cString: strerror(failure)))", exitStatus: 126)
    }

    /// The file that a command stands for: itself where it is a path, else the first along `PATH` that can be run.
    private static func file(_ command: [UInt8]) -> [UInt8]? {
        guard !command.contains(UInt8(ascii: "/")) else { return command }
        let path = getenv("PATH").map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? []
        for folder in path.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            // An empty part is the working directory.
            let file = (folder.isEmpty ? Array(".".utf8) : Array(folder)) + [UInt8(ascii: "/")] + command
            let name = (file + [0]).map(CChar.init(bitPattern:))
            var status = stat()
            if stat(name, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(name, X_OK) == 0 { return file }
        }
        return nil
    }

    /// Returns when the child has ended; call once.
    ///
    /// - Throws: `ChildError` when the system does not tell how it ended.
    package func wait() async throws(ChildError) -> ChildExit {
        guard let exit = await end() else {
            throw ChildError(
                message: "it is not known how the program ended: \(String(cString: strerror(ECHILD)))", exitStatus: 1)
        }
        return exit
    }

    private func end() async -> ChildExit? {
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "trainloop.child").async {
                var status: Int32 = 0
                while waitpid(processID, &status, 0) < 0 {
                    guard errno == EINTR else { return continuation.resume(returning: nil) }
                }
                let number = status & 0x7f
                continuation.resume(returning: number == 0 ? .status((status >> 8) & 0xff) : .signal(number))
            }
        }
    }

    /// Sends a signal to the child, if it is still there.
    package func send(_ number: Int32) {
        _ = kill(processID, number)
    }
}

private func withCStrings<Result>(
    _ strings: [[UInt8]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
    defer { list.deallocate() }
    for (index, string) in strings.enumerated() {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: string.count + 1)
        for (offset, byte) in string.enumerated() { copy[offset] = CChar(bitPattern: byte) }
        copy[string.count] = 0
        list[index] = copy
    }
    list[strings.count] = nil
    defer { for index in strings.indices { list[index]?.deallocate() } }
    return body(list)
}
