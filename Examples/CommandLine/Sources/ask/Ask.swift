// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoop

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// Asks a model one question and prints the answer as it comes; the call is on record afterwards.
@main struct Ask {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1"
        let question = CommandLine.arguments.dropFirst().joined(separator: " ")
        guard let url = URL(string: "\(base)/chat/completions"), !question.isEmpty else {
            throw Failure(description: "usage: ask QUESTION")
        }

        // A base URL of one's own is a host of one's own.
        try TrainLoop.collect(hostAllowlist: ["default"] + [url.host].compactMap(\.self))

        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("Bearer \(environment["OPENAI_API_KEY"] ?? "")", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = try JSONEncoder().encode(
            Question(model: "gpt-4o-mini", messages: [.init(role: "user", content: question)], stream: true))

        let printer = StreamPrinter()
        let session = CapturingURLSession(configuration: .default, delegate: printer)
        TrainLoop.withTag("ask") { session.dataTask(with: request).resume() }
        for await line in printer.lines { print(line, terminator: "") }
        print()
        session.finishTasksAndInvalidate()

        let stats = await TrainLoop.shutdown()
        print("\(stats.recorded) of \(stats.seen) calls on record")
    }

    struct Failure: Error, CustomStringConvertible {
        var description: String
    }

    struct Question: Encodable {
        struct Message: Encodable {
            var role: String
            var content: String
        }

        var model: String
        var messages: [Message]
        var stream: Bool
    }
}
