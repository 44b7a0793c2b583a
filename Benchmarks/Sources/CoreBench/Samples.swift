// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser

/// Bodies in the form that providers publish, with words of this project.
enum Samples {
    static let request = Array(
        #"""
        {"model":"gpt-4o-mini","messages":[{"role":"system","content":"Answer in one sentence."},{"role":"user","content":"Who crossed the river?"}],"temperature":0.2,"max_tokens":256}
        """#.utf8)

    /// 2 KiB.
    static let plainChat: [UInt8] = {
        let head =
            #"{"id":"chatcmpl-bench","object":"chat.completion","created":1750000000,"model":"gpt-4o-mini","choices":["#
            + #"{"index":0,"message":{"role":"assistant","content":""#
        let tail =
            #""},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":9,"total_tokens":21}}"#
        let line = #"The river was wide, and \"no one\" had crossed it since the Brücke fell.\n"#
        let room = 2_048 - head.utf8.count - tail.utf8.count
        let count = room / line.utf8.count
        let text = String(repeating: line, count: count)
        return Array((head + text + String(repeating: ".", count: room - text.utf8.count) + tail).utf8)
    }()

    private static let words = [
        "The", " river", " was", " wide", ",", " and", #" \"no"#, #" one\""#, " had", " crossed", " it", " since",
        " the", " Brücke", " fell", #".\n"#, " 橋", #" caf\u00e9"#,
    ]

    /// What the events of a stream have in common.
    enum Kind: String, CaseIterable, ExpressibleByArgument {
        /// Everything but the text.
        case even
        /// Everything but the text and a padding of changing length, as OpenAI pads events to hide their length.
        case padded
        /// Less: between the padded texts every fifth event is a piece of a tool's arguments.
        case mixed
    }

    /// A streamed chat completion of at least so many bytes: a role, one token an event, usage, the end.
    static func streamedChat(_ kind: Kind, byteCount: Int) -> String {
        var body = ""
        body.reserveCapacity(byteCount + 1_000)
        body += event(#"{"role":"assistant","content":"","refusal":null}"#, finish: "null", padding: nil)
        var number = 0
        while body.utf8.count < byteCount - 600 {
            let word = words[number % words.count]
            switch kind {
            case .even: body += event(#"{"content":"\#(word)"}"#, finish: "null", padding: nil)
            case .mixed where number % 5 == 4:
                let call = #"{"tool_calls":[{"index":0,"function":{"arguments":"\#(word)"}}]}"#
                body += event(call, finish: "null", padding: number)
            case .padded, .mixed: body += event(#"{"content":"\#(word)"}"#, finish: "null", padding: number)
            }
            number += 1
        }
        body += event("{}", finish: #""stop""#, padding: nil)
        body += prefix
        body +=
            #""choices":[],"usage":{"prompt_tokens":12,"completion_tokens":\#(number),"total_tokens":\#(number + 12)}}"#
        return body + "\n\ndata: [DONE]\n\n"
    }

    private static let prefix =
        #"data: {"id":"chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG","object":"chat.completion.chunk","created":1750000000,"#
        + #""model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_06737a9306","#

    private static func event(_ delta: String, finish: String, padding: Int?) -> String {
        let letters = "kQ2vX9bTz7LmR4wYc1Hf"
        let tail = padding.map { #","usage":null,"obfuscation":"\#(letters.prefix(1 + $0 * 7 % 19))""# } ?? ""
        return prefix
            + #""choices":[{"index":0,"delta":\#(delta),"logprobs":null,"finish_reason":\#(finish)}]\#(tail)}"# + "\n\n"
    }
}
