// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import TrainLoopCapture
import TrainLoopFront

/// The options that `run` and `proxy` share.
struct CaptureOptions: ParsableArguments {
    @Option(help: "Where the records lie; wins over the configuration.", completion: .directory)
    var dataFolder: String?

    @Option(
        help:
            "The configuration file; else TRAINLOOP_CONFIG_PATH, trainloop/trainloop.config.yaml, trainloop.config.yaml.",
        completion: .file())
    var config: String?

    @Option(help: "The tag of calls that carry no X-Trainloop-Tag.")
    var tag: String = ""

    @Flag(inversion: .prefixedNo, help: "Write each call at once, or by ten seconds or five calls.")
    var flushImmediately: Bool?

    @Option(
        name: .customLong("upstream-ca"),
        help: "A PEM file with roots to trust for upstream connections, beside the system's. May be repeated.",
        completion: .file())
    var upstreamTrustFiles: [String] = []

    @Option(
        help: "Connect to the second host and port where the first is asked for, as curl does. May be repeated.",
        transform: { text in
            guard let target = ConnectTo(text) else {
                throw ValidationError("'\(text)' is not HOST:PORT:HOST:PORT.")
            }
            return target
        })
    var connectTo: [ConnectTo] = []

    func validate() throws {
        guard dataFolder != "" else { throw ValidationError("--data-folder names no folder.") }
    }

    /// The configuration of file and environment, with what the command line says over it.
    func load(_ environment: [String: String]) throws(ConfigurationError) -> CaptureConfiguration {
        let workingDirectory = WorkingDirectory.path
        var configuration = try CaptureConfiguration.load(
            path: config, workingDirectory: workingDirectory
        ) { environment[$0] }
        if let dataFolder {
            configuration.dataFolder = absolutePath(dataFolder, relativeTo: workingDirectory)
        }
        if let flushImmediately { configuration.flushImmediately = flushImmediately }
        return configuration
    }
}
