// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// Exchanges as a proxy sees them.
enum Exchanges {
    struct Outcome {
        var lineByteCount = 0
        var parse = ""

        init() {}

        init(_ line: EventLine) {
            lineByteCount = line.bytes.count
            parse = "\(line.parse)"
        }
    }

    /// What one read of a socket brings at most.
    private static let pieceByteCount = 16_384
    private static let start = Timestamp(nanosecondsSinceEpoch: 1_750_000_000_000_000_000)

    @discardableResult
    static func plainChat() -> Outcome {
        exchange(contentType: "application/json", body: Samples.plainChat)
    }

    @discardableResult
    static func streamedChat(_ body: [UInt8]) -> Outcome {
        exchange(contentType: "text/event-stream; charset=utf-8", body: body)
    }

    private static func exchange(contentType: String, body: [UInt8]) -> Outcome {
        let context = CaptureContext(
            id: Array(0..<16), route: "proxy", by: "trainloop/benchmark", sequence: 1)
        var pipeline = CapturePipeline(context: context, limits: CaptureLimits(responseByteCount: 1 << 30))
        var clock = start.nanosecondsSinceEpoch
        func receive(_ event: WireEvent) {
            clock += 1_000_000
            pipeline.receive(event, at: Timestamp(nanosecondsSinceEpoch: clock))
        }
        receive(
            .requestHead(
                RequestHead(
                    method: Array("POST".utf8), isSecure: true, host: Array("api.openai.com".utf8), port: 443,
                    target: Array("/v1/chat/completions".utf8),
                    fields: [
                        HeaderField("Host", "api.openai.com"), HeaderField("Content-Type", "application/json"),
                        HeaderField("User-Agent", "OpenAI/Python 1.97.0"),
                        HeaderField("Authorization", "Bearer sk-bench"),
                        HeaderField("Content-Length", "\(Samples.request.count)"),
                    ])))
        receive(.requestBody(Samples.request))
        receive(.requestEnd)
        receive(
            .responseHead(
                ResponseHead(
                    status: 200,
                    fields: [
                        HeaderField("Content-Type", contentType), HeaderField("x-request-id", "req_bench"),
                        HeaderField("openai-processing-ms", "412"),
                    ])))
        var index = 0
        while index < body.count {
            let end = min(index + pieceByteCount, body.count)
            receive(.responseBody(Array(body[index..<end])))
            index = end
        }
        receive(.end(.complete))
        return Outcome(pipeline.finish())
    }
}
