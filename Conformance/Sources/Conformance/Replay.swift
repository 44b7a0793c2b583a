// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import Decoding
import TrainLoopCore

/// Walks an exchange through the core, cut in several ways.
struct Replay {
    /// The record of the exchange in one piece.
    let line: EventLine
    let record: JSONValue?
    /// Whether the body that the corpus has under its content codings gave the response; nil where there is none.
    let isDecoded: Bool?
    /// What does not hold for the records, in words; empty when all is well.
    private(set) var faults: [String] = []

    init(_ exchange: CorpusExchange, seed: UInt64, splitCount: Int) {
        line = Self.run(exchange) { [$0] }
        record = JSONValue(parsing: line.bytes)
        var generator = SeededGenerator(seed: seed, salt: exchange.id)
        isDecoded = Self.isDecoded(exchange, splitCount, &generator)
        if isDecoded == false { faults.append("another response under its content coding") }
        if record?.kind != .object { faults.append("the record is no JSON object") }
        if line.bytes.last != 0x0A || line.bytes.dropLast().contains(where: { $0 == 0x0A || $0 == 0x0D }) {
            faults.append("the record is not one line")
        }
        check(Self.run(exchange, templateCount: 0) { [$0] }, "without templates")
        check(Self.run(exchange) { $0.map { [$0] } }, "byte by byte")
        for number in 0..<splitCount {
            check(Self.run(exchange) { Self.split($0, &generator) }, "at random split \(number + 1)")
        }
    }

    private mutating func check(_ other: EventLine, _ way: String) {
        if other.bytes != line.bytes || other.shelf != line.shelf || other.parse != line.parse {
            faults.append("another record \(way)")
        }
    }

    private static func isDecoded(
        _ exchange: CorpusExchange, _ splitCount: Int, _ generator: inout SeededGenerator
    ) -> Bool? {
        guard let coded = exchange.codedResponse else { return nil }
        let codings = HTTPFields(fields: exchange.responseFields).contentCodings.map {
            String(decoding: $0, as: UTF8.self)
        }
        let ways = [[coded], coded.map { [$0] }] + (0..<splitCount).map { _ in split(coded, &generator) }
        return ways.allSatisfy { pieces in
            guard let decoder = ContentCoding.decoder(codings) else { return false }
            var decoded: [UInt8] = []
            let isValid = pieces.allSatisfy { piece in
                decoder.decode(piece) { bytes in
                    decoded += bytes
                    return true
                }
            }
            return isValid && decoded == exchange.response
        }
    }

    private static func split(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var index = 0
        while index < bytes.count {
            let limit = Int.random(in: 0..<4, using: &generator) == 0 ? 1500 : 40
            let end = min(bytes.count, index + Int.random(in: 1...limit, using: &generator))
            pieces.append(Array(bytes[index..<end]))
            index = end
        }
        return pieces
    }

    private static let start = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)

    /// All at one instant, so that only the bytes can make a difference.
    private static func run(
        _ exchange: CorpusExchange, templateCount: Int? = nil, _ pieces: ([UInt8]) -> [[UInt8]]
    ) -> EventLine {
        let context = CaptureContext(id: Array(0..<16), route: "replay", by: "trainloop/conformance", sequence: 1)
        var limits = CaptureLimits()
        if let templateCount { limits.templateCount = templateCount }
        var pipeline = CapturePipeline(context: context, limits: limits)
        pipeline.receive(.requestHead(exchange.head), at: start)
        for piece in pieces(exchange.request) { pipeline.receive(.requestBody(piece), at: start) }
        if exchange.lostRequestByteCount > 0 {
            pipeline.receive(.requestBodyLost(byteCount: exchange.lostRequestByteCount), at: start)
        }
        pipeline.receive(.requestEnd, at: start)
        let head = ResponseHead(status: exchange.status, fields: exchange.responseFields)
        pipeline.receive(.responseHead(head), at: start)
        for piece in pieces(exchange.response) { pipeline.receive(.responseBody(piece), at: start) }
        pipeline.receive(.end(.complete), at: start)
        return pipeline.finish()
    }
}

/// Random numbers that are the same in every run, for each exchange its own.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, salt: String) {
        // FNV-1a over the exchange's id.
        state = salt.utf8.reduce(0xCBF2_9CE4_8422_2325 ^ seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } | 1
    }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
