// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Chooses what to answer: by path and prompt, as the providers choose by path and model.
enum SimulatedRouter {
    /// - Parameters:
    ///   - isLast: the connection ends with this reply.
    ///   - isOld: the client speaks HTTP/1.0, which knows no chunks.
    static func reply(
        _ request: SimulatedRequest, dripMilliseconds: Int, isLast: Bool, isOld: Bool
    ) -> SimulatedReply {
        let call = SimulatedCall(request)
        let path = request.path.prefix { $0 != "?" }
        let isAnthropic = path.hasSuffix("/messages") || request.field("anthropic-version") != nil
        var reply = answer(call, isAnthropic: isAnthropic, path: path)
        let requestID = "req_\(call.fingerprint)"
        reply.fields.append((isAnthropic ? "request-id" : "x-request-id", requestID))
        if !isAnthropic { reply.fields.append(("openai-processing-ms", "12")) }
        reply.fields += rateLimits(isAnthropic)
        if call.directives.objection == nil {
            reply.headDelay = call.directives.number("slow") ?? 0
            reply.pieceDelay = call.directives.number("drip") ?? dripMilliseconds
        }
        reply.isLast = isLast
        reply.isHeadOnly = request.method == "HEAD"
        shape(&reply, call)
        if isOld, reply.framing == .chunked { reply.framing = .untilClose }
        return reply
    }

    private static func answer(
        _ call: SimulatedCall, isAnthropic: Bool, path: Substring
    ) -> SimulatedReply {
        let request = call.request
        if let detour = SimulatedDetour.reply(request) { return detour }
        guard request.field("authorization") ?? request.field("x-api-key") ?? request.field("api-key") != nil else {
            return error(401, isAnthropic)
        }
        if request.method == "GET", path.hasSuffix("/models") { return SimulatedEmbeddings.models }
        guard request.method == "POST",
            ["/messages", "/chat/completions", "/responses", "/embeddings"].contains(where: path.hasSuffix)
        else { return error(404, isAnthropic) }
        guard call.json?.kind == .object else { return error(400, isAnthropic) }
        if let objection = objection(call) { return error(400, isAnthropic, objection) }
        if let status = call.directives.number("error") { return error(status, isAnthropic) }
        // Fails until the client says that it tries again, as the official clients do.
        if call.directives.has("flaky"), request.field("x-stainless-retry-count") ?? "0" == "0" {
            return error(429, isAnthropic)
        }
        if isAnthropic { return SimulatedMessages.reply(call) }
        if path.hasSuffix("/responses") { return SimulatedResponses.reply(call) }
        if path.hasSuffix("/embeddings") { return SimulatedEmbeddings.reply(call) }
        return SimulatedChat.reply(call)
    }

    private static func shape(
        _ reply: inout SimulatedReply, _ call: SimulatedCall
    ) {
        let directives = call.directives
        let accepted = call.field("accept-encoding") ?? ""
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
        case "in-head":
            reply.cutsHead = true
            reply.cutAfterPieces = 1
        case "body":
            if reply.pieces.count == 1 {
                let whole = reply.pieces[0]
                reply.pieces = [Array(whole[..<(whole.count / 2)]), Array(whole[(whole.count / 2)...])]
            }
            reply.cutAfterPieces = (reply.wirePieces.count + 1) / 2
        case "length":
            reply.framing = .length
            reply.claimedLength = reply.pieces.reduce(0) { $0 + $1.count } + 100
            reply.cutAfterPieces = reply.pieces.count + 1
        default: break
        }
    }

    /// What is wrong with a request that asks for more than can be.
    private static func objection(_ call: SimulatedCall) -> String? {
        if let n = call.json?["n"]?.integer, !(1...128).contains(n) {
            return "Invalid 'n': expected a value from 1 to 128, but got \(n) instead."
        }
        return call.directives.objection
    }

    private static func rateLimits(_ isAnthropic: Bool) -> [(String, String)] {
        let (prefix, suffix) = isAnthropic ? ("anthropic-ratelimit-requests-", "") : ("x-ratelimit-", "-requests")
        return [("\(prefix)limit\(suffix)", "5000"), ("\(prefix)remaining\(suffix)", "4999")]
    }

    /// An error in the provider's form.
    private static func error(_ status: Int, _ isAnthropic: Bool, _ words: String? = nil) -> SimulatedReply {
        let (type, usual) =
            switch status {
            case 400: ("invalid_request_error", "The request could not be understood.")
            case 401: (isAnthropic ? "authentication_error" : "invalid_request_error", "No API key was provided.")
            case 403: ("permission_error", "The key may not do this.")
            case 404: (isAnthropic ? "not_found_error" : "invalid_request_error", "There is nothing at this path.")
            case 429: (isAnthropic ? "rate_limit_error" : "requests", "Rate limit reached; try again in 20 ms.")
            case 529: ("overloaded_error", "Overloaded")
            default: (isAnthropic ? "api_error" : "server_error", "The server had an error.")
            }
        let message = words ?? usual
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
            reply.fields.append(("x-should-retry", "true"))
        }
        return reply
    }
}
