// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing
import TrainLoopCore
import TrainLoopJournal
import TrainLoopQuery
import TrainLoopTestSupport

@Suite struct DataFolderTests {
    private func record(_ number: Int, _ more: String = "") -> String {
        #"{"durationMs":1,"tag":"t\#(number % 3)","model":"gpt-\#(number % 2)","startTimeMs":\#(1000 * number),"endTimeMs":\#(1000 * number + 1),"id":"0199d1c2-0000-7000-8000-\#(100_000_000_000 + number)","provider":"openai","status":"\#(number % 5 == 0 ? "error" : "ok")"\#(more)}"#
            + "\n"
    }

    /// Records 0..<100 spread over shelves and files.
    private func folder() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for (shelf, remainder) in [("events", 1...4), ("calls", 0...0)] {
            for file in 0..<5 {
                let numbers = (file * 20..<file * 20 + 20).filter { remainder.contains($0 % 5) }
                try folder.write(numbers.map { record($0) }.joined(), to: "\(shelf)/\(file * 20_000).jsonl")
            }
        }
        return folder
    }

    private func numbers(_ page: DataFolder.Page) -> [Int64] {
        page.records.map { ($0.json["startTimeMs"]?.integer ?? 0) / 1000 }
    }

    @Test func `the last records of both shelves come in the order of their ends`() throws {
        let folder = try folder()
        #expect(numbers(DataFolder(folder.path).last(7)) == [93, 94, 95, 96, 97, 98, 99])
        #expect(numbers(DataFolder(folder.path).last(1000)) == Array(0..<100))
        #expect(DataFolder("\(folder.path)/none").last(5).records.isEmpty)
    }

    @Test func `files that grow at once are read side by side`() throws {
        let folder = try TemporaryFolder()
        // One writer stops early in the newer file, another goes on in the older one.
        try folder.write((0..<60).map { record($0 * 10) }.joined(), to: "events/1000.jsonl")
        try folder.write((0..<20).map { record($0 * 10 + 5) }.joined(), to: "events/1003.jsonl")
        try folder.write(record(580) + record(601), to: "events/600000.jsonl")
        let data = DataFolder(folder.path)
        #expect(numbers(data.last(4)) == [580, 580, 590, 601])
        #expect(numbers(data.last(100)).filter { $0 < 200 } == (0..<40).map { $0 * 5 })
        var filter = CallFilter()
        filter.since = 550_000
        #expect(numbers(data.last(100, matching: filter)) == [550, 560, 570, 580, 580, 590, 601])
    }

    @Test func `a record without a time hides no other`() throws {
        let folder = try TemporaryFolder()
        try folder.write(record(100) + #"{"durationMs":1,"id":"x"}"# + "\n" + record(101), to: "events/100000.jsonl")
        var filter = CallFilter()
        filter.since = 99_000
        #expect(numbers(DataFolder(folder.path).last(9, matching: filter)) == [100, 101])
        #expect(numbers(DataFolder(folder.path).last(9)) == [100, 0, 101])
    }

    @Test func `a file that cannot be opened is told`() throws {
        let folder = try TemporaryFolder()
        try folder.write(record(1), to: "events/1000.jsonl")
        #expect(symlink("/nowhere", "\(folder.path)/events/1001.jsonl") == 0)
        let page = DataFolder(folder.path).last(9)
        #expect(numbers(page) == [1])
        #expect(page.damages.map(\.openError) == [ENOENT])
        #expect(DataFolder(folder.path).callSites().damages == page.damages)
    }

    @Test func `a shelf that cannot be read is told, and a missing one is not`() throws {
        let folder = try TemporaryFolder()
        try folder.write("a file in the folder's place", to: "events")
        try folder.write(record(1), to: "calls/1000.jsonl")
        let data = DataFolder(folder.path)
        let damage = JournalDamage(path: "\(folder.path)/events", openError: ENOTDIR)
        #expect(data.last(9).damages == [damage])
        #expect(numbers(data.last(9)) == [1])
        #expect(data.find(id: "0").damages == [damage])
        #expect(data.callSites().damages == [damage])
        var follower = FolderFollower(data, now: 0)
        #expect(follower.next(now: 0).damages == [damage])
        #expect(follower.next(now: 0).damages.isEmpty)
        folder.remove("events")
        #expect(data.last(9).damages.isEmpty)
        #expect(follower.next(now: 0).damages.isEmpty)
    }

    @Test func `media is read by its reference, and only when it is whole`() throws {
        let folder = try TemporaryFolder()
        let hash = "ab" + String(repeating: "c", count: 62)
        let name = "blobs/sha256/ab/\(String(repeating: "c", count: 62))"
        let data = DataFolder(folder.path)
        let reference = try #require(MediaReference("blob:sha256:\(hash);text/plain;5;unpadded"))
        #expect(data.file(of: reference) == "\(folder.path)/\(name)")
        #expect(data.media(reference) == nil)
        try folder.write("medi", to: name)
        #expect(data.media(reference) == nil)
        try folder.write("media", to: name)
        #expect(data.media(reference) == Array("media".utf8))
        #expect(data.media(reference).map { reference.base64(of: $0) } == "bWVkaWE")
    }

    @Test func `filters choose, and the limit counts what they chose`() throws {
        let folder = DataFolder(try folder().path)
        var filter = CallFilter()
        filter.status = "ERROR"
        #expect(numbers(folder.last(3, matching: filter)) == [])
        let kept = try self.folder()
        let data = DataFolder(kept.path)
        #expect(numbers(data.last(3, matching: filter)) == [85, 90, 95])
        filter = CallFilter()
        filter.tag = "t1"
        #expect(numbers(data.last(2, matching: filter)) == [94, 97])
        filter = CallFilter()
        filter.model = "GPT*0"
        #expect(numbers(data.last(2, matching: filter)) == [96, 98])
        filter.model = "pt-1"
        filter.since = 90_000
        filter.until = 95_000
        #expect(numbers(data.last(10, matching: filter)) == [91, 93, 95])
        filter.provider = "anthropic"
        #expect(data.last(10, matching: filter).records.isEmpty)
    }

    @Test func `a call is found by the beginning or the end of its id`() throws {
        let kept = try folder()
        let data = DataFolder(kept.path)
        #expect(data.find(id: "00000042").records.map { $0.json["startTimeMs"]?.integer } == [42_000])
        #expect(data.find(id: "0199D1C2-0000-7000-8000-100000000007").records.count == 1)
        #expect(data.find(id: "0199d1c2").records.count == 3)
        #expect(data.find(id: "nothing").records.isEmpty)
    }

    @Test func `damage is told and costs no other record`() throws {
        let kept = try TemporaryFolder()
        try kept.write(
            record(1) + "garbage\n" + record(2) + "{\"durationMs\":3" + record(4) + "{\"torn", to: "events/1.jsonl")
        let page = DataFolder(kept.path).last(10)
        #expect(numbers(page) == [1, 2, 4])
        #expect(page.damages.count == 3)
        #expect(page.damages.filter(\.isTail).count == 1)
    }

    @Test func `the registry is derived from the events`() throws {
        let kept = try folder()
        let (sites, damages) = DataFolder(kept.path).callSites()
        #expect(damages.isEmpty)
        #expect(sites.count == 1)
        #expect(sites.first?.count == 80)
        #expect(Registry.replace(sites, in: kept.path) == nil)
        #expect(kept.read("_registry.json").contains("\"count\": 80}"))
    }

    @Test func `a follower gives what is added, in new files as well`() throws {
        let kept = try TemporaryFolder()
        try kept.write(record(1), to: "events/1.jsonl")
        var follower = FolderFollower(DataFolder(kept.path), now: 0)
        #expect(follower.next(now: 0).records.isEmpty)
        try kept.write(record(1) + record(3), to: "events/1.jsonl")
        try kept.write(record(2), to: "calls/7.jsonl")
        #expect(numbers(follower.next(now: 0)) == [2, 3])
        try kept.write("no record\n", to: "events/8.jsonl")
        #expect(follower.next(now: 0).damages.count == 1)
        #expect(follower.next(now: 0).records.isEmpty)
    }

    @Test func `a line that is being written when a follower begins is given when it is whole`() throws {
        let kept = try TemporaryFolder()
        try kept.write(record(1) + record(2).prefix(40), to: "events/1.jsonl")
        try kept.write(String(record(3).prefix(40)), to: "calls/1.jsonl")
        let data = DataFolder(kept.path)
        var follower = FolderFollower(data, now: 0)
        #expect(numbers(data.last(9, upTo: follower)) == [1])
        #expect(follower.next(now: 0).records.isEmpty)
        try kept.write(record(1) + record(2), to: "events/1.jsonl")
        try kept.write(record(3), to: "calls/1.jsonl")
        let page = follower.next(now: 0)
        #expect(numbers(page) == [2, 3])
        #expect(page.damages.isEmpty)
    }

    @Test func `a file that a wrong clock named hides no other from a follower`() throws {
        let kept = try TemporaryFolder()
        let now: Int64 = 1_795_000_000_000
        try kept.write(record(1), to: "events/\(now - 300_000).jsonl")
        try kept.write(record(2), to: "events/20261126142804.jsonl")
        var follower = FolderFollower(DataFolder(kept.path), now: now)
        try kept.write(record(1) + record(3), to: "events/\(now - 300_000).jsonl")
        try kept.write(record(4), to: "events/\(now).jsonl")
        #expect(numbers(follower.next(now: now)) == [3, 4])
        try kept.write(record(2) + record(5), to: "events/20261126142804.jsonl")
        try kept.write(record(4) + record(6), to: "events/\(now).jsonl")
        #expect(numbers(follower.next(now: now + 600_000)) == [5, 6])
    }

    @Test func `a follower that was held up for long gives all that came meanwhile`() throws {
        let kept = try TemporaryFolder()
        let (start, later): (Int64, Int64) = (1_795_000_000_000, 1_795_009_000_000)
        try kept.write(record(1), to: "events/\(start).jsonl")
        var follower = FolderFollower(DataFolder(kept.path), now: start)
        try kept.write(record(1) + record(2), to: "events/\(start).jsonl")
        for step in 1...9 {
            try kept.write(record(2 + Int(step)), to: "events/\(start + Int64(step) * 1_000_000).jsonl")
        }
        #expect(numbers(follower.next(now: later)) == Array(2...11))
        #expect(follower.next(now: later).records.isEmpty)
    }

    @Test func `a list up to a follower and what the follower gives are all, and nothing twice`() throws {
        let kept = try TemporaryFolder()
        try kept.write(record(1), to: "events/1.jsonl")
        try kept.write(record(2), to: "events/9000000.jsonl")
        let data = DataFolder(kept.path)
        var follower = FolderFollower(data, now: 9_000_000)
        try kept.write(record(2) + record(3), to: "events/9000000.jsonl")
        try kept.write(record(4), to: "events/9000001.jsonl")
        try kept.write(record(5), to: "calls/9000002.jsonl")
        #expect(numbers(data.last(9, upTo: follower)) == [1, 2])
        #expect(numbers(follower.next(now: 9_000_000)) == [3, 4, 5])
        #expect(numbers(data.last(9, upTo: follower)) == [1, 2, 3, 4, 5])
    }

    @Test func `a summary tells tool calls and errors where there is no text`() {
        func words(_ more: String) -> String? {
            JSONValue(parsing: Array(record(1, more).dropLast().utf8)).map { CallSummary($0).words }
        }
        #expect(words(#","output":{"content":"Hi"}"#) == "Hi")
        #expect(words(#","error":{"type":"rate_limit","message":"slow"}"#) == "rate_limit: slow")
        #expect(
            words(
                #","output":{"content":"","messages":[{"parts":[{"type":"tool_call","name":"f","argumentsRaw":"{}"}]}]}"#
            )
                == "f({})")
    }
}

@Suite struct TimeTextTests {
    @Test func `spans count back from now`() {
        #expect(TimeText.milliseconds("90s", now: 100_000) == 10_000)
        #expect(TimeText.milliseconds("10m", now: 1_000_000) == 400_000)
        #expect(TimeText.milliseconds("2h", now: 7_200_001) == 1)
        #expect(TimeText.milliseconds("3d", now: 259_200_000) == 0)
    }

    @Test func `times with a zone are exact`() {
        #expect(TimeText.milliseconds("2026-11-18T11:06:40Z", now: 0) == 1_795_000_000_000)
        #expect(TimeText.milliseconds("2026-11-18T12:06:40+01:00", now: 0) == 1_795_000_000_000)
        #expect(TimeText.milliseconds("2026-11-18 05:36-05:30", now: 0) == 1_794_999_960_000)
    }

    @Test(arguments: [
        "", "x", "5x", "-5m", "2026", "2026-13-01", "2026-01-01T25:00", "2026-1-1", "99999999999999999999d",
        "2026-01-01T1", "2026-02-31", "2026-02-31T12:00Z",
    ])
    func `what is no time is none`(text: String) {
        #expect(TimeText.milliseconds(text, now: 0) == nil)
    }
}
