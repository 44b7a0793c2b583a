// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCore

/// The state of one exchange between its first byte and its line: content decoders, and the core's pipeline.
struct ExchangeWork {
    /// Decoded bytes after which a body is no longer decoded: no reply of a model is that long, but a few kilobytes made
    /// to do harm can be.
    private static let maximumDecodedByteCount = 1 << 30

    /// How the body of one direction is to be read.
    private struct BodyReading {
        var decoder: (any ContentDecoder)?
        var isReadable = true
        var decodedByteCount = 0
        /// How the outermost coding begins, where it begins always alike.
        var magic: [UInt8]?
        var hasLooked = false

        /// Goes without the decoder when the first bytes show that the client has decoded them already.
        mutating func look(at bytes: [UInt8]) {
            guard !hasLooked, !bytes.isEmpty else { return }
            hasLooked = true
            guard let magic, !bytes.starts(with: magic.prefix(bytes.count)) else { return }
            decoder = nil
        }

        mutating func read(
            _ bytes: [UInt8], into pipeline: inout CapturePipeline, at instant: Timestamp,
            as content: ([UInt8]) -> WireEvent, orAs loss: (Int) -> WireEvent
        ) {
            guard isReadable else { return pipeline.receive(loss(bytes.count), at: instant) }
            guard let decoder else { return pipeline.receive(content(bytes), at: instant) }
            var count = decodedByteCount
            let isValid = decoder.decode(bytes) { piece in
                count += piece.count
                pipeline.receive(content(Array(piece)), at: instant)
                return count < maximumDecodedByteCount
            }
            decodedByteCount = count
            guard !isValid || count >= maximumDecodedByteCount else { return }
            isReadable = false
            let reason = isValid ? "it grows beyond \(maximumDecodedByteCount) bytes" : "its bytes are damaged"
            pipeline.receive(.warning("a body was decoded only up to byte \(count): \(reason)"), at: instant)
            pipeline.receive(loss(bytes.count), at: instant)
        }
    }

    private var pipeline: CapturePipeline
    private var request = BodyReading()
    private var response = BodyReading()
    private let responseForm: ContentForm
    private var heldByteCount = 0
    private var hasEnded = false

    init(context: CaptureContext, limits: CaptureLimits, responseForm: ContentForm) {
        self.responseForm = responseForm
        pipeline = CapturePipeline(context: context, limits: limits)
    }

    /// - Returns: by how many bytes memory grew or shrank, and the line when the exchange has just ended.
    mutating func takeUp(_ event: WireEvent, at instant: Timestamp) -> (change: Int, line: EventLine?) {
        guard !hasEnded else { return (0, nil) }
        switch event {
        case .requestHead(let head):
            pipeline.receive(event, at: instant)
            request = reading(head.fields, of: "request", at: instant)
        case .responseHead(let head):
            pipeline.receive(event, at: instant)
            if responseForm != .decoded { response = reading(head.fields, of: "response", at: instant) }
        case .requestBody(let bytes):
            request.read(bytes, into: &pipeline, at: instant, as: WireEvent.requestBody) {
                .requestBodyLost(byteCount: $0)
            }
        case .responseBody(let bytes):
            if responseForm == .unknown { response.look(at: bytes) }
            response.read(bytes, into: &pipeline, at: instant, as: WireEvent.responseBody) {
                .responseBodyLost(byteCount: $0)
            }
        case .requestBodyLost:
            // What is missing in the midst of a coded body cannot be decoded around.
            if request.decoder != nil { request.isReadable = false }
            pipeline.receive(event, at: instant)
        case .responseBodyLost:
            if response.decoder != nil { response.isReadable = false }
            pipeline.receive(event, at: instant)
        case .end:
            hasEnded = true
            pipeline.receive(event, at: instant)
            let line = pipeline.finish()
            return (-heldByteCount, line)
        case .requestEnd, .warning:
            pipeline.receive(event, at: instant)
        }
        let before = heldByteCount
        heldByteCount = pipeline.heldByteCount
        return (heldByteCount - before, nil)
    }

    /// The first bytes of a coding; none of them begins JSON or an event stream.
    private static func magic(_ coding: String) -> [UInt8]? {
        switch coding {
        case "gzip", "x-gzip": [0x1f, 0x8b]
        case "deflate": [0x78]
        case "zstd": [0x28, 0xb5, 0x2f, 0xfd]
        default: nil
        }
    }

    private mutating func reading(_ fields: [HeaderField], of side: String, at instant: Timestamp) -> BodyReading {
        let codings = HTTPFields(fields: fields).contentCodings.map { String(decoding: $0, as: UTF8.self) }
        guard !codings.isEmpty else { return BodyReading() }
        guard let decoder = ContentCoding.decoder(codings) else {
            let names = codings.joined(separator: ", ")
            pipeline.receive(
                .warning("the \(side) body is not in the record: its content coding (\(names)) cannot be decoded here"),
                at: instant)
            return BodyReading(isReadable: false)
        }
        return BodyReading(decoder: decoder, magic: codings.last.flatMap(Self.magic))
    }
}
