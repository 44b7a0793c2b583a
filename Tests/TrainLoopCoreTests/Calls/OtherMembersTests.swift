// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// What has no key of its own in the record, and what a reply without text is to the journal.
@Suite struct OtherMembersTests {
    private func chat(_ response: String) -> ExchangeScript {
        var script = ExchangeScript()
        script.request = Array(#"{"model":"m","messages":[{"role":"user","content":"Hi"}],"seed":7}"#.utf8)
        script.response = Array(response.utf8)
        return script
    }

    private func responses(_ item: String) -> ExchangeScript {
        var script = ExchangeScript()
        script.target = "/v1/responses"
        script.request = Array(#"{"model":"m","input":"Hi"}"#.utf8)
        script.response = Array(#"{"id":"r","status":"completed","output":[\#(item)]}"#.utf8)
        return script
    }

    @Test func `null, the empty, and what repeats the request say nothing`() throws {
        let choices = #""choices":[{"index":0,"finish_reason":"stop","message":{"content":"a","x":null,"y":""}}]"#
        let record = try chat(#"{\#(choices),"seed":7,"a":null,"b":[ ],"c":{ },"d":""}"#).record()
        #expect(record.at("output.other") == nil)
        #expect(record.at("output.messages.0.other") == nil)
        let other = try chat(#"{\#(choices),"seed":8,"a":false,"b":0}"#).record().at("output.other")
        #expect(other.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"seed":8,"a":false,"b":0}"#)
    }

    @Test func `tokens that come again are kept, and a name is not told twice`() throws {
        var script = chat("")
        for event in [#""token_ids":[5],"x":{"t":null}"#, #""token_ids":[5],"x":{"t":{"w":1}}"#, #""token_ids":[5,6]"#]
        {
            script.response += Array(
                "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"},\(event)}]}\n\n".utf8)
        }
        let other = try script.record().at("output.messages.0.other")
        #expect(
            other.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"token_ids":[5,5,5,6],"x":{"t":{"w":1}}}"#)
    }

    @Test func `objects too large to be compared give way to the next`() throws {
        func members(_ letter: String) -> String {
            (0..<20_000).map { "\"\(letter)\($0)\":\($0)" }.joined(separator: ",")
        }
        var script = ExchangeScript(host: "api.anthropic.com", target: "/v1/messages")
        let events = [
            #"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":3,"output_tokens":1,\#(members("a"))}}}"#,
            #"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":7,\#(members("b"))}}"#,
            #"{"type":"message_stop"}"#,
        ]
        script.response = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
        let record = try script.record()
        #expect(record.at("usage.outputTokens")?.text == "7")
    }

    @Test func `usage that grows without end is told, not kept`() throws {
        var script = ExchangeScript(host: "api.anthropic.com", target: "/v1/messages")
        script.limits.responseByteCount = 0
        let events = (0..<40).map { number in
            let fill = String(repeating: "x", count: 1000)
            return #"{"type":"message_delta","usage":{"output_tokens":\#(number),"m\#(number)":"\#(fill)"}}"#
        }
        script.response = Array(events.map { "data: \($0)\n\n" }.joined().utf8)
        let record = try script.record()
        #expect(record.at("usage.raw").map { $0.bytes.count } ?? .max < 20_000)
        #expect(record.at("capture.truncated")?.bool == true)
    }

    @Test func `members without end are told, not kept`() throws {
        let members = (0..<1000).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        let choices = #""choices":[{"index":0,"finish_reason":"stop","message":{"content":"a"}}]"#
        let record = try chat("{\(choices),\(members)}").record()
        var count = 0
        record.at("output.other")?.forEachMember { _, _ in count += 1 }
        #expect(count == 256)
        #expect(record.at("capture.parse")?.string == "partial")
    }

    private func stream(_ deltas: [String]) -> ExchangeScript {
        let chunks = deltas.map { "data: {\"choices\":[{\"index\":0,\"delta\":\($0)}]}\n\n" }
        return chat(chunks.joined() + "data: [DONE]\n\n")
    }

    @Test func `a list goes on in the next piece of a message, unless it is the same; a word is replaced`() throws {
        let deltas = [
            #"{"a":[1],"w":"x","r":["u"]}"#, #"{"a":[2,3],"w":"y","r":["u"]}"#, #"{"a":[ ],"w":"y","r":["u"]}"#,
        ]
        let other = try stream(deltas).record().at("output.messages.0.other")
        #expect(
            other.map { String(decoding: $0.bytes, as: UTF8.self) } == #"{"a":[1,2,3],"w":"y","r":["u"]}"#)
    }

    @Test func `whole messages that grow are one message`() throws {
        let messages = ["Good", "Good day", "Good day."].map { #"{"index":0,"message":{"content":"\#($0)"}}"# }
        let chunks = messages.map { "data: {\"choices\":[\($0)]}\n\n" }
        #expect(try chat(chunks.joined()).record().at("output.content")?.string == "Good day.")
    }

    @Test func `a piece that names a call again is of the same call until its arguments are whole`() throws {
        func piece(_ arguments: String) -> String {
            #"{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"\#(arguments)"}}]}"#
        }
        let pieces = ["", #"{\"a\""#, ":1}", #"{\"a\":2}"#, ""]
        let parts = try stream(pieces.map(piece)).record().at("output.messages.0.parts")
        var arguments: [String] = []
        parts?.forEachElement { arguments.append($0["argumentsRaw"]?.string ?? "") }
        #expect(arguments == [#"{"a":1}"#, #"{"a":2}"#])
    }

    @Test(arguments: ["computer_call", "local_shell_call", "shell_call", "apply_patch_call", "mcp_approval_request"])
    func `a call of a tool that the application runs is a reply that an eval can score`(_ type: String) throws {
        let script = responses(#"{"type":"\#(type)","id":"i","call_id":"c"}"#)
        #expect(script.run().shelf == .events)
        #expect(try script.record().at("output.messages.0.finishReason")?.string == "tool_call")
    }

    @Test(arguments: ["web_search_call", "image_generation_call", "mcp_list_tools"])
    func `a call that the provider ran alone is none`(_ type: String) throws {
        let script = responses(#"{"type":"\#(type)","id":"i"}"#)
        #expect(script.run().shelf == .calls)
        #expect(try script.record().at("output.messages.0.finishReason")?.string == "stop")
    }
}
