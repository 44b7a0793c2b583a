// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct BodyCredentialsTests {
    private static let secret = "opaque-5cfe21d07b"

    private func text(
        request: String = #"{"model":"m"}"#, response: String = "{}", target: String = "/v1/chat/completions",
        fields: [HeaderField] = []
    ) throws -> String {
        var script = ExchangeScript(target: target)
        script.requestFields = fields
        script.request = Array(request)
        script.response = Array(response)
        let line = script.run()
        _ = try script.record(line)
        return String(decoding: line.bytes, as: UTF8.self)
    }

    /// Settings by which providers are given the secrets of others.
    @Test(arguments: [
        #""tools":[{"type":"mcp","server_label":"x","server_url":"https://a.example/mcp","authorization":"SECRET"}]"#,
        #""tools":[{"type":"mcp","server_label":"x","headers":{"Authorization":"Bearer SECRET"}}]"#,
        #""tools":[{"type":"mcp","server_label":"x","headers":{"X-Tenant-Token" : "SECRET"}}]"#,
        #""tools":[{"type":"connector","authorization":{"type":"api-key","value":"SECRET"}}]"#,
        #""tools":[{"network_policy":{"domain_secrets":[{"domain":"a.example","name":"API_KEY","value":"SECRET"}]}}]"#,
        #""tools":[{"type":"mcp","server_url":"https://a.example/s/0SECRETcfe21d07b/mcp"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://a.example/sse","authorization_token":"SECRET"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://a.example/sse?tavilyApiKey=SECRET&page=2"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://a.example/sse?page=2\u0026key=SECRET"}]"#,
        #""mcp_servers":[{"type":"url","url":"https:\/\/me:SECRET@a.example\/sse"}]"#,
        #""mcp_servers":[{"type":"url","url":"https://SECRET@a.example/sse"}]"#,
        #""mcp_servers":[{"type":"url","url":"wss://a.example/?token=SECRET&b=c#d"}]"#,
        #""integrations":[{"type":"ephemeral_mcp","server_label":"x","headers":{"authorization":"SECRET"}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"api_key","key":"SECRET"}}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"x","connection_string":"SECRET"}}}]"#,
        #""data_sources":[{"parameters":{"authentication":{"type":"x","encoded_api_key":"SECRET"}}}]"#,
        #""tools":[{"retrieval":{"externalApi":{"apiAuth":{"apiKeyConfig":{"apiKeyString":"SECRET"}}}}}]"#,
        #""service_auth":{"type":"bearer","token":"SECRET"}"#,
        #""oauth":{"client_id":"c","client_secret":"SECRET"}"#,
        #""input":{"prompt":"Hi","openai_api_key":"SECRET","hf-access-token":"SECRET"}"#,
        #""API-KEY":"SECRET""#, #""apiKey":"SECRET""#,
        #""credentials":"{\"key\":\"SECRET\"}""#,
        #""session":"{\"tools\":[{\"type\":\"mcp\",\"authorization\":\"SECRET\"}]}""#,
    ])
    func `a secret among the settings of a request is nowhere in its record`(_ setting: String) throws {
        let setting = setting.replacing("SECRET", with: Self.secret)
        for target in ["/v1/chat/completions", "/v1/responses", "/v1/messages", "/of/no/known/api"] {
            let text = try text(
                request: #"{"model":"m","messages":[{"role":"user","content":"Hi"}],\#(setting)}"#,
                response: #"{"id":"r","echo":{"of":"\#(Self.secret)"}}"#, target: target)
            #expect(!text.contains(Self.secret) || setting.contains("/s/0"), "\(text)")
            #expect(!text.contains("0" + Self.secret))
            #expect(text.contains("[REDACTED:credential]") && text.contains(#""content":"Hi""#))
        }
    }

    /// Values that are no key by their looks: they are taken out where they stand, and only there.
    @Test(arguments: [
        "hunterhunter", "https-and-more", "wsgi", "role", "user", ",", ":", "17600000", "correct horse battery", "a",
        "Digest a=1, b=2", #"a\/b+c\"d"#, #"\u0041bc"#, #"\\"#, "\u{2028}", "x\u{85}",
        #"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"#, #"\\\\\\\\"#,
        String(repeating: "sv=2022&sig=a%3D;", count: 600), String(repeating: "\u{FFFD}", count: 3000),
        String(repeating: #"\\"#, count: 5000) + "x",
    ])
    func `whatever a secret's value is, it is taken out where it stands`(_ value: String) throws {
        let request = #"{"messages":[{"role":"user","content":"17600000 hunterhunter"}],"a":{MEMBER},"stop":["a","b"]}"#
        let members = [
            #""password":"VALUE""#, #""password" :  "VALUE""#, "\"password\":\r\n  \"VALUE\"",
            "\"password\":\n\"VALUE\"",
            "\"\u{2028}password\":\"VALUE\"", #""password":["VALUE"]"#,
            #""headers":{"Authorization":["Basic","VALUE"]}"#,
        ]
        for member in members {
            let text = try text(
                request: request.replacing("MEMBER", with: member.replacing("VALUE", with: value)))
            #expect(text.contains(#""[REDACTED:credential]""#), "\(text.prefix(600))")
            #expect(text.contains(#"[{"role":"user","content":"17600000 hunterhunter"}]"#))
            #expect(text.contains(#""startTimeMs":1795000000000"#) && text.contains(#""stop":["a","b"]"#))
        }
        let numbers = try text(request: #"{"messages":[],"password":17600000,"auth":{"token_limit":7}}"#)
        #expect(numbers.contains(#""password":"[REDACTED:credential]","auth":{"token_limit":7}"#))
    }

    @Test(arguments: [
        #"{"error":{"message":"no","headers":{"authorization":"correct-horse"}}}"#,
        #"{"error":{"headers":{"authorization":"correct-horse"}}}"#,
        #"{"detail":[{"msg":"bad","ctx":{"api_key":"correct-horse"}}]}"#,
        #"{"detail":[{"msg":"bad","input":"key:\nsk-proj-AAAAAAAAAAAAAAAAAAAA1"}]}"#,
        #"{"detail":[{"msg":"bad","input":"key:\u0027sk-proj-AAAAAAAAAAAAAAAAAAAA1"}]}"#,
    ])
    func `a secret that an error repeats is not in the record`(_ answer: String) throws {
        var script = ExchangeScript()
        script.status = 400
        script.response = Array(answer.utf8)
        let record = String(decoding: script.run().bytes, as: UTF8.self)
        #expect(!record.contains("correct-horse") && !record.contains("AAAA1"), "\(record)")
        #expect(record.contains("[REDACTED"))
    }

    @Test func `a secret that is a file is in no blob`() throws {
        let data = String(repeating: "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC", count: 64)
        for value in [data, "data:application/x-pem-file;base64,\(data)"] {
            var script = ExchangeScript()
            script.media = .blob
            script.request = Array(#"{"messages":[{"role":"user","content":"Hi"}],"a":{"private_key":"\#(value)"}}"#)
            let line = script.run()
            _ = try script.record(line)
            #expect(line.blobs.isEmpty)
            #expect(!String(decoding: line.bytes, as: UTF8.self).contains("MIIE"))
        }
    }

    @Test(arguments: [
        "1e5,1e5,1", "null,1,2", "10e0000003", "17950000", "falsefalse,",
    ])
    func `a secret that JSON has outside its strings leaves the record JSON`(_ secret: String) throws {
        let text = try text(
            request: #"{"messages":[],"v":[1e5,1e5,1,null,1,2,10e0000003,10e0000003],"said":"\#(secret)"}"#,
            fields: [HeaderField("authorization", "Bearer \(secret)")])
        #expect(text.contains(#""said":"[REDACTED:credential]""#), "\(text)")
        #expect(text.contains("[1e5,1e5,1,null,1,2,10e0000003,10e0000003]"))
    }

    @Test func `a secret that JSON has outside its strings is taken out of the tag`() throws {
        var script = ExchangeScript()
        script.defaultTag = "run 17950000"
        script.requestFields = [HeaderField("authorization", "Bearer 17950000")]
        #expect(script.run().tag == "run [REDACTED:credential]")
    }

    @Test(arguments: [
        ("/of/no/known/api", #"{"access_token":"SECRET","refresh_token":"2-SECRET","expires_in":60}"#),
        ("/v1/client/sessions", #"{"client_secret":{"value":"SECRET","expires_at":1}}"#),
        ("/v1/realtime/client_secrets", #"{"value":"SECRET","expires_at":1}"#),
        ("/v1beta/webhooks", #"{"name":"w","new_signing_secret":"SECRET"}"#),
        ("/v1/webhooks/default/secret", #"{"key":"SECRET"}"#),
        ("/api/v1/tokens", #"{"token":"SECRET","expires_at":1}"#),
        ("/api/v1/tokens", #"{"data":[{"token":"SECRET"}]}"#),
        ("/of/no/known/api", "{\n \"access_token\": \"SECRET\",\n \"x\": "),
        ("/of/no/known/api", "{\"access_token\":\"SECRET\"}\n{\"access_token\":\"SEC"),
        ("/of/no/known/api", "{\"access_token\":\"SECRET\"}\n{\"access_token\":\"SECRET\"}\n"),
    ])
    func `a secret that an answer hands out is not in the record`(_ target: String, _ answer: String) throws {
        let text = try text(
            request: #"{"a":1}"#, response: answer.replacing("SECRET", with: Self.secret), target: target)
        #expect(!text.contains(Self.secret), "\(text)")
    }

    /// What is said of secrets, describes them or stands for one.
    @Test(arguments: [
        #""messages":[{"role":"user","content":[{"type":"text","text":"x","api_key":"said-5cfe21d07b"}]}]"#,
        #""messages":[],"tools":[{"function":{"name":"f","parameters":{"properties":{"password":"said-5cfe21d07b"}}}}]"#,
        #""messages":[],"inputs":[{"type":"function.call","arguments":{"password":"said-5cfe21d07b"}}]"#,
        #""messages":[],"input":"{\"password\":\"guest-2026-wifi\"}""#,
        #""messages":[],"documents":[{"title":"Wifi","password":"guest-2026-wifi"}]"#,
        #""messages":[],"tokenizer_config":{"bos_token":"<|begin_of_text_1|>"}"#,
        #""messages":[],"auth":{"secret_name":"THE_1_TOKEN","token_endpoint":"https://a.example/token1"}"#,
        #""messages":[],"authConfig":{"authType":"GOOGLE_SERVICE_ACCOUNT_AUTH"}"#,
        #""messages":[],"tokenizer":"cl100k_base","author":"somebody-1","max_tokens":100000000,"keys":["abcdefg1"]"#,
        #""messages":[],"prompt_cache_key":"tenant-12345678""#,
        #""messages":[],"url":"https://a.example/?page=12345678&author=jane-1234567&page_token=abc12345""#,
    ])
    func `what is no secret stays`(_ members: String) throws {
        let answer = #"{"id":"r","choices":[{"index":0,"message":{"content":"ok"},"finish_reason":"stop"}]}"#
        let text = try text(request: #"{"model":"m",\#(members)}"#, response: answer)
        #expect(!text.contains("REDACTED"), "\(text)")
    }

    @Test func `a placeholder is taken out where it stands and may be spoken of`() throws {
        let text = try text(
            request: #"{"messages":[{"content":"set YOUR_API_KEY"}],"tools":[{"authorization":"YOUR_API_KEY"}]}"#)
        #expect(text.contains("set YOUR_API_KEY") && text.contains(#""authorization":"[REDACTED:credential]""#))
    }

    @Test func `an address keeps what is no secret`() throws {
        let text = try text(
            request: #"{"messages":[],"url":"https://svc:correct-horse@a.example:81/p/q?b=c&key=abc/def&d=e\u0026f#g"}"#
        )
        let mark = "[REDACTED:credential]"
        #expect(text.contains("https://svc:\(mark)@a.example:81/p/q?b=c&key=\(mark)&d=e&f#g"), "\(text)")
        #expect(text.contains(#""redactions":[{"rule":"credential","count":2}]"#))
    }

    @Test func `of two secrets that begin alike the longer goes whole`() throws {
        let text = try text(
            request: #"{"auth":{"key_a":"prj-77aa0001","key":"prj-77aa0001.Zq8sWm3Lk9"},"x":"prj-77aa0001.Zq8sWm3Lk9"}"#
        )
        #expect(!text.contains("Zq8sWm3Lk9") && !text.contains("prj-77aa0001"))
    }

    @Test func `what a header carries as its key is no number, and no word, of the record`() throws {
        let number = try text(
            request: #"{"messages":[{"content":"17950000 and 1795000000000"}]}"#,
            fields: [HeaderField("authorization", "Bearer 17950000")])
        #expect(number.contains(#""content":"[REDACTED:credential] and [REDACTED:credential]00000""#))
        let word = try text(
            request: #"{"messages":[{"content":"Is there anything else?"}]}"#,
            fields: [HeaderField("authorization", "Bearer anything"), HeaderField("api-key", "lm-studio")])
        #expect(word.contains("Is there anything else?"))
    }

    @Test func `more secrets than any request has are taken out too`() throws {
        let servers = (0..<400).map { #"{"authorization_token":"tok\#($0)-5cfe/21+d07b\#($0)"}"# }.joined(
            separator: ",")
        let text = try text(request: #"{"messages":[],"mcp_servers":[\#(servers)]}"#)
        #expect(!text.contains("5cfe"))
    }
}
