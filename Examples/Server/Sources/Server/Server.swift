// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import ServiceLifecycle
import TrainLoop
import TrainLoopAsyncHTTPClient
import TrainLoopServiceLifecycle

/// A server that passes questions on to a model and its answer back as it comes: `POST /ask`, the question as the body.
@main struct Server {
    static func main() async throws {
        let environment = ProcessInfo.processInfo.environment
        let base = environment["OPENAI_BASE_URL"] ?? "https://api.openai.com/v1"
        let key = environment["OPENAI_API_KEY"] ?? ""
        let host = URL(string: base)?.host
        // A base URL of one's own is a host of one's own.
        try TrainLoop.collect(hostAllowlist: ["default"] + [host].compactMap(\.self))

        let client = HTTPClient.shared.capturing
        let router = Router()
        router.post("ask") { request, context -> Response in
            let question = try await request.body.collect(upTo: 1 << 20)
            // Each call says where it belongs; the record tells it.
            let user = HTTPField.Name("X-User").flatMap { request.headers[$0] }
            let answer = try await TrainLoop.with(tag: "ask", session: context.id, user: user) {
                try await client.execute(
                    Self.question(String(buffer: question), base, key), timeout: .seconds(120), logger: context.logger)
            }
            // Chunk by chunk: the provider is read as fast as our own client reads us.
            return Response(
                status: .init(code: Int(answer.status.code)),
                headers: [.contentType: answer.headers.first(name: "content-type") ?? "text/plain"],
                body: ResponseBody(asyncSequence: answer.body))
        }

        let logger = Logger(label: "server")
        let application = Application(
            router: router,
            configuration: .init(address: .hostname("127.0.0.1", port: Int(environment["PORT"] ?? "") ?? 8081)),
            logger: logger)
        // First of all services, so that it ends last.
        let group = ServiceGroup(
            services: [TrainLoopService(), application], gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        try await group.run()
    }

    private static func question(_ text: String, _ base: String, _ key: String) throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "\(base)/chat/completions")
        request.method = .POST
        request.headers = ["Authorization": "Bearer \(key)", "Content-Type": "application/json"]
        let body: [String: Any] = [
            "model": "gpt-4o-mini", "stream": true, "messages": [["role": "user", "content": text]],
        ]
        request.body = .bytes(try JSONSerialization.data(withJSONObject: body))
        return request
    }
}
