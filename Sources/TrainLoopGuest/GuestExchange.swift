// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

package import TrainLoopCore
import TrainLoopFront

/// One exchange as a host reports it: either in pieces of HTTP (heads and content), or as the bytes of HTTP/1.1 messages.
///
/// Whatever comes in whatever order neither throws nor traps; what comes after the end is ignored.
package final class GuestExchange {
    /// Body bytes that the host is asked to decode: the content coding is not taken off here.
    package enum ResponseProgress {
        /// Taken.
        case taken
        /// Content in its coding (`responseCodings`): decode it and give it to `responseBody`.
        case coded([UInt8])
    }

    let process: Int32
    /// Where the recorder keeps it.
    var index: Int
    /// The content codings of the response as named by its head, in the order in which they were applied, such as `gzip`.
    package private(set) var responseCodings: [[UInt8]] = []
    /// True when the response was whole by its own framing; known for HTTP/1.1 bytes only.
    package private(set) var isResponseWhole = false

    /// True after its end: what comes now is ignored.
    package var hasEnded: Bool { recorder == nil }

    private var recorder: GuestRecorder?
    /// Nil after the end: a host may keep this for as long as it keeps a response or an idle connection.
    private var pipeline: CapturePipeline?
    private var heldByteCount = 0
    private var method: [UInt8] = []
    private var hasResponse = false
    private var requestWire: RequestWire?
    private var responseWire = ResponseWire.head(HTTP1HeadGatherer())

    private struct RequestWire {
        var isSecure: Bool
        var host: [UInt8]
        var port: UInt16
        var extra: [HeaderField]
        var gatherer: HTTP1HeadGatherer? = HTTP1HeadGatherer()
        var body = HTTP1BodyReader(.none)
    }

    private enum ResponseWire {
        case head(HTTP1HeadGatherer)
        case body(HTTP1BodyReader)
        case ignored
    }

    init(_ recorder: GuestRecorder, _ context: CaptureContext, _ limits: CaptureLimits, process: Int32, index: Int) {
        self.recorder = recorder
        self.process = process
        self.index = index
        pipeline = CapturePipeline(context: context, limits: limits)
    }

    // MARK: - Heads and content

    package func request(_ head: RequestHead) {
        method = head.method
        receive(.requestHead(head))
        guard !HTTPFields(fields: head.fields).contentCodings.isEmpty else { return }
        receive(.warning("the request body is not in the record: its content coding is not decoded here"))
        receive(.requestBodyLost(byteCount: 0))
    }

    /// Content of the request, without transfer coding.
    package func requestBody(_ bytes: [UInt8]) {
        guard let recorder else { return }
        receive(recorder.hasRoom(for: bytes.count) ? .requestBody(bytes) : .requestBodyLost(byteCount: bytes.count))
    }

    package func requestEnd() { receive(.requestEnd) }

    package func response(_ head: ResponseHead) {
        hasResponse = true
        receive(.responseHead(head))
        responseCodings = HTTPFields(fields: head.fields).contentCodings
    }

    /// Content of the response, without transfer coding and content coding.
    package func responseBody(_ bytes: [UInt8]) {
        guard let recorder else { return }
        receive(recorder.hasRoom(for: bytes.count) ? .responseBody(bytes) : .responseBodyLost(byteCount: bytes.count))
    }

    /// Content of the response that could not be handed over, and why.
    package func responseBodyLost(byteCount: Int, reason: String) {
        if !reason.isEmpty { receive(.warning(reason)) }
        receive(.responseBodyLost(byteCount: byteCount))
    }

    /// The last event; the line is written before this returns.
    package func end(_ end: ExchangeEnd) {
        guard let recorder else { return }
        self.recorder = nil
        defer { pipeline = nil }
        guard recorder.owns(self) else { return }
        pipeline?.receive(.end(hasResponse ? end.inResponse : end), at: .now())
        recorder.hold(-heldByteCount)
        if let line = pipeline?.finish() { recorder.close(self, with: line) }
    }

    // MARK: - HTTP/1.1 as on the wire

    /// From now on the request comes as bytes of an HTTP/1.1 message that goes to this host.
    ///
    /// - Parameter extra: fields that were taken off before it left, such as `X-Trainloop-Tag`.
    package func beginRequestWire(isSecure: Bool, host: [UInt8], port: UInt16, extra: [HeaderField]) {
        requestWire = RequestWire(isSecure: isSecure, host: host, port: port, extra: extra)
    }

    /// Bytes of the request, head and body as sent.
    package func requestWire(_ bytes: UnsafeRawBufferPointer) {
        guard var wire = requestWire else { return }
        var rest = bytes
        if var gatherer = wire.gatherer {
            let (taken, outcome) = gatherer.gather(rest)
            wire.gatherer = gatherer
            rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
            switch outcome {
            case .needsMore: break
            case .tooLarge: return giveUpRequest()
            case .head(let text):
                guard let head = HTTP1Head(text), let framing = HTTP1Framing.ofRequest(head) else {
                    return giveUpRequest()
                }
                wire.gatherer = nil
                wire.body = HTTP1BodyReader(framing)
                let target = Self.originForm(head.start.second)
                request(
                    RequestHead(
                        method: head.start.first, isSecure: wire.isSecure, host: wire.host, port: wire.port,
                        target: target, fields: head.fields + wire.extra))
            }
        }
        if wire.gatherer == nil {
            _ = wire.body.read(rest) { requestBody(Array(rest[$0])) }
            if wire.body.isComplete {
                requestWire = nil
                return requestEnd()
            }
        }
        requestWire = wire
    }

    private func giveUpRequest() {
        requestWire = nil
        receive(.warning("the request is not in the record: its bytes are no HTTP/1.1 message"))
    }

    /// Bytes of the response, interim heads included.
    ///
    /// Ends the exchange itself when the response is whole and has no content coding; with one, the host ends it when
    /// `isResponseWhole` says so and all is decoded.
    package func responseWire(_ bytes: UnsafeRawBufferPointer) -> ResponseProgress {
        var rest = bytes
        var coded: [UInt8] = []
        while !rest.isEmpty {
            switch responseWire {
            case .ignored: return .taken
            case .head(var gatherer):
                let (taken, outcome) = gatherer.gather(rest)
                responseWire = .head(gatherer)
                rest = UnsafeRawBufferPointer(rebasing: rest[taken...])
                switch outcome {
                case .needsMore: return .taken
                case .tooLarge: giveUpResponse()
                case .head(let text): readResponseHead(text)
                }
            case .body(var body):
                let isCoded = !responseCodings.isEmpty
                _ = body.read(rest) { range in
                    if isCoded { coded += rest[range] } else { responseBody(Array(rest[range])) }
                }
                rest = UnsafeRawBufferPointer(start: nil, count: 0)
                responseWire = .body(body)
                noteWhole(body)
            }
        }
        return coded.isEmpty ? .taken : .coded(coded)
    }

    /// The connection ended: whole for a response that ends with it, cut for any other, failed where there was none.
    package func responseWireEnd() {
        if case .body(let body) = responseWire, body.endsWithConnection {
            isResponseWhole = true
            end(.complete)
        } else if hasResponse {
            end(.serverClosed)
        } else {
            end(.networkFailed(type: "connection_closed", message: "the connection was closed without a response"))
        }
    }

    /// True when only the end of the connection tells that the response is whole.
    package var endsWithConnection: Bool {
        if case .body(let body) = responseWire { body.endsWithConnection } else { false }
    }

    private func readResponseHead(_ text: [UInt8]) {
        guard let head = HTTP1Head(text), let status = Self.status(head.start.second) else { return giveUpResponse() }
        // An interim response is followed by another; 101 ends HTTP on this connection.
        if status < 200, status != 101 { return responseWire = .head(HTTP1HeadGatherer()) }
        guard let framing = HTTP1Framing.ofResponse(head, status: status, method: method) else {
            return giveUpResponse()
        }
        let body = HTTP1BodyReader(framing)
        response(ResponseHead(status: status, fields: head.fields))
        if body.isComplete { responseCodings = [] }
        responseWire = .body(body)
        noteWhole(body)
    }

    private func noteWhole(_ body: HTTP1BodyReader) {
        if body.isInvalid { return giveUpResponse() }
        guard body.isComplete else { return }
        isResponseWhole = true
        if responseCodings.isEmpty { end(.complete) }
    }

    private func giveUpResponse() {
        responseWire = .ignored
        receive(.warning("the response is not in the record: its bytes are no HTTP/1.1 message"))
    }

    private static func status(_ digits: [UInt8]) -> UInt16? {
        guard digits.count == 3, digits.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
        return digits.reduce(0) { $0 &* 10 &+ UInt16($1 &- 0x30) }
    }

    /// The path and query of a target, which is a whole URL where a proxy is spoken to.
    private static func originForm(_ target: [UInt8]) -> [UInt8] {
        guard target.first != UInt8(ascii: "/"), let colon = target.firstIndex(of: UInt8(ascii: ":")),
            target[colon...].starts(with: [0x3a, 0x2f, 0x2f])
        else { return target }
        let slash = target[(colon &+ 3)...].firstIndex(of: UInt8(ascii: "/"))
        return slash.map { Array(target[$0...]) } ?? [UInt8(ascii: "/")]
    }

    // MARK: - The pipeline

    private func receive(_ event: WireEvent) {
        // In a child of the process it began in, an exchange holds nothing: it is the parent's to record.
        guard let recorder, recorder.process == process else { return }
        pipeline?.receive(event, at: .now())
        let held = pipeline?.heldByteCount ?? 0
        recorder.hold(held &- heldByteCount)
        heldByteCount = held
    }
}

extension ExchangeEnd {
    /// The same in the midst of a response: a connection that is lost then has cut it.
    fileprivate var inResponse: ExchangeEnd {
        guard case .networkFailed(let type, _) = self else { return self }
        let isCut =
            type.utf8.elementsEqual("connection_closed".utf8) || type.utf8.elementsEqual("connection_reset".utf8)
        return isCut ? .serverClosed : self
    }
}
