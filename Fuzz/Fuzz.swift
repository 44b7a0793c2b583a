// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Invariant: whole equals drip equals any split, with and without templates; nothing traps; the record is one line of
// valid JSON, without the key that the request showed.
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
        FuzzFamily(name: "runs", target: "/v1/threads/thread_1/runs"),
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
        FuzzFamily(
            name: "agents", host: "bedrock-agent-runtime.us-east-1.amazonaws.com",
            target: "/agents/A/agentAliases/B/sessions/C/text"),
        FuzzFamily(name: "watsonx", host: "us-south.ml.cloud.ibm.com", target: "/ml/v1/text/generation_stream"),
        FuzzFamily(name: "conversations", host: "api.mistral.ai", target: "/v1/conversations"),
        FuzzFamily(name: "cohere", host: "api.cohere.com", target: "/v1/chat"),
        FuzzFamily(name: "cohere-chat", host: "api.cohere.com", target: "/v2/chat"),
        FuzzFamily(name: "ollama", host: "localhost", target: "/api/chat"),
        FuzzFamily(name: "llama-server", host: "localhost", target: "/completion"),
        FuzzFamily(name: "lm-studio", host: "localhost", target: "/api/v1/chat"),
        FuzzFamily(name: "generate", host: "api-inference.huggingface.co", target: "/generate_stream"),
        FuzzFamily(name: "predictions", host: "api.replicate.com", target: "/v1/predictions"),
        FuzzFamily(name: "prediction-streams", method: "GET", host: "stream.replicate.com", target: "/v1/files/a"),
        FuzzFamily(
            name: "dashscope", host: "dashscope.aliyuncs.com",
            target: "/api/v1/services/aigc/text-generation/generation"),
        FuzzFamily(name: "unknown", target: "/other"),
        FuzzFamily(name: "errors", status: 400),
        FuzzFamily(name: "requests", isRequest: true),
        FuzzFamily(
            name: "forms", target: "/v1/files", requestType: "multipart/form-data; boundary=----fixture-boundary",
            isRequest: true),
        FuzzFamily(
            name: "url-forms", target: "/v1/audio/transcriptions", requestType: "application/x-www-form-urlencoded",
            isRequest: true),
    ]

    /// HTTP/1.1 itself: the bytes are what a server sends on one connection.
    static let wire = "http1"

    /// The family that is asked for; nil for the wire.
    static let chosen: FuzzFamily? = {
        let name = getenv("TRAINLOOP_FUZZ").map { String(cString: $0) } ?? ""
        if name == wire { return nil }
        guard let family = all.first(where: { $0.name == name }) else {
            print("TRAINLOOP_FUZZ must be one of: \(all.map(\.name).joined(separator: " ")) \(wire)")
            exit(2)
        }
        return family
    }()

    private static let keyText = "sk-proj-\(String(repeating: "Zq7", count: 16))"
    private static let key = Array(keyText.utf8)

    fileprivate static func hasKey(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { bytes in
            bytes.indices.contains { bytes[$0] == key[0] && bytes[$0...].starts(with: key) }
        }
    }

    /// The record of an exchange whose fuzzed body comes in these pieces.
    func line(_ pieces: [[UInt8]]) -> [UInt8] { line(pieces, templateCount: nil) }

    func line(_ pieces: [[UInt8]], templateCount: Int?) -> [UInt8] {
        let start = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)
        var context = CaptureContext(id: Array(0..<16), route: "fuzz", by: "trainloop/fuzz", sequence: 1)
        context.media = .blob
        var limits = CaptureLimits(requestByteCount: 1 << 14, responseByteCount: 1 << 14, eventByteCount: 1 << 12)
        if let templateCount { limits.templateCount = templateCount }
        var pipeline = CapturePipeline(context: context, limits: limits)
        func receive(_ event: WireEvent) { pipeline.receive(event, at: start) }
        receive(
            .requestHead(
                RequestHead(
                    method: Array(method.utf8), isSecure: true, host: Array(host.utf8), port: 443,
                    target: Array(target.utf8),
                    fields: [
                        HeaderField("content-type", requestType),
                        HeaderField("authorization", "Bearer \(Self.keyText)"),
                    ])))
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
        let line = pipeline.finish()
        for blob in line.blobs {
            require(!Self.hasKey(blob.bytes), "the key is in a blob", blob.bytes)
        }
        return line.bytes
    }
}

@c(LLVMFuzzerTestOneInput)
public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: count))
    guard let family = FuzzFamily.chosen else {
        requireSame(bytes, by: messages)
        return 0
    }
    let whole = requireSame(bytes, by: family.line)
    let plain = family.line([bytes], templateCount: 0)
    require(plain == whole, "another reading without templates", plain)
    whole.withUnsafeBufferPointer { buffer in
        var index = JSONIndex()
        guard let view = index.parse(buffer, depthLimit: JSONScan.recordDepthLimit), view.isObject else {
            return require(false, "the record is no JSON object", whole)
        }
        require(index.withView(of: view, places) == places(in: view), "another walk by an index", whole)
    }
    let isLine = whole.last == 0x0A && !whole.dropLast().contains { $0 == 0x0A || $0 == 0x0D }
    require(isLine, "the record is not one line", whole)
    require(!FuzzFamily.hasKey(whole), "the key is in the record", whole)
    return 0
}

