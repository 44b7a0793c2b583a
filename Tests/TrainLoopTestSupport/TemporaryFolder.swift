// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A folder of a test's own, removed with it.
package final class TemporaryFolder: Sendable {
    /// Absolute.
    package let path: String

    /// - Throws: `FolderError` when the system gives no folder.
    package init() throws {
        var template = Array("/tmp/trainloop-test-XXXXXX".utf8CString)
        let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
        guard made else { throw FolderError(description: "cannot make a folder under /tmp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    /// Writes a file under the folder, with the folders that lead to it.
    package func write(_ text: String, to name: String) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/\(part)"
            mkdir(folder, 0o700)
        }
        guard let file = fopen("\(path)/\(name)", "w") else { throw FolderError(description: "cannot write \(name)") }
        defer { fclose(file) }
        fputs(text, file)
    }

    /// The whole of a file as text; empty when there is none.
    package func read(_ name: String) -> String { String(decoding: bytes(name), as: UTF8.self) }

    /// The whole of a file; empty when there is none.
    package func bytes(_ name: String) -> [UInt8] {
        guard let file = fopen("\(path)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var content: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&block, 1, block.count, file), count > 0 { content += block[..<count] }
        return content
    }

    /// What lies in a folder under this one, sorted.
    package func names(_ name: String = "") -> [String] { Self.names("\(path)/\(name)").sorted() }

    /// Removes a file or a folder under this one.
    package func remove(_ name: String) { Self.remove("\(path)/\(name)") }

    private static func names(_ path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            // By its place, not as a value: an entry may be shorter than the array that its type declares.
            let place = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            let name = String(cString: place.assumingMemoryBound(to: CChar.self))
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// What is no folder goes as it is: a link, never what it leads to.
    private static func remove(_ path: String) {
        guard unlink(path) != 0 else { return }
        for name in names(path) { remove("\(path)/\(name)") }
        rmdir(path)
    }
}

/// Why a test has no folder.
package struct FolderError: Error, CustomStringConvertible {
    package var description: String
}
