// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Files and folders of the tests.
package enum Files {
    private static var manager: FileManager { .default }

    /// The content as text, or nil when the file cannot be read; what is not UTF-8 is repaired.
    package static func text(_ path: String) -> String? {
        manager.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }

    package static func bytes(_ path: String) -> [UInt8]? { manager.contents(atPath: path).map { Array($0) } }

    package static func write(_ text: String, to path: String) throws(IntegrationError) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
        } catch {
            throw IntegrationError("cannot write \(path): \(error)")
        }
    }

    package static func exists(_ path: String) -> Bool { manager.fileExists(atPath: path) }
    package static func isFolder(_ path: String) -> Bool {
        var isFolder: Bool = false
        return manager.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
    }
    package static func isExecutable(_ path: String) -> Bool {
        manager.isExecutableFile(atPath: path) && !isFolder(path)
    }
    package static func isWritable(_ path: String) -> Bool { manager.isWritableFile(atPath: path) }

    /// Sorted; empty when the folder cannot be read.
    package static func names(in folder: String) -> [String] {
        ((try? manager.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    /// Every file under a folder, by its full path.
    package static func all(under folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            return isFolder(path) ? all(under: path) : [path]
        }
    }

    package static func makeFolder(_ path: String) throws(IntegrationError) {
        do {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw IntegrationError("cannot make the folder \(path): \(error)")
        }
    }

    /// A new folder of our own.
    package static func makeTemporaryFolder(in parent: String) throws(IntegrationError) -> String {
        let path = "\(parent)/trainloop-test-\(UUID().uuidString.prefix(13).lowercased())"
        try makeFolder(path)
        return path
    }

    package static func remove(_ path: String) { try? manager.removeItem(atPath: path) }

    package static func move(_ path: String, to other: String) throws(IntegrationError) {
        remove(other)
        do {
            try manager.moveItem(atPath: path, toPath: other)
        } catch {
            throw IntegrationError("cannot move \(path) to \(other): \(error)")
        }
    }

    /// The full path of a program on a PATH, or nil.
    package static func find(_ name: String, path: String) -> String? {
        if name.contains("/") { return isExecutable(name) ? name : nil }
        return path.split(separator: ":").map { "\($0)/\(name)" }.first(where: isExecutable)
    }
}
