// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Corpus
import TrainLoopCore

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// One response of any size, read from stdin piece by piece, in a process that does nothing else: what it costs in time,
/// and what the process has held at most.
struct OneBody {
    let contentType: String
    /// The bound of what is kept of the response.
    let byteLimit: Int

    private static let request = Array(#"{"model":"m","messages":[{"role":"user","content":"Go on."}]}"#.utf8)

    /// A line: bytes read, nanoseconds of the core, bytes of the record, the highest `heldByteCount`, KiB resident at most.
    func measure() -> String {
        var pipeline = WireExchange.pipeline(limits: CaptureLimits(responseByteCount: byteLimit))
        let head = RequestHead(
            method: Array("POST".utf8), isSecure: true, host: Array("api.openai.com".utf8), port: 443,
            target: Array("/v1/chat/completions".utf8), fields: [HeaderField("content-type", "application/json")])
        let now = Timestamp(nanosecondsSinceEpoch: 1_795_000_000_000_000_000)
        pipeline.receive(.requestHead(head), at: now)
        pipeline.receive(.requestBody(Self.request), at: now)
        pipeline.receive(.requestEnd, at: now)
        let fields = [HeaderField("content-type", contentType)]
        pipeline.receive(.responseHead(ResponseHead(status: 200, fields: fields)), at: now)
        var (byteCount, held, time) = (0, 0, 0)
        while let piece = Self.nextPiece() {
            byteCount += piece.count
            let start = ProcessorTime.now
            pipeline.receive(.responseBody(piece), at: now)
            time += ProcessorTime.now - start
            held = max(held, pipeline.heldByteCount)
        }
        let start = ProcessorTime.now
        pipeline.receive(.end(.complete), at: now)
        let lineByteCount = pipeline.finish().bytes.count
        time += ProcessorTime.now - start
        return "\(byteCount) \(time) \(lineByteCount) \(held) \(Self.peakKibibytes)"
    }

    private static func nextPiece() -> [UInt8]? {
        let piece = [UInt8](unsafeUninitializedCapacity: WireExchange.pieceByteCount) { buffer, count in
            count = max(0, read(0, buffer.baseAddress, buffer.count))
        }
        return piece.isEmpty ? nil : piece
    }

    /// The highest resident size of this process so far; zero where there is no `/proc`.
    private static var peakKibibytes: Int {
        guard let status = LineFile("/proc/self/status") else { return 0 }
        while let line = status.next() {
            guard line.starts(with: "VmHWM:".utf8) else { continue }
            return Int(String(decoding: line.filter { $0 &- 0x30 < 10 }, as: UTF8.self)) ?? 0
        }
        return 0
    }
}
