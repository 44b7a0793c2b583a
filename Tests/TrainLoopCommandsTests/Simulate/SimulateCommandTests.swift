// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// `trainloop simulate`: what it prints can be used as it is, by a client of the system's.
@Suite(.serialized, .timeLimit(.minutes(10))) struct SimulateCommandTests {
    private static let question = #"{"model":"m","messages":[{"role":"user","content":"Hello"}]}"#

    @Test func `both printed addresses answer, with the printed certificate`() async throws {
        guard let curl = Programs.find("curl") else { return print("SKIP: curl is not installed") }
        let folder = try ScratchFolder()
        let simulator = try Programs.start(
            [
                Programs.trainloop, "simulate", "--port", "0", "--tls-port", "0", "--ca-file", "ca.pem", "--drip-ms",
                "1",
            ], folder: folder.url)
        let lines = await simulator.output.lines { $0.hasPrefix("ca=") }
        #expect(lines.map { $0.prefix { $0 != "=" } } == ["http", "https", "ca"])
        let values = lines.map { String($0.drop { $0 != "=" }.dropFirst()) }
        try #require(values.count == 3)
        #expect(values[2].hasSuffix("/ca.pem"))
        let mode = try FileManager.default.attributesOfItem(atPath: values[2])[.posixPermissions] as? Int
        #expect(mode == 0o644)
        for address in values[..<2] {
            let answer = try await Programs.run([
                curl, "-sS", "--noproxy", "*", "--cacert", values[2], "\(address)/v1/chat/completions", "-H",
                "Authorization: Bearer any", "-d", Self.question,
            ])
            #expect(answer.status == 0, "\(answer.errors)")
            #expect(answer.output.contains("You said: Hello"))
        }
        simulator.signal(SIGTERM)
        #expect(await simulator.status() == 0)
        #expect(await simulator.errors.text() == "")
    }

    @Test(arguments: [["--port", "65536"], ["--tls-port", "-1"], ["--drip-ms", "-1"]])
    func `numbers that cannot be are refused`(options: [String]) async throws {
        let outcome = try await Programs.run([Programs.trainloop, "simulate"] + options)
        #expect(outcome.status == 64)
    }
}
