// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A client library that the doctor knows, and the way in which its calls are recorded.
package struct KnownLibrary: Sendable {
    package enum Ecosystem: String, Sendable {
        case python, node, swift, go, ruby, php, java
    }

    package var ecosystem: Ecosystem
    /// As its package manager has it, in lower case.
    package var package: String
    /// Such as `trainloop run`.
    package var route: String
    /// The name of its tests in the catalogue, or nil where there are none.
    package var test: String?

    private static let bothWays = "collect() or `trainloop run`"
    private static let headstrong = "collect(), or `trainloop run --inject` (Linux)"

    package static let all: [KnownLibrary] =
        [
            python("openai"), python("anthropic"), python("litellm"), python("httpx"), python("httpx2"),
            python("requests"), python("boto3"),
            KnownLibrary(ecosystem: .python, package: "urllib3", route: headstrong, test: "urllib3"),
            KnownLibrary(ecosystem: .python, package: "aiohttp", route: headstrong, test: "aiohttp"),
            KnownLibrary(ecosystem: .python, package: "google-genai", route: bothWays),
            KnownLibrary(ecosystem: .python, package: "mistralai", route: bothWays),
            KnownLibrary(ecosystem: .python, package: "cohere", route: bothWays),
            KnownLibrary(ecosystem: .python, package: "groq", route: bothWays),
            KnownLibrary(ecosystem: .python, package: "langchain-openai", route: bothWays),
            KnownLibrary(ecosystem: .python, package: "langchain-anthropic", route: bothWays),
            KnownLibrary(
                ecosystem: .swift, package: "async-http-client",
                route: "TrainLoopAsyncHTTPClient, or `trainloop run --inject` (Linux)", test: "Swift AsyncHTTPClient"),
            KnownLibrary(ecosystem: .java, package: "openai-java", route: "`trainloop run --java`"),
            KnownLibrary(ecosystem: .java, package: "anthropic-java", route: "`trainloop run --java`"),
        ]
        + [
            "openai", "@anthropic-ai/sdk", "ai", "@google/genai", "@mistralai/mistralai", "cohere-ai", "groq-sdk",
            "langchain",
        ]
        .map { KnownLibrary(ecosystem: .node, package: $0, route: "`trainloop run`", test: "node fetch") }
        + [
            "github.com/openai/openai-go", "github.com/sashabaranov/go-openai",
            "github.com/anthropics/anthropic-sdk-go",
        ]
        .map { KnownLibrary(ecosystem: .go, package: $0, route: "`trainloop run`", test: "Go net/http") }
        + ["openai", "ruby-openai", "anthropic"]
        .map { KnownLibrary(ecosystem: .ruby, package: $0, route: "`trainloop run`", test: "Ruby net/http") }
        + ["openai-php/client", "guzzlehttp/guzzle"]
        .map { KnownLibrary(ecosystem: .php, package: $0, route: "`trainloop run`", test: "PHP curl") }

    private static func python(_ name: String) -> KnownLibrary {
        KnownLibrary(ecosystem: .python, package: name, route: bothWays, test: name)
    }
}

/// A client library that a project has.
package struct FoundLibrary: Sendable {
    package var library: KnownLibrary
    /// As installed or pinned; empty where only the name is known.
    package var version: String
    /// The file or folder that says so.
    package var place: String

    package init(library: KnownLibrary, version: String, place: String) {
        self.library = library
        self.version = version
        self.place = place
    }
}
