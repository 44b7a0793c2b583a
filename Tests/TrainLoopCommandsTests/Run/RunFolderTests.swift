// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCommands

@Suite struct RunFolderTests {
    private let scratch: ScratchFolder
    private var parent: String { scratch.url.path }

    init() throws {
        scratch = try ScratchFolder()
    }

    private func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: parent)
    }

    private func age(_ path: String) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: path)
    }

    @Test func `nobody but its owner can list a folder, and it goes with what is in it`() throws {
        let folder = try RunFolder(parent: parent)
        let attributes = try FileManager.default.attributesOfItem(atPath: folder.path)
        #expect(attributes[.posixPermissions] as? Int == 0o711)
        try FileManager.default.createDirectory(atPath: "\(folder.path)/php", withIntermediateDirectories: true)
        try "x".write(toFile: "\(folder.path)/php/a.ini", atomically: true, encoding: .utf8)
        folder.remove()
        #expect(try names() == [])
    }

    @Test func `what a killed run left is removed by the next, and a living run's folder is not`() throws {
        let living = try RunFolder(parent: parent)
        try age(living.path)
        let left = "\(parent)/trainloop-run-dead01"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try "".write(toFile: "\(left)/lock", atomically: false, encoding: .utf8)
        try FileManager.default.createSymbolicLink(atPath: "\(left)/link", withDestinationPath: living.path)
        try age(left)
        let young = "\(parent)/trainloop-run-young1"
        try FileManager.default.createDirectory(atPath: young, withIntermediateDirectories: true)
        let strange = "\(parent)/something-else"
        try FileManager.default.createDirectory(atPath: strange, withIntermediateDirectories: true)
        try age(strange)

        let next = try RunFolder(parent: parent)
        let expected = [living.path, young, strange, next.path].map { URL(filePath: $0).lastPathComponent }
        #expect(try Set(names()) == Set(expected))
        #expect(FileManager.default.fileExists(atPath: "\(living.path)/lock"))
    }

    @Test func `the folder lies where the environment says`() {
        #expect(RunFolder.parent([:]) == "/tmp")
        #expect(RunFolder.parent(["TMPDIR": "/var/tmp/"]) == "/var/tmp")
        #expect(RunFolder.parent(["TMPDIR": "relative"]) == "/tmp")
    }
}
