// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopJournal
import TrainLoopTestSupport

@Suite struct LineReaderTests {
    @Test func `from the end come the same lines as from the beginning, at every size of block`() throws {
        let folder = try TemporaryFolder()
        let lines = ["a", "{\"long\":\"\(String(repeating: "ü", count: 50))\"}", "", "b", "ccc"]
        try folder.write(lines.map { $0 + "\n" }.joined(), to: "events/1.jsonl")
        let file = try #require(JournalFile.all(in: folder.path, shelf: "events").first)
        var forward = ForwardLineReader(file)
        var expected: [String] = []
        var offsets: [Int64] = []
        while let line = forward.next() {
            expected.append(String(decoding: line.bytes, as: UTF8.self))
            offsets.append(line.byteOffset)
        }
        #expect(expected == lines.filter { !$0.isEmpty })
        for size in 1...130 {
            var backward = BackwardLineReader(file, blockByteCount: size)
            var found: [String] = []
            var places: [Int64] = []
            while let line = backward.next() {
                found.append(String(decoding: line.bytes, as: UTF8.self))
                places.append(line.byteOffset)
            }
            #expect(found.reversed() == expected, "blocks of \(size)")
            #expect(places.reversed() == offsets, "blocks of \(size)")
            #expect(backward.damages.isEmpty)
        }
    }

    @Test func `a line that is kept keeps nothing of its neighbours`() throws {
        let folder = try TemporaryFolder()
        let lines = ["a", "b", "c"].map { String(repeating: $0, count: 1000) + "\n" }
        try folder.write(lines.joined(), to: "events/1.jsonl")
        let file = try #require(JournalFile.all(in: folder.path, shelf: "events").first)
        var (forward, backward) = (ForwardLineReader(file), BackwardLineReader(file))
        for _ in 0..<2 {
            for bytes in [forward.next()?.bytes, backward.next()?.bytes] {
                let line = try #require(bytes)
                // A slice of a larger block begins within it, or has room behind it.
                #expect(line.startIndex == 0)
                #expect(line.capacity < 2000)
            }
        }
    }

    @Test func `a torn tail is skipped and told, at every size of block`() throws {
        let folder = try TemporaryFolder()
        try folder.write("{\"a\":1}\n{\"b\":2}\n{\"torn", to: "calls/5.jsonl")
        let file = try #require(JournalFile.all(in: folder.path, shelf: "calls").first)
        for size in 1...30 {
            var reader = BackwardLineReader(file, blockByteCount: size)
            #expect(reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "{\"b\":2}")
            #expect(reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "{\"a\":1}")
            #expect(reader.next() == nil)
            #expect(reader.damages == [JournalDamage(path: file.path, byteOffset: 16, byteCount: 6, isTail: true)])
        }
    }

    @Test(arguments: ["", "\n", "\n\n", "no line end"])
    func `files without a line have none`(content: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(content, to: "events/1.jsonl")
        let file = try #require(JournalFile.all(in: folder.path, shelf: "events").first)
        for size in 1...12 {
            var reader = BackwardLineReader(file, blockByteCount: size)
            #expect(reader.next() == nil)
            #expect(reader.damages.count == (content == "no line end" ? 1 : 0))
        }
    }

    @Test func `a forward reader goes on when the file has grown`() throws {
        let folder = try TemporaryFolder()
        try folder.write("{\"a\":1}\n{\"b\"", to: "events/1.jsonl")
        let file = try #require(JournalFile.all(in: folder.path, shelf: "events").first)
        var reader = ForwardLineReader(file)
        #expect(reader.next() != nil)
        #expect(reader.next() == nil)
        try folder.write("{\"a\":1}\n{\"b\":2}\n", to: "events/1.jsonl")
        #expect(reader.next().map { String(decoding: $0.bytes, as: UTF8.self) } == "{\"b\":2}")
        #expect(reader.next() == nil)
    }

    @Test func `whole records are cut out of a line that tearing glued together`() {
        let whole = #"{"durationMs":2,"tag":"{\"durationMs\":"}"#
        for torn in [#"{"durationMs":1,"tag":"#, #"{"durationMs":1,"tag":"{\"dur"#, "{", "x"] {
            var damages: [JournalDamage] = []
            let line = Array((torn + whole).utf8)
            let records = StoredRecord.records(in: line[...], path: "p", byteOffset: 100) { damages.append($0) }
            #expect(records.count == 1)
            #expect(records.first.map { String(decoding: $0.bytes, as: UTF8.self) } == whole)
            #expect(records.first?.byteOffset == 100 + Int64(torn.utf8.count))
            #expect(damages.count == 1)
        }
        var damages = 0
        let two = Array((whole + whole).utf8)
        #expect(StoredRecord.records(in: two[...], path: "p", byteOffset: 0) { _ in damages += 1 }.count == 2)
        #expect(
            StoredRecord.records(in: Array("garbage".utf8)[...], path: "p", byteOffset: 0) { _ in damages += 1 }.isEmpty
        )
        #expect(damages == 1)
    }
}
