// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopIntegration
import TrainLoopTestSupport

@Suite struct ProjectLibrariesTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func found(_ environment: [String: String] = [:]) async -> [String] {
        let packages = await ProjectLibraries.sitePackages(project: folder.path, environment: environment)
        return ProjectLibraries(project: folder.path, sitePackages: packages).find().map {
            "\($0.library.ecosystem.rawValue) \($0.library.package) \($0.version) \($0.place)"
        }
    }

    @Test func `a folder without packages has none`() async {
        #expect(await found().isEmpty)
    }

    @Test func `Python's packages are found in the project's environment`() async throws {
        try folder.write("", to: ".venv/pyvenv.cfg")
        for name in ["openai-1.97.0", "google_genai-1.0", "numpy-2.0.0"] {
            try folder.write("", to: ".venv/lib/python3.12/site-packages/\(name).dist-info/METADATA")
        }
        let place = ".venv/lib/python3.12/site-packages"
        #expect(await found() == ["python google-genai 1.0 \(place)", "python openai 1.97.0 \(place)"])
    }

    @Test func `the active environment is looked into too`() async throws {
        try folder.write("", to: "other/pyvenv.cfg")
        try folder.write("", to: "other/lib/python3.11/site-packages/httpx-0.28.1.dist-info/METADATA")
        let environment = ["VIRTUAL_ENV": "\(folder.path)/other"]
        #expect(await found(environment) == ["python httpx 0.28.1 other/lib/python3.11/site-packages"])
    }

    @Test func `node's packages come with the version that is installed, else the one asked for`()
        async throws
    {
        try folder.write(
            #"{"dependencies":{"openai":"^5.0.0","left-pad":"1"},"devDependencies":{"ai":"^4"}}"#, to: "package.json")
        try folder.write(#"{"version":"5.1.2"}"#, to: "node_modules/openai/package.json")
        #expect(await found() == ["node openai 5.1.2 package.json", "node ai ^4 package.json"])
    }

    @Test func `other languages are found by their lock files`() async throws {
        try folder.write(
            "module m\nrequire (\n\tgithub.com/openai/openai-go/v2 v2.2.3\n\tgithub.com/sashabaranov/go-openai v1.0.0 // indirect\n)\n",
            to: "go.mod")
        try folder.write("GEM\n  specs:\n    ruby-openai (7.0.1)\n      faraday (>= 1)\n", to: "Gemfile.lock")
        try folder.write(
            #"{"pins":[{"identity":"async-http-client","state":{"version":"1.24.0"}}]}"#, to: "Package.resolved")
        try folder.write(
            #"{"packages":[{"name":"openai-php/client","version":"v0.10.1"}]}"#, to: "composer.lock")
        try folder.write("<artifactId>openai-java</artifactId>", to: "pom.xml")
        #expect(
            await found() == [
                "swift async-http-client 1.24.0 Package.resolved", "go github.com/openai/openai-go v2.2.3 go.mod",
                "go github.com/sashabaranov/go-openai v1.0.0 go.mod", "ruby ruby-openai 7.0.1 Gemfile.lock",
                "php openai-php/client v0.10.1 composer.lock", "java openai-java  pom.xml",
            ])
    }
}
