// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

/// An exchange as the fronts tell it, ready to be walked through the core again and again.
struct WireExchange {
    /// Bytes of both bodies.
    let byteCount: Int
    private let events: [WireEvent]

    /// What one read of a socket brings at most.
    static let pieceByteCount = 16_384
    private static let start: Int64 = 1_795_000_000_000_000_000

    init(_ exchange: CorpusExchange) {
        byteCount = exchange.request.count + exchange.response.count
        var events: [WireEvent] = [.requestHead(exchange.head)]
        events += Self.pieces(exchange.request).map { .requestBody($0) }
        if exchange.lostRequestByteCount > 0 {
            events.append(.requestBodyLost(byteCount: exchange.lostRequestByteCount))
        }
        events.append(.requestEnd)
        events.append(.responseHead(ResponseHead(status: exchange.status, fields: exchange.responseFields)))
        events += Self.pieces(exchange.response).map { .responseBody($0) }
        events.append(.end(.complete))
        self.events = events
    }

    private static func pieces(_ bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: pieceByteCount).map {
            Array(bytes[$0..<min($0 + pieceByteCount, bytes.count)])
        }
    }

    static func pipeline(limits: CaptureLimits = CaptureLimits()) -> CapturePipeline {
        let context = CaptureContext(id: Array(0..<16), route: "proxy", by: "trainloop/benchmark", sequence: 1)
        return CapturePipeline(context: context, limits: limits)
    }

    func record() -> EventLine {
        var pipeline = Self.pipeline()
        var instant = Self.start
        for event in events {
            instant += 1_000_000
            pipeline.receive(event, at: Timestamp(nanosecondsSinceEpoch: instant))
        }
        return pipeline.finish()
    }
}
