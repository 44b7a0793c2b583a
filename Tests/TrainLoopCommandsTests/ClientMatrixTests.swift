// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import Testing

/// A client program, run once without us and once under `trainloop run`, against the simulator by TLS.
struct ClientProgram: Sendable, CustomTestStringConvertible {
    var name: String
    /// Packages of a virtual environment, or nil when the program needs none.
    var packages: [String]?
    var command: [String]
    /// What `trainloop run` is given beside the data folder.
    var runOptions: [String] = []
    /// The environment of the run without us: how it finds the simulator.
    var bareEnvironment: @Sendable (SimulatedProviders) -> [String: String] = { $0.proxyEnvironment }
    var bareArguments: @Sendable (SimulatedProviders) -> [String] = { _ in [] }
    /// The exchanges it makes, in order: api and status.
    var exchanges: [String]

    var testDescription: String { name }

    static let openAI = [
        "chat ok", "chat ok", "chat ok", "chat error", "responses ok", "responses ok", "embeddings ok",
    ]
    static let anthropic = ["messages ok", "messages ok", "messages ok", "messages error"]
    static let plainAndStreamed = ["chat ok", "chat ok"]

    static func python(_ name: String, _ script: String, _ packages: [String], _ exchanges: [String]) -> ClientProgram {
        ClientProgram(
            name: name, packages: packages, command: ["python", Programs.fixture(script)], exchanges: exchanges)
    }

    static let all = [
        python("openai (newest)", "openai_client.py", ["openai"], openAI),
        python("openai 1.97.0", "openai_client.py", ["openai==1.97.0"], openAI),
        python("anthropic (newest)", "anthropic_client.py", ["anthropic"], anthropic),
        python("anthropic 0.58.2", "anthropic_client.py", ["anthropic==0.58.2"], anthropic),
        python("requests", "requests_client.py", ["requests"], plainAndStreamed),
        python("httpx", "httpx_client.py", ["httpx"], plainAndStreamed),
        ClientProgram(
            name: "curl", command: ["sh", Programs.fixture("curl_client.sh")], exchanges: plainAndStreamed),
        ClientProgram(
            name: "node fetch", command: ["node", Programs.fixture("fetch_client.mjs")],
            bareEnvironment: { simulated in
                [
                    "NODE_OPTIONS": "--require \(Programs.fixture("redirect.cjs"))",
                    "SIMULATOR_PORT": "\(simulated.tlsPort)", "NODE_EXTRA_CA_CERTS": simulated.certificateFile,
                ]
            }, exchanges: plainAndStreamed),
        ClientProgram(
            name: "openai (newest) by --gateway", packages: ["openai"],
            command: ["python", Programs.fixture("openai_client.py")], runOptions: ["--gateway"],
            exchanges: openAI),
        ClientProgram(
            name: "aiohttp, urllib3, http.client by --inject", packages: ["aiohttp", "urllib3"],
            command: ["python", Programs.fixture("headstrong_clients.py")], runOptions: ["--inject"],
            bareEnvironment: { _ in [:] }, bareArguments: { ["http://127.0.0.1:\($0.port)"] },
            exchanges: ["chat ok", "chat ok", "chat ok"]),
        ClientProgram(
            name: "URLSession by --inject", command: ["URLSessionClient"], runOptions: ["--inject"],
            bareEnvironment: { _ in [:] }, bareArguments: { ["http://127.0.0.1:\($0.port)"] },
            exchanges: plainAndStreamed),
    ]
}

