// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import ArgumentParser
import ServiceLifecycle
import TrainLoopCapture
import TrainLoopFront
import TrainLoopTesting
import UnixSignals

/// `trainloop simulate`: a provider to talk to where there is none.
package struct SimulateCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Answer as OpenAI and Anthropic would, on this machine.",
        discussion: """
            Listens on 127.0.0.1 until SIGTERM or SIGINT, over HTTP and, by a certificate authority of its own, over HTTPS as \
            any of the providers' hosts. Prints where, one line each: http=, https=, ca=.

            What it answers depends on the request alone. Directives in the last user message ask for more, such as \
            [sim:tools], [sim:thinking], [sim:error=429], [sim:drip=50], [sim:bytes=5000000], [sim:gzip], [sim:cut=body]. A \
            key must be sent; any will do.

            EXAMPLE:
              trainloop simulate --port 8080 --ca-file ca.pem &
              curl http://127.0.0.1:8080/v1/chat/completions -H 'Authorization: Bearer any' \\
                -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'
              trainloop run --upstream-ca ca.pem --connect-to api.openai.com:443:127.0.0.1:8443 -- python my_agent.py
            """)

    @Option(help: "The port for HTTP; 0 lets the system choose.")
    var port = 8080

    @Option(help: "The port for HTTPS; 0 lets the system choose.")
    var tlsPort = 8443

    @Option(help: "Where to write the certificate that clients of the HTTPS port must trust.", completion: .file())
    var caFile: String?

    @Option(help: "Milliseconds between the pieces of every body that asks for no other pace.")
    var dripMs = 0

    package init() {}

    package func validate() throws {
        guard 0...600_000 ~= dripMs else { throw ValidationError("--drip-ms is a number from 0 to 600000.") }
        guard 0...65535 ~= port, 0...65535 ~= tlsPort else {
            throw ValidationError("A port is a number from 0 to 65535.")
        }
    }

    package func run() async throws {
        let simulator: ProviderSimulator
        var lines: [String] = []
        do {
            simulator = try ProviderSimulator(dripMilliseconds: dripMs)
            try await simulator.start(httpPort: port, httpsPort: tlsPort)
            lines = ["http=http://127.0.0.1:\(simulator.httpPort)", "https=https://127.0.0.1:\(simulator.httpsPort)"]
            if let caFile {
                let path = absolutePath(caFile, relativeTo: WorkingDirectory.path)
                try SmallFile.write(Array(simulator.certificatePEM.utf8), to: path, mode: 0o644)
                lines.append("ca=\(path)")
            }
        } catch {
            StandardError.say("cannot simulate: \(error)")
            throw ExitCode.failure
        }
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        // Whoever reads our standard output may leave before we do.
        StandardOutput.write(lines.map { $0 + "\n" }.joined())
        for await _ in signals { break }
        await simulator.shutdown()
    }
}
