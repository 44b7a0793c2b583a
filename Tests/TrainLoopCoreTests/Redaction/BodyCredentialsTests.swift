// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct BodyCredentialsTests {
    private static let secret = "opaque-5cfe21d07b"

    /// Settings by which providers are given the secrets of others.
    @Test(arguments: [
        #""tools":[{"type":"mcp","server_label":"x","server_url":"https://a.example/mcp","authorization":"SECRET"}]"#,
        #""tools":[{"type":"mcp","server_label":"x","headers":{"Authorization":"Bearer SECRET"}}]"#,
        #""tools":[{"type":"mcp","server_label":"x","headers":{"X-Tenant-Token":"SECRET"}}]"#,
        #""mcp_servers":[{"type":"url","url":"https://a.example/sse","authorization_token":"SECRET"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://a.example/sse?apiKey=SECRET&page=2"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://me:SECRET@a.example/sse"}]"#,
        #""integrations":[{"type":"ephemeral_mcp","server_label":"x","headers":{"authorization":"SECRET"}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"api_key","key":"SECRET"}}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"x","connection_string":"SECRET"}}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"x","encoded_api_key":"SECRET"}}}]"#,
        #""tools":[{"retrieval":{"externalApi":{"apiAuth":{"apiKeyConfig":{"apiKeyString":"SECRET"}}}}}]"#,
        #""service_auth":{"type":"bearer","token":"SECRET"}"#,
        #""oauth":{"client_id":"c","client_secret":"SECRET"}"#,
        #""input":{"prompt":"Hi","openai_api_key":"SECRET","hf-access-token":"SECRET"}"#,
        #""api_key":"SECRET""#,
    ])
    func `a secret among the settings of a request is nowhere in its record`(_ setting: String) throws {
        let setting = setting.replacing("SECRET", with: Self.secret)
        for target in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/of/no/known/api"] {
            var script = ExchangeScript(target: target)
            script.request = Array(#"{"model":"m","messages":[{"role":"user","content":"Hi"}],\#(setting)}"#)
            script.response = Array(#"{"id":"r","echo":{"of":"\#(Self.secret)"}}"#)
            let line = script.run()
            _ = try script.record(line)
            let text = String(decoding: line.bytes, as: UTF8.self)
            #expect(!text.contains(Self.secret), "\(text)")
            #expect(text.contains("[REDACTED:credential]") && text.contains(#""content":"Hi""#))
        }
    }

    @Test func `a secret that an answer hands out is not in the record`() throws {
        var script = ExchangeScript(target: "/v1/of/no/known/api")
        script.response = Array(
            #"{"access_token":"\#(Self.secret)","refresh_token":"again-\#(Self.secret)","expires_in":60}"#)
        let line = script.run()
        _ = try script.record(line)
        #expect(!String(decoding: line.bytes, as: UTF8.self).contains(Self.secret))
    }

    /// What is said of secrets, describes them or stands for one.
    @Test(arguments: [
        #""messages":[{"role":"user","content":[{"type":"text","text":"x","api_key":"said-5cfe21d07b"}]}]"#,
        #""messages":[],"tools":[{"function":{"name":"f","parameters":{"properties":{"password":"said-5cfe21d07b"}}}}]"#,
        #""messages":[],"tools":[{"type":"mcp","authorization":"required"}],"note":"It is required.""#,
        #""messages":[],"tools":[{"type":"mcp","authorization":"YOUR_API_KEY"}],"note":"YOUR_API_KEY""#,
        #""messages":[],"password":"two words of 2026""#,
        #""messages":[],"tokenizer":"cl100k_base","author":"somebody-1","max_tokens":100000000,"keys":["abcdefg1"]"#,
        #""messages":[],"prompt_cache_key":"tenant-12345678""#,
        #""messages":[],"url":"https://a.example/?page=12345678&author=jane-1234567""#,
    ])
    func `what is no secret stays`(_ members: String) throws {
        var script = ExchangeScript()
        script.request = Array(#"{"model":"m",\#(members)}"#)
        script.response = Array(
            #"{"id":"r","choices":[{"index":0,"message":{"content":"ok"},"finish_reason":"stop"}]}"#)
        #expect(!String(decoding: script.run().bytes, as: UTF8.self).contains("REDACTED"))
    }

    @Test func `names are known in any spelling, and a secret by its escapes`() throws {
        for name in ["apiKey", "API-KEY", "api_key", "X-API-Key"] {
            for secret in [#"a\/b+c\"d=7"#, #"\u0041bcdefg-1"#, "Bearer abc/def+1="] {
                var script = ExchangeScript()
                script.request = Array(#"{"messages":[{"role":"user","content":"Hi"}],"s":{"\#(name)":"\#(secret)"}}"#)
                let line = script.run()
                _ = try script.record(line)
                let text = String(decoding: line.bytes, as: UTF8.self)
                #expect(!text.contains(secret.split(separator: " ").last ?? ""), "\(name) \(secret): \(text)")
            }
        }
    }
}
