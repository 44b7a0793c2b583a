// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import CTrainLoopZlib
import Testing
import TrainLoopCapture
import TrainLoopCore
import TrainLoopFront
import TrainLoopJournal
import TrainLoopTestSupport

/// Replies in each content coding, as a server sends them and at every split, must read as if they had not been coded.
@Suite struct ContentCodingTests {
    static let text =
        #"{"object":"list","data":[{"id":""# + String(repeating: "Grüße aus Zürich, ", count: 40) + #""}]}"#

    @Test(arguments: [15 + 16, 15, -15])
    func `gzip, zlib and bare deflate are decoded at any split`(windowBits: Int) async throws {
        let coded = try #require(deflated(Array(Self.text.utf8), windowBits: Int32(windowBits)))
        let coding = windowBits > 15 ? "gzip" : "deflate"
        for size in [1, 2, 3, 7, coded.count] {
            try await expectRecord(of: coded.pieces(of: size), coding: coding, contains: "Grüße aus Zürich, Grüße")
        }
    }

    @Test func `two gzip members in a row are one body`() async throws {
        let text = Array(Self.text.utf8)
        let first = try #require(deflated(Array(text[..<100]), windowBits: 31))
        let second = try #require(deflated(Array(text[100...]), windowBits: 31))
        try await expectRecord(of: [first + second], coding: "gzip", contains: "Grüße aus Zürich, Grüße")
    }

    @Test func `codings applied one over the other come off in reverse order`() async throws {
        let inner = try #require(deflated(Array(Self.text.utf8), windowBits: 15))
        let outer = try #require(deflated(inner, windowBits: 31))
        try await expectRecord(of: outer.pieces(of: 5), coding: "deflate, gzip", contains: "Grüße aus Zürich, Grüße")
    }

    /// What the reference encoder makes of 40 times "Grüße aus Zürich, " and a line feed.
    @Test(.enabled(if: !ContentCoding.undecodable.contains("br"), "SKIP: libbrotlidec is not installed"))
    func `br is decoded at any split`() async throws {
        let coded: [UInt8] = [
            27, 72, 3, 248, 45, 14, 120, 211, 27, 164, 168, 87, 156, 51, 140, 193, 23, 173, 135, 229, 142, 210, 182,
            130,
            86, 88, 153, 250, 228, 109, 16, 22, 180, 186, 53, 54, 87, 138, 84, 24, 36, 92, 187, 37, 235, 105, 183, 0,
        ]
        for size in [1, 3, coded.count] {
            try await expectRecord(of: coded.pieces(of: size), coding: "br", contains: "Grüße aus Zürich, Grüße")
        }
    }

    @Test(.enabled(if: !ContentCoding.undecodable.contains("zstd"), "SKIP: libzstd is not installed"))
    func `zstd is decoded at any split`() async throws {
        let coded: [UInt8] = [
            40, 181, 47, 253, 96, 73, 2, 237, 0, 0, 176, 71, 114, 195, 188, 195, 159, 101, 32, 97, 117, 115, 32, 90,
            195,
            188, 114, 105, 99, 104, 44, 32, 10, 1, 0, 97, 98, 53, 153,
        ]
        for size in [1, 3, coded.count] {
            try await expectRecord(of: coded.pieces(of: size), coding: "zstd", contains: "Grüße aus Zürich, Grüße")
        }
    }

    @Test func `a damaged body is told and kept up to the damage`() async throws {
        var coded = try #require(deflated(Array(Self.text.utf8), windowBits: 31))
        coded[coded.count / 2] ^= 0xff
        coded[coded.count / 2 + 1] ^= 0xff
        try await expectRecord(of: [coded], coding: "gzip", contains: "damaged")
    }

    @Test func `a body that is not coded as it says is told to be missing`() async throws {
        try await expectRecord(of: [Array(Self.text.utf8)], coding: "gzip", contains: #""truncated":true"#)
    }

    @Test func `an unknown coding is told, and the exchange is still recorded`() async throws {
        try await expectRecord(of: [[1, 2, 3]], coding: "snappy", contains: "(snappy) cannot be decoded here")
    }

    private func expectRecord(
        of pieces: [[UInt8]], coding: String, contains text: String, _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let folder = try TemporaryFolder()
        let recorder = folder.recorder()
        let exchange = recorder.begin(
            .post("https://api.openai.com/v1/unheard-of"), route: "test", pid: nil, at: .now())
        exchange.receive(.requestEnd, at: .now())
        exchange.receive(
            .responseHead(
                ResponseHead(
                    status: 200,
                    fields: [HeaderField("content-type", "text/plain"), HeaderField("Content-Encoding", coding)])),
            at: .now())
        for piece in pieces { exchange.receive(.responseBody(piece), at: .now()) }
        exchange.receive(.end(.complete), at: .now())
        let coverage = await recorder.shutdown()
        #expect(coverage.recorded == 1, sourceLocation: location)
        let lines = folder.lines()
        #expect(lines.count == 1, sourceLocation: location)
        #expect(lines.first?.contains(text) ?? false, "\(lines)", sourceLocation: location)
    }
}

extension [UInt8] {
    func pieces(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}

/// What zlib makes of `bytes`: gzip at 31 window bits, zlib at 15, bare deflate at -15.
private func deflated(_ bytes: [UInt8], windowBits: Int32) -> [UInt8]? {
    var stream = z_stream()
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(&stream, 6, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
    else { return nil }
    defer { deflateEnd(&stream) }
    var input = bytes
    var output = [UInt8](repeating: 0, count: bytes.count + 1024)
    let capacity = output.count
    return input.withUnsafeMutableBufferPointer { input in
        output.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(capacity)
            guard deflate(&stream, Z_FINISH) == Z_STREAM_END else { return nil }
            return Array(output[..<(capacity - Int(stream.avail_out))])
        }
    }
}
