// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder of one run's files (bundles of certificates, the hook of node), gone with the run.
///
/// Who knows its name can read the files that the program needs, and nobody else can list it: a program that gives up its
/// user (gosu, setpriv, a server's --user) still finds them.
///
/// A run that was killed leaves its folder; the next run removes it. Whether a run still lives is told by a lock on a file
/// in its folder, which holds across process ids used again and across containers that share a folder.
package final class RunFolder: Sendable {
    private static let prefix = "trainloop-run-"
    /// A folder younger than this may not have its lock yet.
    private static let minimumLeftoverSeconds = 60

    /// Absolute.
    package let path: String
    private let lock: Int32

    /// Makes a new folder in `parent`, and removes what killed runs left there.
    package init(parent: String) throws(FileError) {
        Self.removeLeftovers(in: parent)
        var template = Array("\(parent)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw FileError(parent) }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        try SmallFile.admitAll(to: path, isListed: false)
        lock = open("\(path)/lock", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw FileError("\(path)/lock") }
    }

    /// Where such folders are made: `TMPDIR`, else `/tmp`.
    package static func parent(_ environment: [String: String]) -> String {
        guard var parent = environment["TMPDIR"], parent.hasPrefix("/") else { return "/tmp" }
        while parent.count > 1, parent.hasSuffix("/") { parent.removeLast() }
        return parent
    }

    /// Removes the folder and all in it.
    package func remove() {
        SmallFile.removeTree(path)
    }

    deinit {
        close(lock)
    }

    private static func removeLeftovers(in parent: String) {
        for name in SmallFile.names(in: parent) where name.hasPrefix(prefix) {
            let folder = "\(parent)/\(name)"
            var status = stat()
            guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
                time(nil) - modificationSeconds(status) > minimumLeftoverSeconds
            else { continue }
            let lock = open("\(folder)/lock", O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
            defer { if lock >= 0 { close(lock) } }
            if lock >= 0, flock(lock, LOCK_EX | LOCK_NB) != 0 { continue }
            SmallFile.removeTree(folder)
        }
    }

    private static func modificationSeconds(_ status: stat) -> Int {
        #if canImport(Darwin)
            status.st_mtimespec.tv_sec
        #else
            status.st_mtim.tv_sec
        #endif
    }
}
