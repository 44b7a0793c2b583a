// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Synchronization
import Testing

/// What a person sees at the command line: the demo, and the commands that read.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ReadingCommandsTests {
    /// A folder with what the demo records, in `data`.
    private func demonstrated() async throws -> (folder: ScratchFolder, output: String) {
        let folder = try ScratchFolder()
        let demo = try await Programs.run(
            [Programs.trainloop, "demo"], environment: ["TRAINLOOP_DATA_FOLDER": "data"], folder: folder.url)
        #expect(demo.status == 0, "\(demo.errors)")
        return (folder, demo.output)
    }

    private func run(_ words: [String], _ folder: ScratchFolder) async throws -> ProcessOutcome {
        try await Programs.run([Programs.trainloop] + words + ["--data-folder", "data"], folder: folder.url)
    }

    @Test func `the demo records six calls and shows them, without keys, network and set-up`() async throws {
        let (folder, output) = try await demonstrated()
        #expect(output.contains("6 exchanges seen, 6 recorded, 0 unparsed, 0 bypassed -> data"))
        for word in [
            "What is", "story", "get_weather", "anthropic/claude-3-haiku", "2 embeddings", "error", "trainloop events",
        ] {
            #expect(output.contains(word), "\(word)\n\(output)")
        }
        let records = try folder.records()
        #expect(records.count == 6)
        #expect(!folder.everything().contains("sk-demo"))
        #expect(!folder.everything().contains("sk-ant-demo"))
    }

    @Test func `the demo goes its way whatever hosts the user has chosen, and beside other runs`() async throws {
        let folder = try ScratchFolder()
        let environment = ["TRAINLOOP_DATA_FOLDER": "data", "TRAINLOOP_HOST_ALLOWLIST": "llm.example.com"]
        async let first = Programs.run([Programs.trainloop, "demo"], environment: environment, folder: folder.url)
        async let second = Programs.run([Programs.trainloop, "demo"], environment: environment, folder: folder.url)
        for demo in try await [first, second] {
            #expect(demo.status == 0, "\(demo.errors)")
            #expect(demo.output.contains("6 exchanges seen, 6 recorded, 0 unparsed, 0 bypassed -> data"))
        }
        #expect(try folder.records().count == 12)
    }

    @Test func `events lists, filters, shows and prints the lines as they are stored`() async throws {
        let (folder, _) = try await demonstrated()
        let list = try await run(["events"], folder)
        #expect(list.status == 0)
        #expect(list.output.split(separator: "\n").count == 7)
        #expect(!list.output.contains("\u{1b}"))
        let errors = try await run(["events", "--status", "error", "--json"], folder)
        let line = try #require(errors.output.split(separator: "\n").first)
        #expect(try folder.records().contains { $0["id"] as? String == id(line) })
        let one = try await run(["events", "list", "--tag", "weather", "--since", "10m", "-n", "5"], folder)
        #expect(one.output.split(separator: "\n").count == 2)
        let identifier = try #require(id(line))
        for part in [identifier, String(identifier.suffix(8))] {
            let shown = try await run(["events", "show", part], folder)
            #expect(shown.output.contains(identifier))
            #expect(shown.output.contains("[sim:error=429] Once more"))
            let stored = try await run(["events", "show", part, "--json"], folder)
            #expect(stored.output == "\(line)\n")
        }
        #expect(try await run(["events", "show", "0"], folder).status == 64)
        #expect(try await run(["events", "--since", "yesterday"], folder).status == 64)
        for status in ["good", "lost"] { #expect(try await run(["events", "--status", status], folder).status == 64) }
    }

    #if os(Linux)
        @Test func `what cannot be written is told`() async throws {
            let (folder, _) = try await demonstrated()
            let script = #""$0" events --data-folder data > /dev/full"#
            let full = try await Programs.run(["/bin/sh", "-c", script, Programs.trainloop], folder: folder.url)
            #expect(full.status == 1)
            #expect(full.errors == "trainloop: cannot write to standard output: No space left on device\n")
        }
    #endif

    @Test func `the index is left as it is where the calls cannot be read`() async throws {
        let (folder, _) = try await demonstrated()
        let index = folder.url.appending(path: "data/_registry.json")
        let before = try String(contentsOf: index, encoding: .utf8)
        let lost = folder.url.appending(path: "data/events/9.jsonl")
        try FileManager.default.createSymbolicLink(atPath: lost.path, withDestinationPath: "/nowhere")
        let refused = try await run(["registry", "rebuild"], folder)
        #expect(refused.status == 1)
        #expect(refused.errors.contains("9.jsonl: No such file or directory"), "\(refused.errors)")
        #expect(try String(contentsOf: index, encoding: .utf8) == before)
        let misspelt = try await Programs.run(
            [Programs.trainloop, "registry", "rebuild", "--data-folder", "date"], folder: folder.url)
        #expect(misspelt.status == 1)
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "date").path))
    }

    @Test func `an empty folder prints nothing and says so beside`() async throws {
        let folder = try ScratchFolder()
        let none = try await run(["events"], folder)
        #expect((none.status, none.output) == (0, ""))
        #expect(none.errors.hasSuffix("/data: No such file or directory\n"), "\(none.errors)")
        let data = folder.url.appending(path: "data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        let empty = try await run(["events"], folder)
        #expect((empty.status, empty.output) == (0, ""))
        #expect(empty.errors.hasPrefix("trainloop: no calls found in ") && empty.errors.hasSuffix("/data\n"))
    }

    @Test func `what cannot be read is told, by the list and where one call is looked for`() async throws {
        let folder = try ScratchFolder()
        let data = folder.url.appending(path: "data")
        try FileManager.default.createDirectory(at: data, withIntermediateDirectories: true)
        try Data().write(to: data.appending(path: "events"))
        for words in [["events"], ["events", "show", "5b1d0a6b0001"]] {
            let errors = try await run(words, folder).errors
            #expect(errors.contains("/data/events: Not a directory\n"), "\(errors)")
        }
    }

    @Test func `show tells where media lies, and which is nowhere`() async throws {
        let folder = try ScratchFolder()
        let hash = String(repeating: "0a", count: 32)
        let media = [
            "blob:sha256:\(hash);image/png;20", "drop:sha256:\(hash);audio/wav;7", "lost:sha256:\(hash);a/b;1",
        ]
        let line = #"{"durationMs":1,"id":"0199d1c2-7c00-7a3e-9f10-5b1d0a6b0001","capture":{"media":\#(media)}}"#
        let events = folder.url.appending(path: "data/events")
        try FileManager.default.createDirectory(at: events, withIntermediateDirectories: true)
        try Data("\(line)\n".utf8).write(to: events.appending(path: "1.jsonl"))
        let shown = try await run(["events", "show", "5b1d0a6b0001"], folder)
        #expect(shown.output.contains("media     image/png, 20 bytes: "))
        #expect(shown.output.contains("/data/blobs/sha256/0a/\(hash.dropFirst(2))\n"))
        #expect(shown.output.contains("media     audio/wav, 7 bytes, not stored: sha256 \(hash)\n"))
        #expect(shown.output.contains("media     a/b, 1 bytes, lost: sha256 \(hash)\n"))
    }

    @Test func `a time from the list takes in the calls that the list shows at that time`() async throws {
        let folder = try ScratchFolder()
        let events = folder.url.appending(path: "data/events")
        try FileManager.default.createDirectory(at: events, withIntermediateDirectories: true)
        let lines = [1_795_000_000_000, 1_795_000_000_999, 1_795_000_001_000].map {
            #"{"durationMs":1,"startTimeMs":\#($0),"endTimeMs":\#($0 + 1),"id":"abc","status":"ok"}"# + "\n"
        }
        try Data(lines.joined().utf8).write(to: events.appending(path: "1795000000000.jsonl"))
        let time = "2026-11-18T11:06:40Z"
        let listed = try await run(["events", "--json", "--since", time, "--until", time], folder)
        #expect(listed.output == lines[..<2].joined())
    }

    @Test func `recorded control characters do not reach a terminal`() async throws {
        let folder = try ScratchFolder()
        let events = folder.url.appending(path: "data/events")
        try FileManager.default.createDirectory(at: events, withIntermediateDirectories: true)
        let record =
            #"{"durationMs":1,"tag":"a\u001b[31m","model":"m\u0007","output":{"content":"x\u001b]0;t\u0007\u202ey"},"startTimeMs":1,"endTimeMs":2,"id":"abc","status":"ok"}"#
        try Data("\(record)\n".utf8).write(to: events.appending(path: "1.jsonl"))
        for words in [["events"], ["events", "show", "abc"]] {
            let output = try await run(words, folder).output
            #expect(output.contains("m\u{fffd}"))
            #expect(
                !output.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202e }, "\(output)")
        }
    }

    @Test func `tail follows what is added`() async throws {
        let (folder, _) = try await demonstrated()
        let tail = try Programs.start(
            [Programs.trainloop, "events", "tail", "-f", "-n", "1", "--json", "--data-folder", "data"],
            folder: folder.url)
        #expect(await tail.output.lines { _ in true }.count == 1)
        let demo = try await Programs.run(
            [Programs.trainloop, "demo"], environment: ["TRAINLOOP_DATA_FOLDER": "data"], folder: folder.url)
        #expect(demo.status == 0)
        let last = try #require(try folder.records().last?["id"] as? String)
        // Two shelves are followed, and which is read first says nothing of what came first.
        let count = Atomic(0)
        let lines = await tail.output.lines { _ in count.add(1, ordering: .relaxed).newValue == 6 }
        #expect(lines.contains { $0.contains(last) })
        tail.signal(SIGTERM)
        _ = await tail.status()
    }

    @Test func `tail ends when nobody reads, also where that signal is ignored`() async throws {
        let folder = try ScratchFolder()
        let events = folder.url.appending(path: "data/events")
        try FileManager.default.createDirectory(at: events, withIntermediateDirectories: true)
        try Data("{\"durationMs\":1,\"id\":\"a\"}\n".utf8).write(to: events.appending(path: "1.jsonl"))
        // The end to write to stays open when the only one that could read is closed.
        let script = #"trap "" PIPE; mkfifo p; exec 3<>p 4>p 3>&-; exec "$0" events tail -f --data-folder data >&4"#
        let tail = try await Programs.run(["/bin/sh", "-c", script, Programs.trainloop], folder: folder.url)
        #expect((tail.status, tail.errors) == (0, ""))
    }

    @Test func `the registry is rebuilt from the events`() async throws {
        let (folder, _) = try await demonstrated()
        let registry = folder.url.appending(path: "data/_registry.json")
        let before = try String(contentsOf: registry, encoding: .utf8)
        #expect(before.contains("\"count\": 4}"))
        try FileManager.default.removeItem(at: registry)
        #expect(try await run(["registry", "rebuild"], folder).errors.contains("4 calls of 1 call sites"))
        #expect(try String(contentsOf: registry, encoding: .utf8).contains("\"count\": 4}"))
    }

    @Test func `every command has help with an example or a purpose`() async throws {
        for words in [
            [], ["run"], ["proxy"], ["events"], ["events", "list"], ["events", "show"], ["events", "tail"],
            ["registry"],
            ["registry", "rebuild"], ["simulate"], ["demo"],
        ] {
            let help = try await Programs.run([Programs.trainloop] + words + ["--help"])
            #expect(help.status == 0)
            #expect(help.output.hasPrefix("OVERVIEW: "), "\(words)")
        }
    }

    private func id(_ line: Substring) -> String? {
        let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return record?["id"] as? String
    }
}
