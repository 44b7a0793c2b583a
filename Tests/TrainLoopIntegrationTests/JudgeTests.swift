// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration
import TrainLoopTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

private func outcome(_ output: String, errors: String = "", end: ProgramOutcome.End = .status(0)) -> ProgramOutcome {
    ProgramOutcome(end: end, output: output, errors: errors)
}

private func record(_ text: String = "Hello", shelf: String = "events", more: String = "") throws -> RecordView {
    let json = """
        {"status":"ok","provider":"openai","api":"chat","url":"https://api.openai.com/v1/chat/completions?a=b","model":"m",
        "input":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Yes?"},
        {"role":"user","content":[{"text":"How are "},{"text":"you?"}]}],"capture":{"parse":"full"},"output":{"content":"\(text)","messages":[{"finishReason":"stop","parts":[
        {"type":"text","content":"\(text)"},
        {"type":"tool_call","name":"f","arguments":{"b":1.50,"a":"x"}}]}]},"usage":{"inputTokens":3},
        "http":{"status":200},"location":{"file":"/app/a.py","lineNumber":"7"}\(more)}
        """
    return RecordView(tree: try #require(JSONTree(text: json)), shelf: shelf)
}

private func expectation(_ json: String) throws -> ReportedCall {
    try #require(ReportedCall.all(in: "EXPECT [\(json)]\n")?.first)
}

@Suite struct JudgeTests {
    private let judge = Judge()

    // MARK: Transparency

    @Test func `the same result is transparent, and what the run says on standard error does not count`() {
        let bare = outcome("a\nb\n", errors: "warning\n")
        let recorded = outcome("a\nb\n", errors: "warning\ntrainloop: 1 exchange seen\n")
        var run = judge
        run.runLines = Judge.runLines
        #expect(run.transparency(bare: bare, recorded: recorded).isEmpty)
        #expect(judge.transparency(bare: bare, recorded: recorded).count == 1, "in process there is no run")
        let printed = outcome("a\nb\ntrainloop: 1 exchange seen\n", errors: "warning\n")
        #expect(run.transparency(bare: bare, recorded: printed).count == 1, "standard output is the program's alone")
    }

    @Test(arguments: [
        (Array("caf\u{e9}\n".utf8), Array("cafe\u{301}\n".utf8), "at byte 4"),
        (Array("a\nb".utf8), Array("a\r\nb".utf8), "in line 1: "),
        ([0x61, 0xff, 0x0a], [0x61, 0xfe, 0x0a], "at byte 2"),
        ([0x61, 0xff, 0x0a], Array("a\u{fffd}\n".utf8), "at byte 2"),
        (Array(String(repeating: "a", count: 300).utf8), Array(String(repeating: "a", count: 301).utf8), "at byte 301"),
    ])
    func `bytes are compared, and not what they look like`(_ before: [UInt8], _ after: [UInt8], _ place: String) {
        let problems = judge.transparency(
            bare: ProgramOutcome(end: .status(0), outputBytes: before, errorBytes: []),
            recorded: ProgramOutcome(end: .status(0), outputBytes: after, errorBytes: []))
        #expect(problems.count == 1)
        #expect(problems.first?.message.contains(place) == true, "\(problems)")
    }

    @Test func `another line, and another exit status, are told with their place`() throws {
        let problems = judge.transparency(
            bare: outcome("a\nb\n"), recorded: outcome("a\nc\n", end: .status(1)))
        #expect(problems.map(\.kind) == [.transparency, .transparency])
        #expect(problems[0].message == "exit 0 became exit 1")
        #expect(problems[1].message == "standard output differs in line 2: without us 'b', with us 'c'")
    }

    @Test func `where each answer differs, only the end is compared`() {
        var judge = Judge()
        judge.isDeterministic = false
        #expect(judge.transparency(bare: outcome("a"), recorded: outcome("b")).isEmpty)
        #expect(judge.transparency(bare: outcome("a"), recorded: outcome("a", end: .timedOut(60))).count == 1)
    }

    @Test func `the time that a test framework took does not count`() {
        var judge = Judge()
        judge.ignoresDurations = true
        let problems = judge.transparency(
            bare: outcome("1 passed in 0.05s\n", errors: "Ran 1 test in 0.003s\n"),
            recorded: outcome("1 passed in 1.25s\n", errors: "Ran 1 test in 0.120s\n"))
        #expect(problems.isEmpty)
        #expect(!judge.transparency(bare: outcome("1 passed in 1s"), recorded: outcome("2 passed in 1s")).isEmpty)
    }

    // MARK: Truth and once

    @Test func `a record that says what the library says is true`() throws {
        let entry = try expectation(
            #"""
            {"status":"ok","http":200,"text":"Hello","model":"m","inputTokens":3,"finishReason":"stop",
            "provider":"openai","api":"chat","url":"https://api.openai.com/v1/chat/completions","input":"How are you?",
            "toolCalls":[{"arguments":{"a":"x","b":1.5},"name":"f"}]}
            """#.replacing("\n", with: ""))
        #expect(judge.truth([entry], [try record()]).isEmpty)
    }

    @Test(arguments: [
        (#""text":"Hallo""#, "text is \"Hello\", the library has \"Hallo\""),
        (#""http":201"#, "http is 200, the library has 201"),
        (#""inputTokens":4"#, "inputTokens is 3, the library has 4"),
        (#""outputTokens":4"#, "outputTokens is null, the library has 4"),
        (#""finishReason":"length""#, "finishReason is \"stop\", the library has \"length\""),
        (#""input":"Hi""#, "input is \"How are you?\", the library has \"Hi\""),
        (#""provider":"anthropic""#, "provider is \"openai\", the library has \"anthropic\""),
        (#""url":"https://api.openai.com/v1/responses""#, "/chat/completions\", the library has "),
        (#""textPrefix":"Hello,","text":"Hello""#, "text 'Hello' does not start with 'Hello,'"),
    ])
    func `a record that says something else is told`(_ member: String, _ message: String) throws {
        let problems = judge.truth([try expectation(#"{"status":"ok",\#(member)}"#)], [try record()])
        #expect(problems.map(\.kind) == [.truth])
        #expect(problems.first?.message.contains(message) == true, "\(problems)")
    }

    @Test func `what no parser has understood is true only where the program says so`() throws {
        let unparsed = RecordView(
            tree: try #require(
                JSONTree(text: #"{"status":"ok","api":"unknown","http":{"status":200},"capture":{"parse":"raw"}}"#)),
            shelf: "calls")
        let known = try expectation(#"{"status":"ok","http":200}"#)
        #expect(
            judge.truth([known], [unparsed]).map(\.message) == ["api is \"unknown\", of a call that the library knows"])
        #expect(judge.truth([try expectation(#"{"status":"ok","http":200,"api":"unknown"}"#)], [unparsed]).isEmpty)
        #expect(!judge.truth([try expectation(#"{"status":"ok","api":"unknown"}"#)], [try record()]).isEmpty)
    }

    @Test func `a reply that the library has read is parsed in full`() throws {
        var partial = try record()
        partial.tree = try #require(JSONTree(text: partial.tree.text.replacing("\"full\"", with: "\"partial\"")))
        let problems = judge.truth([try expectation(#"{"status":"ok","text":"Hello"}"#)], [partial])
        #expect(
            problems.map(\.message) == ["capture.parse is \"partial\", of a reply that the library has read"])
    }

    @Test func `letters that only look the same are not the same`() throws {
        let entry = try expectation("{\"status\":\"ok\",\"text\":\"caf\u{e9}\"}")
        #expect(judge.truth([entry], [try record("caf\u{e9}")]).isEmpty)
        #expect(judge.truth([entry], [try record("cafe\u{301}")]).count == 1)
        let one = try #require(JSONTree(text: "{\"\u{e9}\":[1.0]}"))
        #expect(one == JSONTree(text: "{ \"\u{e9}\": [1] }"))
        #expect(one != JSONTree(text: "{\"e\u{301}\":[1]}"))
    }

    @Test func `nothing reported is nothing proved`() {
        #expect(judge.truth([], []).map(\.kind) == [.program])
    }

    @Test func `a record names an address that the program calls, and who answers there`() throws {
        var judge = judge
        #expect(judge.places([try record()]).isEmpty)
        judge.addresses = ["https://api.openai.com": "openai", "http://127.0.0.1:80": nil]
        #expect(judge.places([try record()]).isEmpty)
        judge.addresses = ["https://api.openai.com": "anthropic"]
        #expect(judge.places([try record()]).first?.message.hasPrefix("provider is openai, anthropic is at ") == true)
        judge.addresses = ["https://api.openai.co": "openai"]
        #expect(
            judge.places([try record()]).first?.message.hasSuffix("the program calls https://api.openai.co") == true)
    }

    @Test func `the status counts, whichever way it was told`() throws {
        let entry = try #require(ReportedCall.all(in: "REPLY 429\n{}\nEND\n")?.first)
        #expect(judge.truth([entry], [try record()]).first?.message.hasPrefix("status is \"ok\", ") == true)
    }

    @Test func `a reply on the shelf of other exchanges is told`() throws {
        let entry = try expectation(#"{"status":"ok","text":"Hello"}"#)
        #expect(judge.truth([entry], [try record(shelf: "calls")]).first?.message == "it lies in calls/")
    }

    @Test func `records of concurrent calls may come in any order`() throws {
        let entries = try ["One", "Two"].map { try expectation(#"{"status":"ok","text":"\#($0)"}"#) }
        #expect(judge.truth(entries, [try record("Two"), try record("One")]).isEmpty)
    }

    @Test func `an exchange without a record, and a record too many, are told`() throws {
        let entry = try expectation(#"{"status":"ok","text":"Hello"}"#)
        let lost = judge.truth([entry, entry], [try record()])
        #expect(lost.map(\.kind) == [.once, .once])
        #expect(lost[0].message == "2 exchanges, 1 records")
        let doubled = judge.truth([entry], [try record(), try record()])
        #expect(doubled.map(\.kind) == [.once, .once])
        #expect(doubled[1].message.hasPrefix("a record too many"))
    }

    // MARK: Location

    @Test func `a location is a line that calls, save of so many calls as may lack one`() throws {
        let calls: Set = [7]
        let entry = try expectation(#"{"status":"ok"}"#)
        let free = try expectation(#"{"status":"ok","mayLackLocation":true}"#)
        var unknown = try record()
        unknown.tree = try #require(JSONTree(text: #"{"location":{"file":"unknown","lineNumber":"0"}}"#))
        func problems(_ entries: [ReportedCall], _ records: [RecordView]) -> [String] {
            judge.locations(entries, records, program: "/app/a.py", callLines: calls).map(\.message)
        }
        #expect(problems([entry], [try record()]).isEmpty)
        #expect(problems([entry], [unknown]) == ["unknown:0 is no line of a call"])
        #expect(problems([free], [unknown]).isEmpty)
        #expect(problems([free], [unknown, unknown]).count == 1)
        #expect(judge.locations([entry], [try record()], program: "/app/b.py", callLines: calls).count == 1)
        #expect(judge.locations([entry], [try record()], program: "/app/a.py", callLines: [8]).count == 1)
    }

    // MARK: Clean

    @Test func `a key is found in any file, whatever its case`() throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder("\(folder.path)/events")
        try Files.write("{\"a\":\"nothing\"}\n", to: "\(folder.path)/events/1.jsonl")
        let secrets = Secrets(["canary", "short"])
        #expect(judge.clean(folder: folder.path, secrets: secrets).isEmpty)
        try Files.write("{\"a\":\"sk-CaNaRy-0\",\"b\":\"short\"}\n", to: "\(folder.path)/events/2.jsonl")
        let problems = judge.clean(folder: folder.path, secrets: secrets)
        #expect(problems.map(\.message) == ["a key is in events/2.jsonl"])
        #expect(judge.clean(folder: folder.path, secrets: secrets, own: ["events/2.jsonl"]).isEmpty)
        #expect(judge.clean(folder: folder.path, secrets: Secrets(["short"])).isEmpty, "too short to be a key")
    }

    @Test func `what a link leads to is not looked at, nor a pipe`() throws {
        let folder = try TemporaryFolder()
        try folder.write("text", to: "a/file")
        #expect(symlink("a", "\(folder.path)/link") == 0 && mkfifo("\(folder.path)/pipe", 0o600) == 0)
        #expect(Files.all(under: folder.path) == ["\(folder.path)/a/file"])
    }

    @Test func `a key is taken out before anything is cut`() {
        let secrets = Secrets(["sk-true-1", "sk-true-123"])
        #expect(secrets.hidden(in: "a sk-true-123 b SK-True-1") == "a [key] b [key]")
        let long = String(repeating: "x", count: 195) + "sk-true-123"
        let told = outcome(long, errors: long).hiding(secrets)
        #expect(told.output.hasSuffix("x[key]") && told.errors.hasSuffix("x[key]"))
        let problem = judge.transparency(bare: outcome("").hiding(secrets), recorded: told).first?.message ?? "sk-"
        #expect(!problem.contains("sk-"), "\(problem)")
    }
}

@Suite struct ExpectationTests {
    @Test func `a program that prints neither EXPECT nor replies has said nothing`() {
        #expect(ReportedCall.all(in: "hello\n") == nil)
        #expect(ReportedCall.all(in: "EXPECT no json\n") == nil)
        #expect(ReportedCall.all(in: "EXPECT []\n") == [])
    }

    @Test func `a plain reply is read by its bytes`() throws {
        let output = """
            REPLY 200
            {"model":"m-1","choices":[{"message":{"content":"Hi\\nthere"},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":2,"completion_tokens":5}}
            END
            REPLY 429
            {"error":{}}
            END

            """
        let all = try #require(ReportedCall.all(in: output))
        #expect(all.map(\.status) == ["ok", "error"])
        #expect(all[0].text == "Hi\nthere")
        #expect(all[0].values["responseModel"] == .string("m-1"))
        #expect(all[0].values["outputTokens"] == .number(5))
        #expect(all[0].values["finishReason"] == .string("stop"))
        #expect(all[1].values == ["http": .number(429), "status": .string("error")])
    }

    @Test func `replies are told with the requests that the runner gave`() throws {
        let bodies = ["One", "Two"].map { text in
            #"{"model":"m","messages":[{"role":"user","content":"\#(text)"}]}"#
        }
        let calls = try #require(ReportedCall.all(in: String(repeating: "REPLY 500\n\nEND\n", count: 4)))
        let posted = try #require(ReportedCall.posted(calls, bodies: bodies, url: "u"))
        #expect(posted.map { $0.values["input"]?.string } == ["One", "One", "Two", "Two"])
        #expect(posted.allSatisfy { $0.values["model"] == .string("m") && $0.values["url"] == .string("u") })
        #expect(ReportedCall.posted(Array(calls.prefix(3)), bodies: bodies, url: "u") == nil)
    }

    @Test func `lines that end as on Windows are lines`() throws {
        let output = "x\r\nREPLY 200\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\r\n\r\nEND\n"
        #expect(try #require(ReportedCall.all(in: output)?.first).text == "a")
        #expect(ReportedCall.all(in: "x\r\nEXPECT [{\"status\":\"ok\"}]\n")?.map(\.status) == ["ok"])
    }

    @Test func `of a stream that was left, the beginning counts`() throws {
        let output = "REPLY 200\ndata: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\nBREAK\n"
        let reply = try #require(ReportedCall.all(in: output)?.first)
        #expect(reply.status == "incomplete" && reply.text == nil && reply.textPrefix == "He")
    }

    @Test func `calls without a reply have ended by the client's time or its will`() throws {
        let all = try #require(ReportedCall.all(in: "FAILED time-out: deadline\nFAILED cancel: cancelled\n"))
        #expect(all.map(\.status) == ["error", "incomplete"])
        let record = RecordView(
            tree: try #require(JSONTree(text: #"{"status":"error","api":"chat","error":{"type":"timeout"}}"#)),
            shelf: "calls")
        #expect(record.differences(from: all[0]).isEmpty)
        #expect(!record.differences(from: all[1]).isEmpty)
    }

    @Test func `a streamed reply is joined, with its tool calls`() throws {
        let output = """
            REPLY 200
            data: {"model":"m-1","choices":[{"delta":{"content":"He"}}]}

            data: {"choices":[{"delta":{"content":"llo","tool_calls":[{"function":{"name":"f","arguments":"{\\"a\\":"}}]}}]}

            data: {"choices":[{"delta":{"tool_calls":[{"function":{"arguments":"1}"}}]},"finish_reason":"tool_calls"}]}

            data: {"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":5}}

            data: [DONE]
            END
            """
        let reply = try #require(ReportedCall.all(in: output)?.first)
        #expect(reply.text == "Hello")
        let call = JSONTree.object(["name": .string("f"), "arguments": .object(["a": .number(1)])])
        #expect(reply.values["toolCalls"] == .array([call]))
        #expect(reply.values["finishReason"] == .string("tool_calls"))
        #expect(reply.values["inputTokens"] == .number(2))
    }
}
