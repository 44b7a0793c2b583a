// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopSystem
import Testing
import TrainLoopCore
import TrainLoopJournal
import TrainLoopTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct RegistryTests {
    static let now = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)

    @Test func `call sites are counted in the format of TrainLoop 0.9`() throws {
        let folder = try TemporaryFolder()
        for _ in 0..<2 {
            var registry = Registry(folder: folder.path)
            registry.note(line("a", tag: "one", file: "/app/a \"quoted\".py"), at: Self.now)
            registry.note(line("b", tag: "", file: "/app/b.py"), at: Self.now)
            #expect(registry.merge() == nil)
            #expect(registry.merge() == nil)
        }
        let json = try #require(JSONValue(parsing: Array(folder.read("_registry.json").utf8)))
        #expect(json["schema"]?.integer == 1)
        var entries: [String] = []
        json["files"]?.forEachMember { _, lines in
            lines.forEachMember { name, entry in
                #expect(String(decoding: name, as: UTF8.self) == entry["lineNumber"]?.string)
                entries.append(
                    "\(entry["tag"]?.string ?? "") \(entry["count"]?.integer ?? 0) \(entry["firstSeen"]?.string ?? "")")
            }
        }
        #expect(entries == ["one 2 2026-11-18T11:06:40+00:00", "untagged 2 2026-11-18T11:06:40+00:00"])
    }

    @Test func `merges at the same time lose no count`() async throws {
        let folder = try TemporaryFolder()
        await withTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    var registry = Registry(folder: folder.path)
                    for _ in 0..<25 {
                        registry.note(line("a"), at: Self.now)
                        _ = registry.merge()
                    }
                    // One that found the lock taken keeps its count for the next merge.
                    while !registry.isMerged { _ = registry.merge() }
                }
            }
        }
        #expect(folder.read("_registry.json").contains("\"count\": 200}"))
    }

    @Test func `a held lock is not waited for`() throws {
        let folder = try TemporaryFolder()
        let lock = trainloop_try_lock("\(folder.path)/_registry.lock")
        var registry = Registry(folder: folder.path)
        registry.note(line("a"), at: Self.now)
        #expect(registry.merge() == nil)
        #expect(!registry.isMerged)
        #expect(!folder.names().contains("_registry.json"))
        trainloop_unlock(lock)
        #expect(registry.merge() == nil)
        #expect(registry.isMerged)
    }

    @Test func `a lock that a child still holds is given back`() throws {
        let folder = try TemporaryFolder()
        let lock = trainloop_try_lock("\(folder.path)/_registry.lock")
        // What a child has between its fork and its program: another descriptor of the same open file.
        let inherited = dup(lock)
        defer { close(inherited) }
        trainloop_unlock(lock)
        var registry = Registry(folder: folder.path)
        registry.note(line("a"), at: Self.now)
        #expect(registry.merge() == nil)
        #expect(registry.isMerged)
    }

    @Test(arguments: ["[]", "{\"schema\":1,", "garbage", "{\"schema\":1,\"files\":[]}"])
    func `what is no registry is set aside and told`(content: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(content, to: "_registry.json")
        var registry = Registry(folder: folder.path)
        registry.note(line("a"), at: Self.now)
        #expect(registry.merge()?.message.contains("trainloop registry rebuild") ?? false)
        #expect(folder.read("_registry.json").contains("\"count\": 1}"))
        #expect(folder.names().contains { $0.contains("corrupt") && folder.read($0) == content })
    }

    @Test(arguments: [
        ("9223372036854775807", "9223372036854775807"), ("99999999999999999999", "1"), ("-5", "1"), ("\"x\"", "1"),
        ("9223372036854775806", "9223372036854775807"),
    ])
    func `any count in the file can be added to`(count: String, sum: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(
            #"{"schema":1,"files":{"/app/a.py":{"7":{"lineNumber":"7","tag":"t","count":\#(count)}}}}"#,
            to: "_registry.json")
        var registry = Registry(folder: folder.path)
        registry.note(line("a", file: "/app/a.py"), at: Self.now)
        #expect(registry.merge() == nil)
        #expect(folder.read("_registry.json").contains("\"count\": \(sum)}"))
    }

    @Test func `a file that is there and cannot be read is left as it is`() throws {
        let folder = try TemporaryFolder()
        // A link to itself: nobody can open it, and whoever owns the folder could put a file in its place.
        #expect(symlink("_registry.json", "\(folder.path)/_registry.json") == 0)
        var registry = Registry(folder: folder.path)
        registry.note(line("a"), at: Self.now)
        #expect(registry.merge()?.errorNumber == ELOOP)
        #expect(!registry.isMerged)
        folder.remove("_registry.json")
        #expect(registry.merge() == nil)
        #expect(folder.read("_registry.json").contains("\"count\": 1}"))
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00+00:00"), (951_782_400, "2000-02-29T00:00:00+00:00"),
        (1_735_689_599, "2024-12-31T23:59:59+00:00"), (-1, "1969-12-31T23:59:59+00:00"),
        (4_107_542_400, "2100-03-01T00:00:00+00:00"),
    ])
    func `times are written as Python writes them`(seconds: Int64, text: String) {
        #expect(ISO8601.text(secondsSinceEpoch: seconds) == text)
    }
}
