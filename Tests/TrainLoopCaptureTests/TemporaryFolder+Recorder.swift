// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopTestSupport

extension TemporaryFolder {
    /// A recorder on the folder's `data`, with the default list of hosts.
    func recorder(
        _ change: (inout CaptureConfiguration) -> Void = { _ in },
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) -> Recorder {
        var configuration = CaptureConfiguration(workingDirectory: path)
        configuration.dataFolder = "\(path)/data"
        change(&configuration)
        return Recorder(configuration: configuration, by: "trainloop/test", report: report)
    }

    /// The lines of both shelves; those of `calls/` first.
    func lines(_ shelves: [String] = ["calls", "events"]) -> [String] {
        shelves.flatMap { shelf in
            names("data/\(shelf)").flatMap { read("data/\(shelf)/\($0)").split(separator: "\n").map(String.init) }
        }
    }
}

extension RequestHead {
    /// A request head for an `https` or `http` URL on its default port.
    static func post(_ url: String, fields: [(String, String)] = [("content-type", "application/json")]) -> RequestHead
    {
        let isSecure = url.hasPrefix("https:")
        let rest = url.drop { $0 != "/" }.dropFirst(2)
        let host = rest.prefix { $0 != "/" }
        return RequestHead(
            method: Array("POST".utf8), isSecure: isSecure, host: Array(host.utf8), port: isSecure ? 443 : 80,
            target: Array(rest.dropFirst(host.count).utf8), fields: fields.map { HeaderField($0.0, $0.1) })
    }
}
