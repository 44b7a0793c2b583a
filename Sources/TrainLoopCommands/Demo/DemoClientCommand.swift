// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import TrainLoopTesting

/// The program that the demo records: a small client of two providers, which knows nothing of us.
///
/// It obeys `HTTPS_PROXY` and `SSL_CERT_FILE`, as most HTTP clients do.
package struct DemoClientCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(commandName: "demo-client", shouldDisplay: false)

    private static let tools =
        #"[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}},{"type":"function","function":{"name":"get_time","parameters":{"type":"object","properties":{"zone":{"type":"string"}}}}}]"#

    package init() {}

    package func run() async throws {
        let client = LoopbackHTTPClient(environment: ProcessHeritage.capture().variables)
        let openAI = [
            ("Authorization", "Bearer sk-demo-0000000000000000000000000000"), ("Content-Type", "application/json"),
        ]
        let anthropic = [
            ("x-api-key", "sk-ant-demo-000000000000000000000000"), ("anthropic-version", "2023-06-01"),
            ("Content-Type", "application/json"),
        ]
        let chat = "https://api.openai.com/v1/chat/completions"
        func messages(_ text: String) -> String { #""messages":[{"role":"user","content":"\#(text)"}]"# }
        let calls: [(String, String, [(String, String)], String)] = [
            ("a question", chat, openAI, #"{"model":"gpt-4o-mini",\#(messages("What is a ledger?"))}"#),
            (
                "a streamed answer", chat, openAI + [("X-Trainloop-Tag", "story")],
                #"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},\#(messages("[sim:drip=20] Tell me a story"))}"#
            ),
            (
                "tool calls, streamed", chat, openAI + [("X-Trainloop-Tag", "weather")],
                #"{"model":"gpt-4o-mini","stream":true,"tools":\#(Self.tools),\#(messages("[sim:tools] Weather in Zürich?"))}"#
            ),
            (
                "thinking", "https://api.anthropic.com/v1/messages", anthropic,
                #"{"model":"claude-3-haiku-20240307","max_tokens":512,\#(messages("[sim:thinking] Is 91 prime?"))}"#
            ),
            (
                "embeddings", "https://api.openai.com/v1/embeddings", openAI,
                #"{"model":"text-embedding-3-small","input":["hello","world"]}"#
            ),
            ("a refused call", chat, openAI, #"{"model":"gpt-4o-mini",\#(messages("[sim:error=429] Once more"))}"#),
        ]
        for (name, url, fields, body) in calls {
            let response = try await client.request("POST", url, fields: fields, body: Array(body.utf8))
            StandardOutput.write("  \(name): HTTP \(response.status), \(response.body.count) bytes\n")
        }
    }
}
