// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore
import TrainLoopFront
import TrainLoopTestSupport
import Yams

/// What the reader takes, it takes as a YAML library does; what it does not take, it refuses with the line.
@Suite struct YAMLSectionTests {
    @Test(arguments: [
        "trainloop:\n  data_folder: data\n",
        "\u{feff}# a comment\n---\ntrainloop: # ours\n\n  data_folder:   a b  # the folder\n  # between\n  host_allowlist:\n  - a.example\n  - 'b.example'\n",
        "other:\n  - x: 1\n    trainloop: no\ntrainloop:\r\n    data_folder: \"a\\\\b \\\"c\\\"\"\r\n    host_allowlist:\r\n        - \"*.openai.azure.com\" # all\r\n        - localhost:11434\r\nlast: |\n  trainloop:\n    data_folder: no\n",
        "trainloop:\n  data_folder: 'it''s #1'\n  host_allowlist: [a.example, \"b.example\" , 'c.example']\n",
        "trainloop:\n  host_allowlist: [\n    a.example, # one\n    b.example,\n  ]\n  data_folder: after\n",
        "trainloop: {data_folder: a, host_allowlist: [x.example, \"y.example\"]}\nlater: 1\n",
        "trainloop: {\n  \"data_folder\": \"a\", \"host_allowlist\": [\"x.example\"]\n}\n",
        "trainloop:\n  unknown:\n    deep:\n      - 1\n  data_folder: http://x:80/y\n",
        "trainloop:\n  data_folder: /a#b\n  \"host_allowlist\": a.example\n",
        "trainloop: {\n\tdata_folder: a\n}\nother:\n  - |\n    a\n    \ttab\n\"later\": 1\n",
        "trainloop:\n  data_folder: first\n---\ntrainloop:\n  data_folder: second\n",
        "other: \"a\n\tb\"\ntrainloop:\n  data_folder: a\n",
        "other: {\n\ta: 1\n}\ntrainloop:\n  data_folder: a\nlater: {\n\tb: 1\n}\n",
    ])
    func `a file means what a YAML library says`(text: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "trainloop.config.yaml")
        let configuration = try CaptureConfiguration.load(path: nil, workingDirectory: folder.path) { _ in nil }
        let document = try #require(try Yams.compose_all(yaml: text).first { _ in true })
        let section = try #require(document["trainloop"])
        if let expected = section["data_folder"]?.string {
            let path = expected.hasPrefix("/") ? expected : "\(folder.path)/\(expected)"
            #expect(configuration.dataFolder == path)
        }
        let hosts = section["host_allowlist"].map { $0.sequence?.compactMap(\.string) ?? [$0.string ?? ""] }
        if let hosts { #expect(configuration.hostAllowlist.map(\.text) == hosts) }
    }

    @Test(arguments: [
        ("trainloop:\n  data_folder: |\n    a\n", 2, "a value that begins with | needs quotes"),
        ("trainloop:\n  data_folder: &x a\n", 2, "a value that begins with & needs quotes"),
        ("trainloop:\n  data_folder: a\n    b\n", 3, "a value stands on the line of its key"),
        ("trainloop:\n  data_folder: \"a\n", 2, "no quote at its end"),
        ("trainloop:\n  data_folder: \"\\x41\"\n", 2, "of escapes"),
        ("trainloop:\n  data_folder: 'a' b\n", 2, "nothing but a comment may follow"),
        ("trainloop:\n  host_allowlist: [a, b\n", 2, "a list has no ]"),
        // Plain text with quotes in it, as in YAML: refused for what it is.
        ("trainloop:\n  host_allowlist: [a 'b']\n  x: 1\n", 2, "is no host"),
        ("trainloop:\n  host_allowlist:\n    - a: 1\n", 3, "a single value"),
        ("trainloop:\n  host_allowlist:\n    - a\n      b\n", 4, "begins with '- '"),
        ("trainloop:\n  data_folder: a\n   log_level: debug\n", 3, "a value stands on the line"),
        ("trainloop:\n    data_folder: a\n  log_level: debug\n", 3, "with the same indentation"),
        ("trainloop:\n  data_folder a\n", 2, "must hold keys"),
        ("trainloop: {data_folder: a\n", 1, "no }"),
        ("trainloop:\n\tdata_folder: a\n", 2, "indent with blanks, not tabs"),
        ("trainloop:\n  data_folder: a\n\tmedia: drop\n", 3, "indent with blanks, not tabs"),
        ("trainloop:\n  \tdata_folder: a\n", 2, "indent with blanks, not tabs"),
        ("trainloop:\n  host_allowlist:\n  \t- a\n", 3, "indent with blanks, not tabs"),
        ("trainloop:\n  x: 1\nother:\n\ttrainloop:\n", 4, "indent with blanks, not tabs"),
        ("trainloop:\n  media: drop\ntrainloop:\n  data_folder: b\n", 3, "trainloop: stands here a second time"),
        ("trainloop: {media: drop}\na: 1\n'trainloop': {}\n", 3, "trainloop: stands here a second time"),
        ("trainloop:\n  media: drop\n  data_folder: b\n  media: keep\n", 4, "media stands here a second time"),
        ("trainloop: {media: drop,\n  media: keep}\n", 2, "media stands here a second time"),
    ])
    func `what is beyond the reader is refused with its line`(text: String, line: Int, message: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(text, to: "trainloop.config.yaml")
        let error = #expect(throws: ConfigurationError.self) {
            try CaptureConfiguration.load(path: nil, workingDirectory: folder.path) { _ in nil }
        }
        let place = "\(folder.path)/trainloop.config.yaml:\(line): "
        #expect(error?.message.hasPrefix(place) ?? false, "\(error?.message ?? "no error")")
        #expect(error?.message.contains(message) ?? false, "\(error?.message ?? "no error")")
    }

    @Test func `no prefix of a file and no change of one byte traps`() throws {
        let folder = try TemporaryFolder()
        let text =
            "a: [1]\ntrainloop:\n  data_folder: \"x\\n\" # c\n  host_allowlist: [a, 'b']\n  log_level: {x: [1], y: 2}\n"
        var variants = (0...text.utf8.count).map { Array(text.utf8.prefix($0)) }
        for index in text.utf8.indices {
            for byte in "[]{}:,-#\"'\\\n \t\u{1}".utf8 {
                var bytes = Array(text.utf8)
                bytes[text.utf8.distance(from: text.utf8.startIndex, to: index)] = byte
                variants.append(bytes)
            }
        }
        for variant in variants {
            try folder.write(String(decoding: variant, as: UTF8.self), to: "trainloop.config.yaml")
            _ = try? CaptureConfiguration.load(path: nil, workingDirectory: folder.path) { _ in nil }
        }
    }
}
