// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopTestSupport

@Suite struct TemporaryFolderTests {
    @Test func `what a link leads to outlives the folder that holds the link`() throws {
        let kept = try TemporaryFolder()
        try kept.write("here", to: "a/file")
        var path = ""
        do {
            let folder = try TemporaryFolder()
            path = folder.path
            try folder.write("gone", to: "b/file")
            try FileManager.default.createSymbolicLink(atPath: "\(path)/b/link", withDestinationPath: kept.path)
        }
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(kept.read("a/file") == "here")
    }
}
