// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCommands
import TrainLoopCore
import TrainLoopProxy

@Suite struct GatewayVariablesTests {
    @Test func `each variable leads to its provider, with the token as the first part of the path`() {
        let variables = GatewayVariables(inherited: [:])
        let values = variables.values(port: 4000, token: "t")
        #expect(values["OPENAI_BASE_URL"] == "http://127.0.0.1:4000/t/openai/v1")
        #expect(values["OPENAI_API_BASE"] == values["OPENAI_BASE_URL"])
        #expect(values["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:4000/t/anthropic")
        #expect(values["GEMINI_API_BASE"] == "http://127.0.0.1:4000/t/gemini/v1beta")
        #expect(values["OLLAMA_HOST"] == "http://127.0.0.1:4000/t/ollama")
        #expect(variables.values(port: 4000, token: nil)["OPENAI_BASE_URL"] == "http://127.0.0.1:4000/openai/v1")
        let upstreams = variables.providers.map { "\($0.name) \($0.upstream)" }
        #expect(
            upstreams == [
                "openai https://api.openai.com", "anthropic https://api.anthropic.com",
                "gemini https://generativelanguage.googleapis.com", "ollama http://127.0.0.1:11434",
            ])
    }

    @Test func `a variable that is set already keeps its destination`() {
        let variables = GatewayVariables(inherited: ["OPENAI_BASE_URL": "http://localhost:8000/llm/v1/"])
        let values = variables.values(port: 1, token: "t")
        #expect(values["OPENAI_BASE_URL"] == "http://127.0.0.1:1/t/openai-base-url")
        #expect(values["OPENAI_API_BASE"] == "http://127.0.0.1:1/t/openai/v1")
        let own = variables.providers.first { $0.name == "openai-base-url" }
        #expect(own?.upstream == "http://localhost:8000/llm/v1")
        #expect(variables.hosts.map(\.text).contains("localhost:8000"))
    }

    @Test(arguments: [
        ("box", "http://box:11434"), ("0.0.0.0:9", "http://127.0.0.1:9"), ("0.0.0.0", "http://127.0.0.1:11434"),
        ("https://o.example/x", "https://o.example:11434/x"),
    ])
    func `Ollama's address may lack its scheme and its port`(_ value: String, _ upstream: String) {
        let variables = GatewayVariables(inherited: ["OLLAMA_HOST": value])
        #expect(variables.providers.first { $0.name == "ollama-host" }?.upstream == upstream)
    }

    @Test func `a variable that is no address is left as it is, and told`() {
        let variables = GatewayVariables(inherited: ["OPENAI_BASE_URL": "unix:/run/llm.sock"])
        #expect(variables.values(port: 1, token: nil)["OPENAI_BASE_URL"] == nil)
        #expect(variables.notices == ["OPENAI_BASE_URL is no http or https address, and is left as it is"])
    }
}
