// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A file or folder that could not be read, made or written.
package struct FileError: Error, Sendable, CustomStringConvertible {
    package var path: String
    /// The C library's error number.
    package var errorNumber: Int32

    init(_ path: String, _ errorNumber: Int32 = errno) {
        self.path = path
        self.errorNumber = errorNumber
    }

    package var description: String { "\(path): \(Self.reason(errorNumber))" }

    /// Such as `Permission denied`.
    static func reason(_ errorNumber: Int32) -> String { String(cString: strerror(errorNumber)) }
}

/// Small files, whole.
enum SmallFile {
    static let ownersAlone: mode_t = 0o600
    static let readableByAll: mode_t = 0o644

    static func read(_ path: String) throws(FileError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = system { Self.read(descriptor, &piece) }
            guard count >= 0 else { throw FileError(path) }
            guard count > 0 else { return bytes }
            bytes += piece[..<count]
        }
    }

    /// Replaces the file, in one step for whoever reads it; its mode holds from its first byte on.
    static func write(_ bytes: [UInt8], to path: String, mode: mode_t = ownersAlone) throws(FileError) {
        let draft = "\(path).\(getpid())"
        unlink(draft)
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw FileError(draft) }
        // Whatever the user's mask takes away.
        fchmod(descriptor, mode)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = system { rest.withUnsafeBytes { Self.write(descriptor, $0) } }
            guard count > 0 else {
                let error = FileError(draft)
                close(descriptor)
                unlink(draft)
                throw error
            }
            rest = rest.dropFirst(count)
        }
        guard close(descriptor) == 0, rename(draft, path) == 0 else { throw FileError(path) }
    }

    static func write(_ text: String, to path: String, mode: mode_t = ownersAlone) throws(FileError) {
        try write(Array(text.utf8), to: path, mode: mode)
    }

    /// Makes a folder and those above it, for its owner alone.
    static func makeFolder(_ path: String) throws(FileError) {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
            throw FileError(path)
        }
        try makeFolder(String(path[..<slash]))
        guard mkdir(path, 0o700) == 0 || errno == EEXIST else { throw FileError(path) }
    }

    /// Lets everybody read the files of a folder by their names, and list it where `isListed`.
    static func admitAll(to folder: String, isListed: Bool) throws(FileError) {
        guard chmod(folder, isListed ? 0o755 : 0o711) == 0 else { throw FileError(folder) }
    }

    /// Removes a folder and what is in it, following no link; what cannot be removed is left.
    static func removeTree(_ path: String) {
        for name in names(in: path) {
            let entry = "\(path)/\(name)"
            if unlink(entry) != 0 { removeTree(entry) }
        }
        rmdir(path)
    }

    /// Why the names in a folder cannot be read; nil when they can.
    static func whyUnreadable(folder: String) -> String? {
        guard let directory = opendir(folder) else { return String(cString: strerror(errno)) }
        closedir(directory)
        return nil
    }

    /// The names in a folder, save `.` and `..`; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            // By its place, not as a value: an entry may be shorter than the array that its type declares.
            let place = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let name = String(cString: place.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func read(_ descriptor: Int32, _ piece: inout [UInt8]) -> Int {
        piece.withUnsafeMutableBytes { buffer in
            #if canImport(Darwin)
                Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #elseif canImport(Musl)
                Musl.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
        }
    }

    private static func write(_ descriptor: Int32, _ buffer: UnsafeRawBufferPointer) -> Int {
        #if canImport(Darwin)
            Darwin.write(descriptor, buffer.baseAddress, buffer.count)
        #elseif canImport(Musl)
            Musl.write(descriptor, buffer.baseAddress, buffer.count)
        #else
            Glibc.write(descriptor, buffer.baseAddress, buffer.count)
        #endif
    }

    private static func system(_ call: () -> Int) -> Int {
        while true {
            let result = call()
            if result >= 0 || errno != EINTR { return result }
        }
    }
}
