// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration
import TrainLoopTestSupport

private func outcome(_ output: String, errors: String = "", end: ProgramOutcome.End = .status(0)) -> ProgramOutcome {
    ProgramOutcome(end: end, output: output, errors: errors)
}

private func record(_ text: String = "Hello", shelf: String = "events", more: String = "") throws -> RecordView {
    let json = """
        {"status":"ok","model":"m","output":{"content":"\(text)","messages":[{"finishReason":"stop","parts":[
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

    @Test func `the same result is transparent, and our own lines do not count`() {
        let bare = outcome("a\nb\n", errors: "warning\n")
        let recorded = outcome("a\nb\n", errors: "warning\ntrainloop: 1 exchange seen\n")
        #expect(judge.transparency(bare: bare, recorded: recorded).isEmpty)
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
        (#""textPrefix":"Hello,","text":"Hello""#, "text 'Hello' does not start with 'Hello,'"),
    ])
    func `a record that says something else is told`(_ member: String, _ message: String) throws {
        let problems = judge.truth([try expectation(#"{"status":"ok",\#(member)}"#)], [try record()])
        #expect(problems.map(\.kind) == [.truth])
        #expect(problems.first?.message.contains(message) == true, "\(problems)")
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
        #expect(judge.clean(folder: folder.path, keys: ["canary"]).isEmpty)
        try Files.write("{\"a\":\"sk-CaNaRy-0\"}\n", to: "\(folder.path)/events/2.jsonl")
        #expect(judge.clean(folder: folder.path, keys: ["canary"]).map(\.message) == ["a key is in events/2.jsonl"])
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

    @Test func `of a stream that was left, the beginning counts`() throws {
        let output = "REPLY 200\ndata: {\"choices\":[{\"delta\":{\"content\":\"He\"}}]}\n\nBREAK\n"
        let reply = try #require(ReportedCall.all(in: output)?.first)
        #expect(reply.status == "incomplete" && reply.text == nil && reply.textPrefix == "He")
    }

    @Test func `calls without a reply have ended by the client's time or its will`() throws {
        let all = try #require(ReportedCall.all(in: "FAILED time-out: deadline\nFAILED cancel: cancelled\n"))
        #expect(all.map(\.status) == ["error", "incomplete"])
        let record = RecordView(
            tree: try #require(JSONTree(text: #"{"status":"error","error":{"type":"timeout"}}"#)), shelf: "calls")
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
