// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopFront
import TrainLoopTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct CaptureConfigurationTests {
    @Test func `without file and variables the defaults of TrainLoop 0.9 hold`() throws {
        let folder = try TemporaryFolder()
        let configuration = try load(folder)
        #expect(configuration.dataFolder == "\(folder.path)/trainloop/data")
        #expect(configuration.flushImmediately)
        #expect(configuration.media == .blob)
        #expect(configuration.file == nil)
        #expect(configuration.hostAllowlist.contains { $0.matches(host: "api.openai.com".utf8, port: 443) })
    }

    @Test func `a file may be a shell's pipe, which is read once`() throws {
        let folder = try TemporaryFolder()
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { close(ends[0]) }
        let text = Array("trainloop:\n  data_folder: ./data\n  media: drop\n  colour: red\n".utf8)
        #expect(write(ends[1], text, text.count) == text.count)
        close(ends[1])
        let path = "/dev/fd/\(ends[0])"
        let configuration = try CaptureConfiguration.load(path: path, workingDirectory: folder.path) { _ in nil }
        #expect(configuration.media == .drop)
        #expect(configuration.dataFolder == "\(folder.path)/data")
        #expect(configuration.notices().map { $0.hasPrefix("\(path):4: colour is no setting") } == [true])
    }

    #if os(Linux)
        @Test func `a file in shared memory is a file as any other`() throws {
            let folder = try TemporaryFolder()
            let path = "/dev/shm/trainloop-test-\(getpid()).yaml"
            // Not every sandbox has it.
            guard let file = fopen(path, "w") else { return }
            defer { unlink(path) }
            fputs("trainloop:\n  data_folder: data\n", file)
            fclose(file)
            #expect(try load(folder, path: path).dataFolder == "/dev/shm/data")
        }
    #endif

    @Test func `a file's relative folder is relative to the file`() throws {
        let folder = try TemporaryFolder()
        try folder.write(
            """
            trainloop:
              data_folder: ./data
              host_allowlist:
                - api.openai.com
                - "*.openai.azure.com"
              log_level: WARN
              flush_immediately: false
              media: Keep
            """, to: "trainloop/trainloop.config.yaml")
        let configuration = try load(folder)
        #expect(configuration.dataFolder == "\(folder.path)/trainloop/data")
        #expect(configuration.hostAllowlist.map(\.text) == ["api.openai.com", "*.openai.azure.com"])
        #expect(configuration.logLevel == .warning)
        #expect(!configuration.flushImmediately)
        #expect(configuration.media == .keep)
        #expect(configuration.file == "\(folder.path)/trainloop/trainloop.config.yaml")
    }

    @Test func `the given path wins over the variable, the variable over the usual places`() throws {
        let folder = try TemporaryFolder()
        for name in ["given.yaml", "named.yaml", "trainloop/trainloop.config.yaml", "trainloop.config.yaml"] {
            try folder.write("trainloop: {data_folder: /in/\(name)}", to: name)
        }
        let named = ["TRAINLOOP_CONFIG_PATH": "named.yaml"]
        #expect(try load(folder, path: "given.yaml", named).dataFolder == "/in/given.yaml")
        #expect(try load(folder, named).dataFolder == "/in/named.yaml")
        #expect(try load(folder).dataFolder == "/in/trainloop/trainloop.config.yaml")
    }

    @Test func `variables win over the file and are relative to the working directory`() throws {
        let folder = try TemporaryFolder()
        try folder.write("trainloop: {data_folder: a, log_level: debug, media: keep}", to: "trainloop.config.yaml")
        let configuration = try load(
            folder,
            [
                "TRAINLOOP_DATA_FOLDER": "b", "TRAINLOOP_LOG_LEVEL": "error", "TRAINLOOP_FLUSH_IMMEDIATELY": "0",
                "TRAINLOOP_HOST_ALLOWLIST": "llm.example:8080, default", "TRAINLOOP_DURABLE": "true",
                "TRAINLOOP_MEDIA": "drop",
            ])
        #expect(configuration.dataFolder == "\(folder.path)/b")
        #expect(configuration.logLevel == .error)
        #expect(!configuration.flushImmediately)
        #expect(configuration.isDurable)
        #expect(configuration.media == .drop)
        #expect(configuration.hostAllowlist.first?.text == "llm.example:8080")
        #expect(configuration.hostAllowlist.count == DefaultHosts.patterns.count + 1)
    }

    @Test(
        arguments: [
            ("trainloop: {log_level: loud}", "trainloop.config.yaml:1: log_level: 'loud' is no log level"),
            ("trainloop: {media: inline}", "trainloop.config.yaml:1: media: 'inline' is no choice for media"),
            (
                "trainloop:\n  flush_immediately: maybe",
                "trainloop.config.yaml:2: flush_immediately: 'maybe' is neither"
            ),
            (
                "trainloop:\n  host_allowlist:\n    - https://x/",
                "trainloop.config.yaml:3: host_allowlist: 'https://x/'"
            ),
            (
                "trainloop:\n  host_allowlist: {a: 1}",
                "trainloop.config.yaml:2: a value that begins with { needs quotes"
            ),
            (
                "trainloop:\n  host_allowlist:\n    a: 1",
                "trainloop.config.yaml:2: host_allowlist: must be a list of hosts"
            ),
            ("trainloop: [1, 2]", "trainloop.config.yaml:1: a value that begins with [ needs quotes"),
            ("trainloop: yes", "trainloop.config.yaml:1: trainloop: must hold keys"),
        ])
    func `a wrong file is refused with its place and the way out`(text: String, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "trainloop.config.yaml")
        let error = #expect(throws: ConfigurationError.self) { try load(folder) }
        #expect(error?.message.contains(message) ?? false, "\(error?.message ?? "no error")")
    }

    @Test func `a named file that is not there is an error, an absent section is not`() throws {
        let folder = try TemporaryFolder()
        let error = #expect(throws: ConfigurationError.self) { try load(folder, path: "none.yaml") }
        #expect(error?.message.contains("\(folder.path)/none.yaml: No such file") ?? false)
        try folder.write("judge: {models: []}\ntrainloop:\n", to: "trainloop.config.yaml")
        #expect(try load(folder).dataFolder == "\(folder.path)/trainloop/data")
    }

    @Test func `what has no effect is told with its line`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.path)/trainloop.config.yaml"
        try folder.write(
            "trainloop:\n  data_foldr: x\n  log_level: info\n  host_allowlist: []\n", to: "trainloop.config.yaml")
        let notices = try load(folder).notices()
        #expect(notices.count == 2, "\(notices)")
        #expect(notices.first?.hasPrefix("\(path):2: data_foldr is no setting") ?? false)
        #expect(notices.last == "the allow-list is empty: nothing is recorded")
        try folder.write("data_folder: x\n", to: "trainloop.config.yaml")
        #expect(try load(folder).notices() == ["\(path) has no section trainloop:, so nothing of it is used"])
        try folder.write("trainloop:\n", to: "trainloop.config.yaml")
        #expect(try load(folder).notices().isEmpty)
        folder.remove("trainloop.config.yaml")
        #expect(try load(folder).notices().isEmpty)
    }

    private func load(
        _ folder: TemporaryFolder, path: String? = nil, _ environment: [String: String] = [:]
    ) throws -> CaptureConfiguration {
        try .load(path: path, workingDirectory: folder.path) { environment[$0] }
    }
}
