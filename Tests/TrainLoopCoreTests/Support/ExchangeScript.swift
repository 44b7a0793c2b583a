// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

/// An exchange as a test writes it down, and its walk through the pipeline.
struct ExchangeScript {
    var method = "POST"
    var isSecure = true
    var host = "api.openai.com"
    var port: UInt16 = 443
    var target = "/v1/chat/completions"
    var requestFields: [HeaderField] = []
    var request: [UInt8] = Array(#"{"model":"m","messages":[{"role":"user","content":"Hi"}]}"#.utf8)
    /// Nil for an exchange without a response.
    var status: UInt16? = 200
    var responseFields: [HeaderField] = []
    var response: [UInt8] = []
    var end: ExchangeEnd? = .complete
    var limits = CaptureLimits()
    var defaultTag = ""
    var media = MediaPolicy.keep

    static let start: Int64 = 1_795_000_000_000_000_000

    static func instant(_ milliseconds: Int64) -> Timestamp {
        Timestamp(nanosecondsSinceEpoch: start + milliseconds * 1_000_000)
    }

    private func begin() -> CapturePipeline {
        var context = CaptureContext(
            id: [0x01, 0x99, 0xD1, 0xC2, 0x7C, 0, 0x7A, 0x3E, 0x9F, 0x10, 0x5B, 0x1D, 0x0A, 0x6B, 0, 1],
            route: "proxy", by: "trainloop/test", pid: 4242, sequence: 1, defaultTag: defaultTag)
        context.media = media
        return CapturePipeline(context: context, limits: limits)
    }

    private var head: RequestHead {
        RequestHead(
            method: Array(method.utf8), isSecure: isSecure, host: Array(host.utf8), port: port,
            target: Array(target.utf8), fields: requestFields)
    }

    /// Runs the exchange with all bytes at one instant.
    ///
    /// - Parameter dripMilliseconds: the time between two pieces of the response.
    func run(
        requestPieces: [[UInt8]]? = nil, responsePieces: [[UInt8]]? = nil, dripMilliseconds: Int64 = 0
    ) -> EventLine {
        var pipeline = begin()
        var now: Int64 = 0
        pipeline.receive(.requestHead(head), at: Self.instant(now))
        for piece in requestPieces ?? [request] { pipeline.receive(.requestBody(piece), at: Self.instant(now)) }
        pipeline.receive(.requestEnd, at: Self.instant(now))
        if let status {
            now = 300
            pipeline.receive(.responseHead(ResponseHead(status: status, fields: responseFields)), at: Self.instant(now))
            for piece in responsePieces ?? [response] {
                now += dripMilliseconds
                pipeline.receive(.responseBody(piece), at: Self.instant(now))
            }
        }
        if let end { pipeline.receive(.end(end), at: Self.instant(now)) }
        return pipeline.finish()
    }

    /// The record, after a check that its line is one line of JSON in the schema's words.
    func record(_ line: EventLine? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        let line = line ?? run()
        check(line, sourceLocation: sourceLocation)
        return try #require(JSONValue(parsing: line.bytes), sourceLocation: sourceLocation)
    }

    /// What holds for every line.
    func check(_ line: EventLine, sourceLocation: SourceLocation = #_sourceLocation) {
        let text = String(decoding: line.bytes, as: UTF8.self)
        #expect(line.bytes.last == 0x0A, sourceLocation: sourceLocation)
        #expect(!line.bytes.dropLast().contains { $0 == 0x0A || $0 == 0x0D }, sourceLocation: sourceLocation)
        let separators: [Unicode.Scalar] = ["\u{85}", "\u{2028}", "\u{2029}"]
        #expect(!text.unicodeScalars.contains { separators.contains($0) }, sourceLocation: sourceLocation)
        let faults = SchemaValidator.shared?.faults(in: line.bytes) ?? ["no schema"]
        #expect(faults.isEmpty, "\(faults) in \(text.prefix(2000))", sourceLocation: sourceLocation)
        var names: [String] = []
        JSONValue(parsing: line.bytes)?.forEachMember { name, _ in names.append(String(decoding: name, as: UTF8.self)) }
        #expect(
            Array(names.prefix(10)) == [
                "durationMs", "tag", "input", "output", "model", "modelParams", "startTimeMs", "endTimeMs", "url",
                "location",
            ], sourceLocation: sourceLocation)
        #expect(Set(names).count == names.count, sourceLocation: sourceLocation)
    }
}

extension Array where Element == UInt8 {
    init(_ text: String) { self = Array(text.utf8) }
}
