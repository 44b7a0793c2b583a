// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// The simulator as a process of its own, and a plain proxy that leads programs to it without us.
final class SimulatedProviders: Sendable {
    private let simulator: RunningProgram
    private let plainProxy: RunningProgram?
    private let folder: ScratchFolder
    let port: Int
    let tlsPort: Int
    let certificateFile: String
    /// How a program that obeys the usual variables reaches the simulator without us.
    let proxyEnvironment: [String: String]

    init() async throws {
        folder = try ScratchFolder()
        certificateFile = folder.url.appending(path: "ca.pem").path
        simulator = try Programs.start(
            [Programs.trainloop, "simulate", "--port", "0", "--tls-port", "0", "--ca-file", certificateFile])
        let lines = await simulator.output.lines { $0.hasPrefix("ca=") }
        func number(_ name: String) throws -> Int {
            let line = try #require(lines.first { $0.hasPrefix("\(name)=") }, "\(lines)")
            return try #require(Int(line.split(separator: ":").last ?? ""))
        }
        port = try number("http")
        tlsPort = try number("https")
        guard let python = Programs.find("python3") else {
            plainProxy = nil
            proxyEnvironment = [:]
            return
        }
        let plainProxy = try Programs.start([python, Programs.fixture("plain_proxy.py"), "\(tlsPort)"])
        self.plainProxy = plainProxy
        let proxyPort = try #require(await plainProxy.output.lines { _ in true }.first)
        proxyEnvironment = [
            "HTTPS_PROXY": "http://127.0.0.1:\(proxyPort)", "SSL_CERT_FILE": certificateFile,
            "REQUESTS_CA_BUNDLE": certificateFile,
        ]
    }

    /// How `trainloop run` reaches the simulator in the providers' place.
    var runOptions: [String] {
        [
            "--upstream-ca", certificateFile, "--connect-to", "api.openai.com:443:127.0.0.1:\(tlsPort)",
            "--connect-to", "api.anthropic.com:443:127.0.0.1:\(tlsPort)",
        ]
    }
}
