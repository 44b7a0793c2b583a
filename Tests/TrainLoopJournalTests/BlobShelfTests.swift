// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopJournal
import TrainLoopTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct BlobShelfTests {
    private static let hash = "ab" + String(repeating: "c", count: 62)
    private static let blob = EventLine.Blob(hash: hash, bytes: Array("media".utf8))
    private static let folder = "blobs/sha256/ab"
    private static let file = "\(folder)/\(String(repeating: "c", count: 62))"

    @Test func `media lies by its hash, for its owner only, and is stored once`() throws {
        let folder = try TemporaryFolder()
        for isDurable in [false, true, false] {
            let appender = JournalAppender(folder: folder.path, options: .init(isDurable: isDurable))
            var line = line()
            #expect(appender.storeMedia(of: &line).lostCount == 0)
            #expect(line.bytes == self.line().bytes)
        }
        #expect(folder.read(Self.file) == "media")
        #expect(folder.names(Self.folder) == [String(repeating: "c", count: 62)])
        var facts = stat()
        #expect(stat("\(folder.path)/\(Self.file)", &facts) == 0)
        #expect(facts.st_mode & 0o777 == 0o600)
        #expect(BlobShelf(folder: folder.path).file(hash: Self.hash) == "\(folder.path)/\(Self.file)")
    }

    @Test func `a file that is there is not written again`() throws {
        let folder = try TemporaryFolder()
        try folder.write("MEDIA", to: Self.file)
        let appender = JournalAppender(folder: folder.path)
        var line = line()
        #expect(appender.storeMedia(of: &line).lostCount == 0)
        #expect(folder.read(Self.file) == "MEDIA")
    }

    @Test func `a file of another length is replaced by the whole one`() throws {
        let folder = try TemporaryFolder()
        try folder.write("med", to: Self.file)
        let appender = JournalAppender(folder: folder.path)
        var line = line()
        #expect(appender.storeMedia(of: &line).lostCount == 0)
        #expect(folder.read(Self.file) == "media")
    }

    @Test func `what cannot be stored is said in the line, and the line is still written`() throws {
        let folder = try TemporaryFolder()
        // A file where the folder should be: also the superuser cannot make it.
        try folder.write("", to: "blobs")
        var appender = JournalAppender(folder: folder.path)
        var line = line()
        let lost = appender.storeMedia(of: &line)
        #expect(lost.lostCount == 1)
        #expect(lost.error?.message.contains("\(folder.path)/blobs/sha256/ab") == true)
        #expect(lost.error?.message.contains("media") == true)
        #expect(appender.append(line, now: JournalAppenderTests.start) == nil)
        let text = "{\"url\":\"lost:sha256:\(Self.hash);image/png;5\"}\n"
        #expect(folder.read("events/1795000000000.jsonl") == text)
    }

    @Test func `writers at the same time leave one whole file and nothing else`() async throws {
        let folder = try TemporaryFolder()
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        let path = folder.path
        let lost = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let appender = JournalAppender(folder: path)
                    var line = Self.line([EventLine.Blob(hash: Self.hash, bytes: bytes)])
                    return appender.storeMedia(of: &line).lostCount
                }
            }
            return await group.reduce(0, +)
        }
        #expect(lost == 0)
        #expect(folder.names(Self.folder) == [String(repeating: "c", count: 62)])
        #expect(folder.read(Self.file).utf8.count == bytes.count)
    }

    private func line() -> EventLine { Self.line([Self.blob]) }

    private static func line(_ blobs: [EventLine.Blob]) -> EventLine {
        EventLine(
            bytes: Array("{\"url\":\"blob:sha256:\(hash);image/png;5\"}\n".utf8), blobs: blobs, shelf: .events,
            parse: .full, isTruncated: false, tag: "", locationFile: "unknown", locationLine: "0")
    }
}
