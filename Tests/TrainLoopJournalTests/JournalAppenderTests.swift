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

@Suite struct JournalAppenderTests {
    static let start = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)

    @Test func `lines go to their shelves, in files that only their owner can read`() throws {
        let folder = try TemporaryFolder()
        var appender = JournalAppender(folder: "\(folder.path)/a/b")
        #expect(appender.append(line("one"), now: Self.start) == nil)
        #expect(appender.append(line("two", .calls), now: Self.start) == nil)
        #expect(appender.append(line("three"), now: Self.start) == nil)
        #expect(
            folder.read("a/b/events/1795000000000.jsonl") == "{\"durationMs\":\"one\"}\n{\"durationMs\":\"three\"}\n")
        #expect(folder.read("a/b/calls/1795000000000.jsonl") == "{\"durationMs\":\"two\"}\n")
        #expect(try mode("\(folder.path)/a/b/events") == 0o700)
        #expect(try mode("\(folder.path)/a/b/events/1795000000000.jsonl") == 0o600)
    }

    @Test func `a file is taken up for ten minutes, also by another process, then a new one is begun`() throws {
        let folder = try TemporaryFolder()
        for minutes: Int64 in [0, 4, 9, 11] {
            // A new appender each time stands for a new process.
            var appender = JournalAppender(folder: folder.path)
            let now = Timestamp(nanosecondsSinceEpoch: Self.start.nanosecondsSinceEpoch + minutes * 60_000_000_000)
            #expect(appender.append(line("\(minutes)"), now: now) == nil)
        }
        #expect(folder.names("events") == ["1795000000000.jsonl", "1795000660000.jsonl"])
        #expect(folder.read("events/1795000000000.jsonl").split(separator: "\n").count == 3)
    }

    @Test func `one appender goes on to a new file after ten minutes and over the size bound`() throws {
        let folder = try TemporaryFolder()
        var appender = JournalAppender(folder: folder.path, options: .init(maximumFileByteCount: 60))
        for second: Int64 in 0..<4 {
            let now = Timestamp(nanosecondsSinceEpoch: Self.start.nanosecondsSinceEpoch + second * 1_000_000_000)
            #expect(appender.append(line(String(repeating: "x", count: 20)), now: now) == nil)
        }
        #expect(folder.names("events").count == 2)
        let later = Timestamp(nanosecondsSinceEpoch: Self.start.nanosecondsSinceEpoch + 700_000_000_000)
        #expect(appender.append(line("later"), now: later) == nil)
        #expect(folder.names("events").last == "1795000700000.jsonl")
    }

    @Test func `a file that a wrong clock named keeps nobody from taking up the others`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "events/20261126142804.jsonl")
        for minutes: Int64 in [0, 4] {
            var appender = JournalAppender(folder: folder.path)
            let now = Timestamp(nanosecondsSinceEpoch: Self.start.nanosecondsSinceEpoch + minutes * 60_000_000_000)
            #expect(appender.append(line("\(minutes)"), now: now) == nil)
        }
        #expect(folder.names("events") == ["1795000000000.jsonl", "20261126142804.jsonl"])
    }

    @Test func `a torn tail is never glued to, at whatever byte it was torn`() throws {
        let whole = "{\"durationMs\":\"torn\"}\n"
        for cut in 1..<whole.utf8.count {
            let folder = try TemporaryFolder()
            try folder.write("{\"durationMs\":\"old\"}\n" + whole.prefix(cut), to: "events/1795000000000.jsonl")
            var appender = JournalAppender(folder: folder.path)
            #expect(appender.append(line("new"), now: Self.start) == nil)
            #expect(folder.names("events") == ["1795000000000.jsonl", "1795000000001.jsonl"])
            #expect(folder.read("events/1795000000001.jsonl") == "{\"durationMs\":\"new\"}\n")
        }
    }

    @Test func `names that are not ours do not matter, and two writers of one millisecond both find a file`() throws {
        let folder = try TemporaryFolder()
        for name in ["backup.jsonl", "99.jsonl.gz", "-1.jsonl", ".jsonl", "99999999999999999999999.jsonl"] {
            try folder.write("{", to: "events/\(name)")
        }
        try folder.write("torn", to: "events/1795000000000.jsonl")
        var appender = JournalAppender(folder: folder.path)
        #expect(appender.append(line("new"), now: Self.start) == nil)
        #expect(folder.read("events/1795000000001.jsonl") == "{\"durationMs\":\"new\"}\n")
    }

    @Test func `a folder removed while we write is made anew`() throws {
        let folder = try TemporaryFolder()
        var appender = JournalAppender(folder: folder.path)
        #expect(appender.append(line("one"), now: Self.start) == nil)
        folder.remove("events")
        #expect(appender.append(line("two"), now: Self.start) == nil)
        #expect(folder.read("events/1795000000000.jsonl") == "{\"durationMs\":\"two\"}\n")
    }

    @Test func `a descriptor that became another file's is neither written to nor closed`() throws {
        let folder = try TemporaryFolder()
        var appender = JournalAppender(folder: folder.path)
        #expect(appender.append(line("one"), now: Self.start) == nil)
        try folder.write("", to: "other")
        let other = open("\(folder.path)/other", O_WRONLY)
        let ours = try #require(
            (3..<Int32(sysconf(Int32(_SC_OPEN_MAX)))).first { same($0, "\(folder.path)/events/1795000000000.jsonl") })
        // As after closing every descriptor and opening one.
        #expect(dup2(other, ours) == ours)
        #expect(appender.append(line("two"), now: Self.start) == nil)
        #expect(folder.read("other") == "")
        #expect(folder.read("events/1795000000000.jsonl").split(separator: "\n").count == 2)
        #expect(fcntl(ours, F_GETFD) >= 0)
        close(ours)
        close(other)
    }

    /// Whether a descriptor is that file's.
    private func same(_ descriptor: Int32, _ path: String) -> Bool {
        var (one, other) = (stat(), stat())
        return fstat(descriptor, &one) == 0 && stat(path, &other) == 0 && one.st_ino == other.st_ino
            && one.st_dev == other.st_dev
    }

    @Test func `what cannot be written is told with place, reason and the way out`() throws {
        let folder = try TemporaryFolder()
        try folder.write("", to: "file")
        var appender = JournalAppender(folder: "\(folder.path)/file")
        let failure = appender.append(line("one"), now: Self.start)
        let error = try #require(failure)
        #expect(error.message.contains("\(folder.path)/file"))
        #expect(error.message.contains("Not a directory (20)"))
        #expect(error.message.contains("TRAINLOOP_DATA_FOLDER"))
    }

    #if os(Linux)
        @Test func `a full disk is told with what was written`() throws {
            let folder = try TemporaryFolder()
            try folder.write("", to: "events/README")
            symlink("/dev/full", "\(folder.path)/events/1795000000000.jsonl")
            var appender = JournalAppender(folder: folder.path)
            let failure = appender.append(line("one"), now: Self.start)
            let error = try #require(failure)
            #expect(error.errorNumber == ENOSPC)
            #expect(error.message.contains("0 of 21 bytes"))
        }
    #endif

    @Test func `many appenders at once on one folder keep every line whole`() async throws {
        let folder = try TemporaryFolder()
        await withTaskGroup { group in
            for writer in 0..<8 {
                group.addTask {
                    var appender = JournalAppender(folder: folder.path)
                    for number in 0..<200 {
                        let text =
                            "\(writer).\(number)." + String(repeating: "x", count: number % 10 == 0 ? 100_000 : 50)
                        #expect(appender.append(line(text), now: Self.start) == nil)
                    }
                }
            }
        }
        let lines = folder.names("events").flatMap { folder.read("events/\($0)").split(separator: "\n") }
        #expect(lines.count == 1600)
        #expect(lines.allSatisfy { JSONValue(parsing: Array($0.utf8)) != nil })
        #expect(Set(lines).count == 1600)
    }

    @Test func `a durable appender writes the same lines`() throws {
        let folder = try TemporaryFolder()
        var appender = JournalAppender(folder: folder.path, options: .init(isDurable: true))
        #expect(appender.append(line("one"), now: Self.start) == nil)
        appender.close()
        #expect(appender.append(line("two"), now: Self.start) == nil)
        #expect(folder.read("events/1795000000000.jsonl").split(separator: "\n").count == 2)
    }

    private func mode(_ path: String) throws -> mode_t {
        var facts = stat()
        try #require(stat(path, &facts) == 0)
        return facts.st_mode & 0o777
    }
}

/// A line that a reader takes for a record.
func line(_ text: String, _ shelf: EventLine.Shelf = .events, tag: String = "t", file: String = "unknown") -> EventLine
{
    EventLine(
        bytes: Array("{\"durationMs\":\"\(text)\"}\n".utf8), shelf: shelf, parse: .full, isTruncated: false, tag: tag,
        locationFile: file, locationLine: "7")
}
