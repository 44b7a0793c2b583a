// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

#if os(Linux)
    import Foundation
    import Testing

    /// The preload library, in programs that tell what they got by their exit status.
    ///
    /// The proxy's port is 1, where nothing listens.
    @Suite(.serialized) struct InjectedLibraryTests {
        private static let library = Programs.products.appending(path: "libtrainloop-inject.so").path
        private let scratch: ScratchFolder

        init() throws {
            scratch = try ScratchFolder()
        }

        private func run(_ command: [String], bundle: String? = nil) async throws -> ProcessOutcome {
            guard let path = Programs.find(command[0]) else { try Test.cancel("SKIP \(command[0]) is not installed") }
            try #require(FileManager.default.fileExists(atPath: Self.library))
            var environment = [
                "LD_PRELOAD": Self.library, "TRAINLOOP_INJECT_PORT": "1",
                "TRAINLOOP_INJECT_HOSTS": "api.openai.invalid,*.azure.invalid,a-*.b.invalid:443,c.invalid:8443",
            ]
            environment["TRAINLOOP_INJECT_BUNDLE"] = bundle
            return try await Programs.run(
                [path] + command.dropFirst(), environment: environment, folder: scratch.url)
        }

        /// curl's own words: 6 for a name without an address, 7 for a connection refused.
        @Test(arguments: [
            ("https://api.openai.invalid/", 7), ("https://API.OpenAI.invalid/", 7),
            ("https://x.y.azure.invalid/", 7), ("https://a-1.b.invalid/", 7),
            ("https://azure.invalid/", 6), ("https://a-.b.invalid/", 6), ("https://a-1.2.b.invalid/", 6),
            ("https://api.openai.invalid.example.invalid/", 6), ("https://c.invalid/", 6),
            ("https://other.invalid/", 6),
        ])
        func `recorded hosts have an address, and others have none of ours`(_ url: String, _ status: Int32) async throws
        {
            let outcome = try await run(["curl", "-sS", "--noproxy", "*", url])
            #expect(outcome.status == status, "\(outcome.errors)")
        }

        @Test func `a recorded host on another port is reached as without us`() async throws {
            let outcome = try await run(["curl", "-sS", "--noproxy", "*", "http://api.openai.invalid:80/"])
            #expect(outcome.status == 7, "\(outcome.errors)")
        }

        @Test func `a file of roots is the run's bundle to read, and no other file is`() async throws {
            let bundle = scratch.url.appending(path: "bundle.pem")
            try "THE BUNDLE".write(to: bundle, atomically: true, encoding: .utf8)
            let other = scratch.url.appending(path: "ca-certificates.crt")
            try "ANOTHER".write(to: other, atomically: true, encoding: .utf8)
            let certifi = scratch.url.appending(path: "site/certifi/cacert.pem")
            let outcome = try await run(
                ["cat", "/etc/ssl/certs/ca-certificates.crt", other.path, certifi.path], bundle: bundle.path)
            #expect(outcome.output == "THE BUNDLEANOTHERTHE BUNDLE")
            let missing = try await run(["cat", certifi.path], bundle: "/nowhere/bundle.pem")
            #expect(missing.status != 0)
        }

        @Test func `files that a program makes have the mode that it asks for`() async throws {
            let outcome = try await run(["sh", "-c", "umask 027; echo x > made; stat -c %a made"])
            #expect(outcome.output == "640\n")
        }
    }
#endif
