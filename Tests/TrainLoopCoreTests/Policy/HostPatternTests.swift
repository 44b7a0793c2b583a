// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct HostPatternTests {
    private func matches(_ pattern: String, _ host: String, _ port: UInt16 = 443) -> Bool {
        HostPattern(pattern)?.matches(host: Array(host.utf8), port: port) ?? false
    }

    @Test func `an exact name matches itself in any case and nothing else`() {
        #expect(matches("api.openai.com", "API.OpenAI.com"))
        #expect(matches("API.OPENAI.COM", "api.openai.com."))
        #expect(!matches("api.openai.com", "xapi.openai.com"))
        #expect(!matches("api.openai.com", "api.openai.com.evil.org"))
        #expect(!matches("api.openai.com", ""))
    }

    @Test func `a leading wildcard stands for one or more labels`() {
        #expect(matches("*.openai.azure.com", "my.openai.azure.com"))
        #expect(matches("*.openai.azure.com", "a.b.openai.azure.com"))
        #expect(!matches("*.openai.azure.com", "openai.azure.com"))
        #expect(!matches("*.openai.azure.com", "evilopenai.azure.com"))
    }

    @Test func `a wildcard elsewhere stays inside its label`() {
        #expect(matches("bedrock-runtime.*.amazonaws.com", "bedrock-runtime.eu-central-1.amazonaws.com"))
        #expect(!matches("bedrock-runtime.*.amazonaws.com", "bedrock-runtime.a.b.amazonaws.com"))
        #expect(!matches("bedrock-runtime.*.amazonaws.com", "bedrock-runtime..amazonaws.com"))
        #expect(matches("*-aiplatform.googleapis.com", "us-east5-aiplatform.googleapis.com"))
        #expect(!matches("*-aiplatform.googleapis.com", "-aiplatform.googleapis.com"))
        #expect(matches("a*b*c.x", "a1bb2c.x"))
        #expect(!matches("a*b*c.x", "abc.x"))
    }

    @Test func `a port binds the pattern to that port`() {
        #expect(matches("localhost:11434", "localhost", 11434))
        #expect(!matches("localhost:11434", "localhost", 80))
        #expect(matches("[::1]:11434", "::1", 11434))
        #expect(matches("::1", "::1", 7))
        #expect(matches("*", "anything.example", 1))
        #expect(matches("*:8080", "anything.example", 8080))
    }

    @Test(arguments: [
        "", " ", "https://api.openai.com", "api.openai.com/v1", "a b.com", "a..b", ".a", "host:", "host:0",
        "host:99999",
        "host:x", "[::1", "[::1]x", "user@host",
    ])
    func `what is no host is refused`(_ text: String) {
        #expect(HostPattern(text) == nil)
    }

    @Test func `the permitted domain holds every host of the pattern`() {
        #expect(HostPattern("*.openai.azure.com")?.permittedDomain == "openai.azure.com")
        #expect(HostPattern("api.openai.com:8443")?.permittedDomain == "api.openai.com")
        #expect(HostPattern("bedrock-runtime.*.amazonaws.com")?.permittedDomain == "amazonaws.com")
        #expect(HostPattern("*-aiplatform.googleapis.com")?.permittedDomain == "googleapis.com")
        #expect(HostPattern("127.0.0.1:11434")?.permittedDomain == nil)
        #expect(HostPattern("::1")?.permittedDomain == nil)
        #expect(HostPattern("*")?.permittedDomain == nil)
    }

    @Test(arguments: DefaultHosts.patterns)
    func `every default host is a pattern`(_ text: String) {
        #expect(HostPattern(text)?.text == text)
    }
}