/// Makes one of libFuzzer's own changes, or one that leaves the events of a stream whole.
///
/// Random bytes hardly ever tell an event again, elsewhere, with another digit, or not at all. Only so does what remembers
/// events show itself.
@c(LLVMFuzzerCustomMutator)
public func mutateOneInput(
    _ data: UnsafeMutablePointer<UInt8>?, _ count: Int, _ maximumCount: Int, _ seed: UInt32
) -> Int {
    var random = SeededGenerator(seed: UInt64(seed))
    var events = events(in: Array(UnsafeBufferPointer(start: data, count: count)))
    guard let data, events.count > 1, Bool.random(using: &random) else {
        return LLVMFuzzerMutate(data, count, maximumCount)
    }
    for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: events.indices, using: &random)
        let other = Int.random(in: events.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0 where events.count > 1: events.remove(at: index)
        case 1: events.swapAt(index, other)
        case 2: events.insert(events[index], at: other)
        default:
            var event = events[index]
            let digits = event.indices.filter { (0x30...0x39).contains(event[$0]) }
            if let digit = digits.randomElement(using: &random) {
                event[digit] = .random(in: 0x30...0x39, using: &random)
            }
            events.insert(event, at: index + 1)
        }
    }
    let changed = events.joined()
    guard changed.count <= maximumCount else { return LLVMFuzzerMutate(data, count, maximumCount) }
    for (offset, byte) in changed.enumerated() { data[offset] = byte }
    return changed.count
}

/// The frames of an AWS event stream, or the texts up to a blank line, or the lines.
private func events(in bytes: [UInt8]) -> [[UInt8]] {
    var events: [[UInt8]] = []
    var start = 0
    while bytes.count - start >= 16 {
        let count = bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
        guard (16...bytes.count - start).contains(count) else { break }
        events.append(Array(bytes[start..<start + count]))
        start += count
    }
    if start > 0 { return events + [Array(bytes[start...])] }
    let hasBlankLines = zip(bytes, bytes.dropFirst()).contains { $0 == 0x0A && $1 == 0x0A }
    for index in bytes.indices where bytes[index] == 0x0A {
        guard !hasBlankLines || (index > 0 && bytes[index - 1] == 0x0A) else { continue }
        events.append(Array(bytes[start...index]))
        start = index + 1
    }
    return events + [Array(bytes[start...])]
}

/// Where every value begins and ends, as far inside as it goes.
private func places(in view: JSONView) -> [UnsafePointer<UInt8>] {
    var found = [view.start, view.start + view.count]
    view.forEachMember { found += places(in: $1) }
    view.forEachElement { found += places(in: $0) }
    return found
}

/// Every byte as a piece of its own.
private let singles = (0...255).map { [UInt8($0)] }

/// What is read of the bytes whole, which must be read of them in any pieces.
@discardableResult
private func requireSame(_ bytes: [UInt8], by read: ([[UInt8]]) -> [UInt8]) -> [UInt8] {
    let whole = read([bytes])
    let drip = read(bytes.map { singles[Int($0)] })
    require(drip == whole, "another reading byte by byte", drip)
    let split = read(pieces(of: bytes))
    require(split == whole, "another reading at a split", split)
    return whole
}

/// The heads and the contents of the responses in these bytes, one behind the other, and how the reading ended.
private func messages(_ pieces: [[UInt8]]) -> [UInt8] {
    var transcript: [UInt8] = []
    var heads = HTTP1HeadGatherer(maximumByteCount: 1 << 10)
    var body: HTTP1BodyReader?
    for piece in pieces {
        var taken = 0
        while taken < piece.count {
            let rest = Array(piece[taken...])
            if var reader = body {
                taken += rest.withUnsafeBytes { bytes in
                    reader.read(bytes) { transcript += bytes[$0] }
                }
                if reader.isInvalid { return transcript + Array("\ninvalid".utf8) }
                body = reader.isComplete ? nil : reader
                continue
            }
            let (count, outcome) = rest.withUnsafeBytes { heads.gather($0) }
            taken += count
            switch outcome {
            case .needsMore: continue
            case .tooLarge: return Array("too large".utf8)
            case .head(let bytes):
                guard let head = HTTP1Head(bytes),
                    let status = UInt16(String(decoding: head.start.second, as: UTF8.self)),
                    let framing = HTTP1Framing.ofResponse(head, status: status, method: Array("POST".utf8))
                else { return transcript + Array("\nno head".utf8) }
                transcript += Array("\nhead ".utf8) + bytes
                body = HTTP1BodyReader(framing)
            }
        }
    }
    return transcript
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
    fflush(nil)
    abort()
}
