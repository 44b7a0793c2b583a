// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Invariant: whole equals drip equals any split; nothing traps; the record is one line of valid JSON.
//
// Compiled together with the core's sources into one libFuzzer program (see `run`). TRAINLOOP_FUZZ names the family: what
// the bytes of the fuzzer are, and to which API the exchange speaks.

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One way into the core.
struct FuzzFamily {
    let name: String
    var method = "POST"
    var host = "api.openai.com"
    var target = "/v1/chat/completions"
    var requestType = "application/json"
    /// The bytes are the request's body; else the response's.
    var isRequest = false
    var status: UInt16 = 200

    static let all: [FuzzFamily] = [
        FuzzFamily(name: "chat"),
        FuzzFamily(name: "responses", target: "/v1/responses"),
        FuzzFamily(name: "messages", target: "/v1/messages"),
        FuzzFamily(name: "completions", target: "/v1/completions"),
        FuzzFamily(name: "text-completions", target: "/v1/complete"),
        FuzzFamily(name: "embeddings", target: "/v1/embeddings"),
        FuzzFamily(name: "images", target: "/v1/images/generations"),
        FuzzFamily(name: "speech", target: "/v1/audio/speech"),
        FuzzFamily(name: "transcription", target: "/v1/audio/transcriptions"),
        FuzzFamily(name: "resources", method: "GET", target: "/v1/files/file-1/content"),
        FuzzFamily(
            name: "gemini", host: "generativelanguage.googleapis.com",
            target: "/v1beta/models/gemini-3-flash:streamGenerateContent"),
        FuzzFamily(
            name: "interactions", host: "generativelanguage.googleapis.com", target: "/v1beta/interactions"),
        FuzzFamily(
            name: "converse", host: "bedrock-runtime.us-east-1.amazonaws.com",
            target: "/model/us.amazon.nova-pro-v1%3A0/converse-stream"),
        FuzzFamily(
            name: "invoke", host: "bedrock-runtime.us-east-1.amazonaws.com",
            target: "/model/meta.llama3-8b-instruct-v1%3A0/invoke-with-response-stream"),
        FuzzFamily(name: "cohere", host: "api.cohere.com", target: "/v1/chat"),
        FuzzFamily(name: "cohere-chat", host: "api.cohere.com", target: "/v2/chat"),
        FuzzFamily(name: "ollama", host: "localhost", target: "/api/chat"),
        FuzzFamily(name: "generate", host: "api-inference.huggingface.co", target: "/generate_stream"),
        FuzzFamily(name: "predictions", host: "api.replicate.com", target: "/v1/predictions"),
        FuzzFamily(name: "unknown", target: "/other"),
        FuzzFamily(name: "errors", status: 400),
        FuzzFamily(name: "requests", isRequest: true),
        FuzzFamily(
            name: "forms", target: "/v1/files", requestType: "multipart/form-data; boundary=----fixture-boundary",
            isRequest: true),
    ]

    static let chosen: FuzzFamily = {
        let name = getenv("TRAINLOOP_FUZZ").map { String(cString: $0) } ?? ""
        guard let family = all.first(where: { $0.name == name }) else {
            print("TRAINLOOP_FUZZ must be one of: \(all.map(\.name).joined(separator: " "))")
            exit(2)
        }
        return family
    }()

    /// The record of an exchange whose fuzzed body comes in these pieces.
    func line(_ pieces: [[UInt8]]) -> [UInt8] {
        let start = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)
        var context = CaptureContext(id: Array(0..<16), route: "fuzz", by: "trainloop/fuzz", sequence: 1)
        context.media = .blob
        let limits = CaptureLimits(requestByteCount: 1 << 14, responseByteCount: 1 << 14, eventByteCount: 1 << 12)
        var pipeline = CapturePipeline(context: context, limits: limits)
        func receive(_ event: WireEvent) { pipeline.receive(event, at: start) }
        receive(
            .requestHead(
                RequestHead(
                    method: Array(method.utf8), isSecure: true, host: Array(host.utf8), port: 443,
                    target: Array(target.utf8), fields: [HeaderField("content-type", requestType)])))
        let request = #"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#
        let response = #"{"id":"c","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}"#
        if isRequest {
            for piece in pieces { receive(.requestBody(piece)) }
        } else if method == "POST" {
            receive(.requestBody(Array(request.utf8)))
        }
        receive(.requestEnd)
        receive(.responseHead(ResponseHead(status: status, fields: [])))
        if isRequest {
            receive(.responseBody(Array(response.utf8)))
        } else {
            for piece in pieces { receive(.responseBody(piece)) }
        }
        receive(.end(.complete))
        return pipeline.finish().bytes
    }
}

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    let family = FuzzFamily.chosen
    let whole = family.line([bytes])
    let isJSON = whole.withUnsafeBufferPointer { JSONView(parsing: $0)?.isObject == true }
    require(isJSON, "the record is no JSON object", whole)
    let isLine = whole.last == 0x0A && !whole.dropLast().contains { $0 == 0x0A || $0 == 0x0D }
    require(isLine, "the record is not one line", whole)
    let drip = family.line(bytes.map { [$0] })
    require(drip == whole, "another record byte by byte", drip)
    let split = family.line(pieces(of: bytes))
    require(split == whole, "another record at a split", split)
    return 0
}

/// Pieces whose lengths the bytes themselves give.
private func pieces(of bytes: [UInt8]) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var index = 0
    while index < bytes.count {
        let end = min(bytes.count, index + 1 + Int(bytes[index] % 61))
        pieces.append(Array(bytes[index..<end]))
        index = end
    }
    return pieces
}

private func require(_ holds: Bool, _ fault: String, _ line: [UInt8]) {
    guard !holds else { return }
    print("\(fault): \(String(decoding: line, as: UTF8.self))")
    abort()
}
