// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of the long-lived proxy: its authority, its token, and the files that its clients read.
///
/// It belongs to one proxy at a time, for the files tell its port and its authority; the lock is given back with the object.
package final class StateFolder: Sendable {
    /// Absolute.
    package let path: String
    private let lock: Int32

    /// Makes the folder where it is missing, and takes it.
    ///
    /// - Parameters:
    ///   - path: absolute.
    ///   - patience: how long another proxy that has it may take to end; by default longer than one that was told to.
    /// - Throws: `RunError` when another proxy has it, `FileError` when it cannot be made or taken.
    package init(_ path: String, patience: Duration = .seconds(10)) async throws {
        try SmallFile.makeFolder(path)
        self.path = path
        lock = open("\(path)/lock", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw FileError("\(path)/lock") }
        let end = ContinuousClock.now + patience
        while true {
            switch Self.take(lock) {
            // A file system without locks serves one proxy as well.
            case 0, ENOSYS, ENOLCK, ENOTSUP, EOPNOTSUPP: return
            case EINTR: continue
            case EWOULDBLOCK:
                guard ContinuousClock.now < end else {
                    throw RunError("another trainloop proxy uses \(path); end it, or name another folder with --folder")
                }
                try await Task.sleep(for: .milliseconds(100))
            case let number: throw FileError("\(path)/lock", number)
            }
        }
    }

    /// - Returns: 0, or the C library's error number.
    private static func take(_ lock: Int32) -> Int32 {
        flock(lock, LOCK_EX | LOCK_NB) == 0 ? 0 : errno
    }

    deinit {
        close(lock)
    }
}
