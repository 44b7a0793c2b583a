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
        #expect(values["ANTHROPIC_BASE_URL"] == "http://127.0.0.1:1/t/anthropic")
        let own = variables.providers.first { $0.name == "openai-base-url" }
        #expect(own?.upstream == "http://localhost:8000/llm/v1")
        #expect(variables.hosts.map(\.text).contains("localhost:8000"))
    }

    @Test(arguments: [
        ("OPENAI_BASE_URL", "OPENAI_API_BASE"), ("OPENAI_API_BASE", "OPENAI_BASE_URL"),
        ("ANTHROPIC_API_BASE", "ANTHROPIC_BASE_URL"), ("GEMINI_API_BASE", "GOOGLE_GEMINI_BASE_URL"),
    ])
    func `no variable leads to a provider when another one leads its clients elsewhere`(
        _ inherited: String, _ other: String
    ) {
        for value in ["https://llm.internal.example", "unix:/run/llm.sock"] {
            let variables = GatewayVariables(inherited: [inherited: value, other: ""])
            #expect(variables.values(port: 1, token: nil)[other] == nil)
            let provider = inherited.split(separator: "_")[0].lowercased()
            #expect(!variables.providers.contains { $0.name == provider })
        }
    }

    @Test func `variables of one provider that are both set keep both destinations`() {
        let variables = GatewayVariables(inherited: ["OPENAI_BASE_URL": "http://a", "OPENAI_API_BASE": "http://b"])
        #expect(variables.providers.filter { $0.name.hasPrefix("openai") }.map(\.upstream) == ["http://a", "http://b"])
        #expect(variables.values(port: 1, token: nil)["OPENAI_API_BASE"] == "http://127.0.0.1:1/openai-api-base")
    }

    @Test(arguments: [
        ("box", "http://box:11434"), ("0.0.0.0:9", "http://127.0.0.1:9"), ("0.0.0.0", "http://127.0.0.1:11434"),
        ("box:9/x", "http://box:9/x"), (":9", "http://127.0.0.1:9"),
        // Ollama takes the scheme's own port where a scheme is named.
        ("http://127.0.0.1", "http://127.0.0.1"), ("https://o.example/x", "https://o.example/x"),
        ("http://0.0.0.0:9/", "http://127.0.0.1:9"),
        ("[::1]", "http://[::1]:11434"), ("[::1]:9", "http://[::1]:9"), ("::1", "http://[::1]:11434"),
        ("http://[::1]", "http://[::1]"),
    ])
    func `Ollama's address may lack its scheme, its host and its port`(_ value: String, _ upstream: String) {
        let variables = GatewayVariables(inherited: ["OLLAMA_HOST": value])
        #expect(variables.providers.first { $0.name == "ollama-host" }?.upstream == upstream)
    }

    @Test func `a variable that is no address is left as it is, and told`() {
        let variables = GatewayVariables(inherited: ["OPENAI_BASE_URL": "unix:/run/llm.sock"])
        #expect(variables.values(port: 1, token: nil)["OPENAI_BASE_URL"] == nil)
        #expect(variables.notices == ["OPENAI_BASE_URL is no http or https address, and is left as it is"])
    }
}
