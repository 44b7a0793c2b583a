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
final class StateFolder: Sendable {
    /// Absolute.
    let path: String
    private let lock: Int32

    /// Makes the folder where it is missing, and takes it.
    ///
    /// - Throws: `RunError` when another proxy has it, `FileError` when it cannot be made or taken.
    init(_ path: String) throws {
        try SmallFile.makeFolder(path)
        self.path = path
        lock = open("\(path)/lock", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard lock >= 0 else { throw FileError("\(path)/lock") }
        guard flock(lock, LOCK_EX | LOCK_NB) != 0 else { return }
        guard errno == EWOULDBLOCK else { throw FileError("\(path)/lock") }
        throw RunError("another trainloop proxy uses \(path); end it, or name another folder with --folder")
    }

    deinit {
        close(lock)
    }
}