/// The whole way for each client: the program's output is byte for byte what it is without us, every exchange is recorded
/// once, and no key is on the disk.
@Suite(.serialized) struct ClientMatrixTests {
    @Test(arguments: ClientProgram.all)
    func `a client gets what it gets without us, and its exchanges are on record`(_ client: ClientProgram) async throws
    {
        let command: [String]
        switch await Toolbox.shared.command(for: client) {
        case .success(let found): command = found
        case .failure(let absence):
            try Test.cancel("SKIP \(client.name): \(absence.reason)")
        }
        let simulated = try await SimulatedProviders()
        let folder = try ScratchFolder()

        let bare = try await Programs.run(
            command + client.bareArguments(simulated), environment: client.bareEnvironment(simulated),
            folder: folder.url)
        try #require(bare.status == 0, "without us: \(bare.errors)")
        try #require(!bare.output.isEmpty)

        let run = try await Programs.run(
            [Programs.trainloop, "run", "--data-folder", "data", "--strict"] + simulated.runOptions + client.runOptions
                + ["--"] + command, folder: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output == bare.output)
        let count = client.exchanges.count
        #expect(
            run.errors.contains(
                "trainloop: \(count) exchanges seen, \(count) recorded, 0 unparsed, 0 bypassed -> data"),
            "\(run.errors)")

        let records = try folder.records()
        #expect(records.map { "\($0["api"] ?? "") \($0["status"] ?? "")" } == client.exchanges)
        #expect(records.allSatisfy { ($0["capture"] as? [String: Any])?["parse"] as? String == "full" })
        #expect(!folder.everything().contains("canary"), "a key reached the disk")
        print(
            "PASS \(client.name): output equal (\(bare.output.utf8.count) bytes), \(records.count) of \(count) recorded"
        )
    }
}

/// Why a client cannot be run here.
struct Absence: Error {
    var reason: String
}

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

/// Makes what client programs need: virtual environments by pip, a Swift program by swiftc. Once per build folder.
actor Toolbox {
    static let shared = Toolbox()

    private let folder = Programs.products.appending(path: "client-tools")

    /// The program's command with its interpreter's full path, or why there is none here.
    func command(for client: ClientProgram) async -> Result<[String], Absence> {
        guard let program = client.command.first else { return .failure(Absence(reason: "no command")) }
        do {
            if let packages = client.packages {
                return .success([try await python(packages)] + client.command.dropFirst())
            }
            if program == "URLSessionClient" {
                return .success([try await compiled(program)])
            }
            guard let path = Programs.find(program) else { throw Absence(reason: "\(program) is not installed") }
            return .success([path] + client.command.dropFirst())
        } catch let absence as Absence {
            return .failure(absence)
        } catch {
            return .failure(Absence(reason: "\(error)"))
        }
    }

    private func python(_ packages: [String]) async throws -> String {
        guard let python = Programs.find("python3") else { throw Absence(reason: "python3 is not installed") }
        let venv = folder.appending(path: packages.joined(separator: "+"))
        let interpreter = venv.appending(path: "bin/python").path
        let stamp = venv.appending(path: "complete").path
        if FileManager.default.fileExists(atPath: stamp) { return interpreter }
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // pip needs the environment's own settings, such as where its index is.
        let environment = ProcessInfo.processInfo.environment
        let made = try await Programs.run([python, "-m", "venv", venv.path], environment: environment)
        guard made.status == 0 else { throw Absence(reason: "python3 -m venv fails: \(made.errors.suffix(200))") }
        let installed = try await Programs.run(
            [interpreter, "-m", "pip", "install", "--quiet"] + packages, environment: environment)
        guard installed.status == 0 else {
            throw Absence(
                reason: "pip install \(packages.joined(separator: " ")) fails: \(installed.errors.suffix(200))")
        }
        try Data().write(to: URL(filePath: stamp))
        return interpreter
    }

    private func compiled(_ name: String) async throws -> String {
        #if os(Linux)
            guard let compiler = Programs.find("swiftc") else { throw Absence(reason: "swiftc is not on PATH") }
            let program = folder.appending(path: name).path
            if FileManager.default.fileExists(atPath: program) { return program }
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let built = try await Programs.run([compiler, Programs.fixture("\(name).swift"), "-o", program])
            guard built.status == 0 else { throw Absence(reason: "swiftc fails: \(built.errors.suffix(400))") }
            return program
        #else
            throw Absence(reason: "--inject is for Linux")
        #endif
    }
}
