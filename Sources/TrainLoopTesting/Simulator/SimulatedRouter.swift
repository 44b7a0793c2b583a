// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Chooses what to answer: by path and prompt, as the providers choose by path and model.
enum SimulatedRouter {
    static func reply(_ request: SimulatedRequest, number: Int) -> SimulatedReply {
        let path = request.path.prefix { $0 != "?" }
        let isAnthropic = path.hasSuffix("/messages")
        let directives = SimulatedDirectives(request.prompt)
        var reply = answer(request, directives, isAnthropic: isAnthropic, path: path)
        let requestID = "req_\(request.fingerprint)"
        reply.fields.append((isAnthropic ? "request-id" : "x-request-id", requestID))
        if !isAnthropic { reply.fields.append(("openai-processing-ms", "12")) }
        reply.headDelay = directives.number("slow") ?? 0
        reply.pieceDelay = directives.number("drip") ?? 0
        shape(&reply, request, directives)
        return reply
    }

    private static func answer(
        _ request: SimulatedRequest, _ directives: SimulatedDirectives, isAnthropic: Bool, path: Substring
    ) -> SimulatedReply {
        guard request.field("authorization") ?? request.field("x-api-key") ?? request.field("api-key") != nil else {
            return error(401, isAnthropic)
        }
        if request.method == "GET", path.hasSuffix("/models") { return SimulatedEmbeddings.models }
        guard request.method == "POST",
            ["/messages", "/chat/completions", "/responses", "/embeddings"].contains(where: path.hasSuffix)
        else { return error(404, isAnthropic) }
        guard request.json?.kind == .object else { return error(400, isAnthropic) }
        if let status = directives.number("error") { return error(status, isAnthropic) }
        // Fails until the client says that it tries again, as the official clients do.
        if directives.has("flaky"), request.field("x-stainless-retry-count") ?? "0" == "0" {
            return error(429, isAnthropic)
        }
        if isAnthropic { return SimulatedMessages.reply(request, directives) }
        if path.hasSuffix("/responses") { return SimulatedResponses.reply(request, directives) }
        if path.hasSuffix("/embeddings") { return SimulatedEmbeddings.reply(request) }
        return SimulatedChat.reply(request, directives)
    }

    private static func shape(
        _ reply: inout SimulatedReply, _ request: SimulatedRequest, _ directives: SimulatedDirectives
    ) {
        let accepted = request.field("accept-encoding") ?? ""
        if let coding = ["gzip", "deflate", "br", "zstd"].first(where: directives.has), accepted.contains(coding) {
            let whole = reply.pieces.flatMap(\.self)
            if let coded = SimulatedCoding.encode(whole, coding) {
                // In pieces that end anywhere.
                reply.pieces = stride(from: 0, to: coded.count, by: 1000).map {
                    Array(coded[$0..<min($0 + 1000, coded.count)])
                }
                reply.fields.append(("Content-Encoding", coding))
            }
        }
        if directives.has("close") { reply.framing = .untilClose }
        if directives.has("chunked") { reply.framing = .chunked }
        switch directives.text("cut") {
        case "head": reply.cutAfterPieces = 0
        case "body": reply.cutAfterPieces = max(1, reply.wirePieces.count / 2)
        case "length":
            reply.framing = .length
            reply.claimedLength = reply.pieces.reduce(0) { $0 + $1.count } + 100
            reply.cutAfterPieces = reply.pieces.count + 1
        default: break
        }
    }

    /// An error in the provider's form.
    private static func error(_ status: Int, _ isAnthropic: Bool) -> SimulatedReply {
        let (type, message) =
            switch status {
            case 400: ("invalid_request_error", "The request could not be understood.")
            case 401: (isAnthropic ? "authentication_error" : "invalid_request_error", "No API key was provided.")
            case 403: ("permission_error", "The key may not do this.")
            case 404: (isAnthropic ? "not_found_error" : "invalid_request_error", "There is nothing at this path.")
            case 429: (isAnthropic ? "rate_limit_error" : "requests", "Rate limit reached; try again in 20 ms.")
            case 529: ("overloaded_error", "Overloaded")
            default: (isAnthropic ? "api_error" : "server_error", "The server had an error.")
            }
        let error: SimulatedJSON =
            isAnthropic
            ? ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
            : [
                "error": [
                    "message": .string(message), "type": .string(type), "param": nil,
                    "code": status == 429 ? "rate_limit_exceeded" : nil,
                ]
            ]
        var reply = SimulatedReply.json(error, status: status)
        if status == 429 || status == 503 || status == 529 {
            reply.fields.append(("retry-after-ms", "20"))
            reply.fields.append(("retry-after", "1"))
        }
        return reply
    }
}
