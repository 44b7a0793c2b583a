// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder that relative paths are relative to.
enum WorkingDirectory {
    /// Absolute; `/` where the system cannot tell.
    static var path: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return "/" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Our own words to people: on standard error, as standard output is the child's.
enum StandardError {
    /// Writes `trainloop: ` and the line, in one `write`; whoever does not listen misses it.
    static func say(_ line: String) {
        let bytes = Array("trainloop: \(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    }
}

/// Standard output, for what is asked for: never in `run`, whose standard output is the child's.
enum StandardOutput {
    /// Whether a text could not be written: the command has then failed.
    static var hasFailed: Bool { failure.load(ordering: .relaxed) }
    private static let failure = Atomic(false)
    /// Whether nothing more can be written: nobody reads, or it has failed.
    static var isClosed: Bool { closing.load(ordering: .relaxed) }
    private static let closing = Atomic(false)

    /// Writes the whole text, unless nobody reads; what fails otherwise is told once.
    static func write(_ text: String) { write(Array(text.utf8)[...]) }

    /// The same for bytes.
    static func write(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(1, $0) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                var room = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                poll(&room, 1, -1)
            } else if errno != EINTR {
                let reason = errno
                closing.store(true, ordering: .relaxed)
                guard reason != EPIPE, !failure.exchange(true, ordering: .relaxed) else { return }
                return StandardError.say("cannot write to standard output: \(FileError.reason(reason))")
            }
        }
    }

    private static func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }
}
