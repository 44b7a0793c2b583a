// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoop
import TrainLoopSwiftTesting

/// What the application says of its calls.
@Suite(.recordsEvents) struct LabelsTests {
    private func call(_ headers: [(name: String, value: String)] = []) {
        let exchange = TrainLoop.exchange(
            "POST", url: "https://api.openai.com/v1/chat/completions", headers: headers, client: "mine")
        exchange.requestBody(#"{"model":"m","messages":[],"user":"of the body"}"#.utf8)
        exchange.requestEnd()
        exchange.end()
    }

    @Test func `a tag holds for what is called within, children included`() async throws {
        await TrainLoop.withTag("outer") {
            call()
            TrainLoop.withTag("inner") { call() }
            await Task { call() }.value
            call([("X-Trainloop-Tag", "own")])
        }
        call()
        #expect(try await recorded(5).map(\.tag) == ["outer", "inner", "outer", "own", ""])
    }

    @Test func `session, user and meta are in the record`() async throws {
        TrainLoop.with(session: "s-1", user: "u-1", meta: ["b": "2", "a\"\n": "1"]) {
            TrainLoop.with(tag: "t", meta: ["b": "3"]) { call() }
        }
        let event = try await recorded(1)[0]
        #expect(event.tag == "t")
        #expect(event["session", "id"] == "s-1")
        #expect(event["session", "userId"] == "u-1")
        #expect(event["meta"] == #"{"a\"\n":"1","b":"3"}"#, "\(event)")
    }

    @Test func `the user of the request stands where the application names none`() async throws {
        call()
        let event = try await recorded(1)[0]
        #expect(event["session", "userId"] == "of the body")
        #expect(event["meta"] == nil)
    }

    @Test func `a secret in meta is redacted as anywhere`() async throws {
        TrainLoop.with(meta: ["key": "sk-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJ"]) { call() }
        #expect(try await recorded(1)[0].json.contains("sk-abcdef") == false)
    }
}
