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

    /// Every regular file under a folder, by its full path; links are not followed, as they may lead anywhere.
    package static func all(under folder: String) -> [String] {
        names(in: folder).flatMap { name -> [String] in
            let path = "\(folder)/\(name)"
            switch (try? manager.attributesOfItem(atPath: path))?[.type] as? FileAttributeType {
            case .typeDirectory?: return all(under: path)
            case .typeRegular?: return [path]
            default: return []
            }
        }
    }

    /// - Parameter withParents: whether folders above it are made as well; else they must be there.
    package static func makeFolder(_ path: String, withParents: Bool = true) throws(IntegrationError) {
        do {
            try manager.createDirectory(atPath: path, withIntermediateDirectories: withParents)
        } catch {
            throw IntegrationError("cannot make the folder \(path): \(error)")
        }
    }

    /// `TMPDIR`, where it is a full path, else `/tmp`.
    package static func temporaryFolder(_ environment: [String: String]) -> String {
        environment["TMPDIR"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? "/tmp"
    }

    /// A new folder of our own, in one that is there: what an interrupted run has removed is not made anew.
    package static func makeTemporaryFolder(in parent: String) throws(IntegrationError) -> String {
        let path = "\(parent)/trainloop-test-\(UUID().uuidString.prefix(13).lowercased())"
        try makeFolder(path, withParents: false)
        return path
    }

    package static func remove(_ path: String) { try? manager.removeItem(atPath: path) }

    /// Removes a folder in which others may still be writing.
    package static func removeBusy(_ folder: String) {
        for _ in 0..<100 where exists(folder) { remove(folder) }
    }

    /// - Throws: why no file can be written there; nothing is.
    package static func checkWritable(_ path: String) throws(IntegrationError) {
        let parent = path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
        if isFolder(path) { throw IntegrationError("cannot write \(path): it is a folder") }
        guard isFolder(parent.isEmpty ? "/" : parent) else {
            throw IntegrationError("cannot write \(path): the folder \(parent) is not there")
        }
        guard isWritable(exists(path) ? path : parent) else {
            throw IntegrationError("cannot write \(path): the rights do not allow it")
        }
    }

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

    /// The same.
    ///
    /// - Throws: why it cannot be started.
    package static func program(_ name: String, path: String) throws(IntegrationError) -> String {
        if let found = find(name, path: path) { return found }
        guard name.contains("/") else { throw IntegrationError("\(name.isEmpty ? "nothing" : name) is not installed") }
        guard exists(name) else { throw IntegrationError("\(name) is not there", isDefect: true) }
        throw IntegrationError("\(name) is not executable: chmod +x \(name)", isDefect: true)
    }
}
