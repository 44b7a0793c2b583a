// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration
import TrainLoopTestSupport

/// The folder Integration of this repository.
private let repository = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

private func catalogue() throws -> Catalogue { try Catalogue(folder: "\(repository)/Integration") }

@Suite struct CatalogueTests {
    @Test func `every line of the list names a program that is there and can do something`() throws {
        let catalogue = try catalogue()
        #expect(catalogue.rows.count > 10)
        #expect(Set(catalogue.rows.map(\.name)).count == catalogue.rows.count)
        for row in catalogue.rows {
            #expect(Files.exists(catalogue.program(row)), "\(row.name)")
            #expect(catalogue.scenarios(of: row).contains(.plain), "\(row.name)")
        }
    }

    @Test func `what a run does by default is in the list`() throws {
        let clients = try catalogue().clients(named: Catalogue.quickNames, allVersions: false)
        #expect(
            ["openai", "anthropic", "litellm", "httpx"].allSatisfy { name in clients.contains { $0.name == name } })
    }

    @Test func `the versions that were asked for first are in the list, and the newest`() throws {
        let titles = try catalogue().clients(named: [], allVersions: true).map(\.title)
        for title in ["openai 1.97.0", "anthropic 0.58.2", "litellm 1.56.5", "httpx 0.28.1", "openai newest"] {
            #expect(titles.contains(title))
        }
    }

    @Test func `a program in Python does what it or all have functions for, and begins in every way`() throws {
        let catalogue = try catalogue()
        let boto3 = try #require(catalogue.rows.first { $0.name == "boto3" })
        let scenarios = catalogue.scenarios(of: boto3)
        #expect(scenarios.contains(.streamedToolCall))
        #expect(scenarios.contains(.threads))
        #expect(scenarios.contains(.underPytest))
        #expect(!scenarios.contains(.async))
    }

    @Test func `a program of another language does what a list of bodies can ask`() throws {
        let catalogue = try catalogue()
        let curl = try #require(catalogue.rows.first { $0.name == "curl" })
        #expect(
            catalogue.scenarios(of: curl) == [
                .smoke, .plain, .streamed, .toolCall, .streamedToolCall, .error, .largeBody,
            ])
        #expect(Scenario.allCases.flatMap(\.bodies).allSatisfy { JSONTree(text: $0) != nil })
        #expect(curl.routes == [.run])
    }

    @Test(arguments: ["Swift URLSession", "Swift AsyncHTTPClient"])
    func `a program with the SDK is proved by both routes, and does what it says`(_ name: String) throws {
        let catalogue = try catalogue()
        let row = try #require(catalogue.rows.first { $0.name == name })
        #expect(row.routes == Route.allCases)
        let scenarios = catalogue.scenarios(of: row)
        #expect(
            scenarios == [
                .smoke, .plain, .streamed, .async, .toolCall, .streamedToolCall, .error, .earlyBreak, .timeOut, .cancel,
                .largeBody,
            ])
        #expect(!Catalogue.callLines(of: catalogue.program(row)).isEmpty)
    }

    @Test func `a program with the SDK that has no clone about it says what to do`() async throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder("\(folder.path)/Integration/programs")
        try Files.write("", to: "\(folder.path)/Integration/programs/p.swift")
        let row = #"{"name":"a","program":"p.swift","sdk":true,"build":["sh","-c","exit 7"],"command":["p"]}"#
        let catalogue = try Catalogue(folder: "\(folder.path)/Integration", text: row)
        let inherited = ["PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": folder.path]
        let workshop = Workshop(
            catalogue: catalogue, inherited: inherited, python: nil, temporaryFolder: folder.path)
        let client = Client(name: "a", version: nil)
        var error = await #expect(throws: IntegrationError.self) { try await workshop.prepare(client) }
        #expect(error?.message.contains("name the folder Integration of a clone by --programs") == true)
        #expect(error?.isDefect == false)

        try Files.write("", to: "\(folder.path)/Package.swift")
        error = await #expect(throws: IntegrationError.self) { try await workshop.prepare(client) }
        #expect(error?.message.hasPrefix("sh: exit 7: ") == true, "\(error?.message ?? "")")
        #expect(error?.message.hasSuffix("for all of it: /usr/bin/sh -c exit 7") == true, "\(error?.message ?? "")")
        #expect(error?.isDefect == true, "what does not compile is no skip")
        #expect(Files.names(in: folder.path) == ["Integration", "Package.swift", "trainloop"], "nothing else is left")
    }

    @Test func `a missing program is a defect, and a missing toolchain is not`() async throws {
        let folder = try TemporaryFolder()
        try Files.makeFolder("\(folder.path)/Integration/programs")
        for name in ["here", "plain.sh"] { try Files.write("", to: "\(folder.path)/Integration/programs/\(name)") }
        let rows = """
            {"name":"gone","program":"gone","command":["sh"]}
            {"name":"tool","program":"here","command":["no-such-tool"]}
            {"name":"mode","program":"plain.sh","command":["{program}"]}
            """
        let workshop = Workshop(
            catalogue: try Catalogue(folder: "\(folder.path)/Integration", text: rows),
            inherited: ["PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": folder.path], python: nil,
            temporaryFolder: folder.path)
        func failure(_ name: String) async throws -> IntegrationError {
            try #require(
                await #expect(throws: IntegrationError.self) {
                    try await workshop.prepare(Client(name: name, version: nil))
                })
        }
        #expect(try await failure("gone").isDefect)
        let tool = try await failure("tool")
        #expect(!tool.isDefect && tool.message == "no-such-tool is not installed")
        let mode = try await failure("mode")
        #expect(mode.isDefect && mode.message.contains("plain.sh is not executable: chmod +x "))
    }

    @Test(arguments: [
        ("x", "line 2: it is not JSON"), ("[]", "line 2: it is no JSON object"),
        ("{}", "it needs \"name\" and \"program\""),
        (#"{"name":"a","program":"b"}"#, "it needs \"install\" or \"command\""),
        (#"{"name":"a","program":"b","install":[],"reach":"far"}"#, "\"reach\" is proxy, preload or plain"),
        (#"{"name":"a","program":"b","install":"a"}"#, "\"install\" is an array of strings"),
        (#"{"name":"a","program":"b","install":[],"colour":"red"}"#, "the key \"colour\" is not known"),
        (#"{"name":"a","program":"b","command":["c"],"scenarios":["dance"]}"#, "\"dance\" is no scenario"),
    ])
    func `a wrong line is told with its number and what is wrong`(_ line: String, _ message: String) throws {
        let error = #expect(throws: IntegrationError.self) { try Catalogue(folder: "/f", text: "\n\(line)\n") }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.message.hasPrefix("/f/catalogue.jsonl, line 2: ") == true)
    }
}

@Suite struct ClientNameTests {
    private func titles(_ names: [String], all: Bool = false) throws -> [String] {
        let text = """
            {"name":"openai","program":"p","install":["openai=={version}"],"versions":["1.97.0","newest"]}
            {"name":"httpx","program":"p","install":["httpx=={version}"],"versions":["newest"]}
            {"name":"httpx2","program":"p","install":["httpx2=={version}"],"versions":["newest"]}
            {"name":"Go net/http","program":"p","command":["go"]}
            """
        return try Catalogue(folder: "/f", text: text).clients(named: names, allVersions: all).map(\.title)
    }

    @Test func `no name means all, in the newest version or in every one`() throws {
        #expect(try titles([]) == ["openai newest", "httpx newest", "httpx2 newest", "Go net/http"])
        #expect(try titles([], all: true).first == "openai 1.97.0")
    }

    @Test func `a part of a name takes all that contain it, each once`() throws {
        #expect(try titles(["HTTP"]) == ["httpx newest", "httpx2 newest", "Go net/http"])
        #expect(try titles(["httpx", "http"]) == ["httpx newest", "httpx2 newest", "Go net/http"])
    }

    @Test func `a whole name takes that one alone`() throws {
        #expect(try titles(["HTTPX"]) == ["httpx newest"])
    }

    @Test func `a version may be any, and names its library exactly`() throws {
        #expect(try titles(["httpx==0.27.2"]) == ["httpx 0.27.2"])
        #expect(try titles(["openai==0.28"]) == ["openai 0.28"])
    }

    @Test func `a name that matches nothing lists the names`() throws {
        let error = #expect(throws: IntegrationError.self) { try titles(["gopher"]) }
        #expect(
            error?.message == "no test is named 'gopher'. There are: openai, httpx, httpx2, Go net/http.")
    }

    @Test func `what comes with the machine has no version to ask for`() throws {
        #expect(throws: IntegrationError.self) { try titles(["Go net/http==1.2"]) }
    }

    @Test func `pip is given the version, or the name alone`() throws {
        var row = CatalogueRow(name: "httpx", program: "p")
        row.install = ["httpx[brotli]=={version}"]
        row.plugins = []
        #expect(PythonEnvironments.requirements(row, version: "0.28.1") == ["httpx[brotli]==0.28.1"])
        #expect(PythonEnvironments.requirements(row, version: "newest") == ["httpx[brotli]"])
        row.plugins = ["pytest-httpx"]
        #expect(PythonEnvironments.requirements(row, version: "1") == ["httpx[brotli]==1", "pytest", "pytest-httpx"])
    }
}
