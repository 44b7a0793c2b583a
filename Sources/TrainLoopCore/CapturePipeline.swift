// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The way of one exchange, from the bytes a front saw to one line of JSON.
///
/// Sans-IO: no clock, no async, no throw, no trap. One owner at a time; feed events in order, the last is `.end`, then
/// take the line once.
///
/// The stages, each a room of its own:
///
/// 1. Exchange/: `Exchange` checks the order of what comes, keeps the request, counts bytes and instants.
/// 2. Providers/: `ProviderCatalog` chooses the parser by method and path when the request head is there;
///    `RequestContent` tells, when the response begins, whether the request is JSON at all. A request to another path
///    that holds messages as chat has them is taken for chat, if the response bears it out.
/// 3. Framing/: `ResponseReader` finds out whether the response is a stream or a body; `StreamDecoder` makes events of
///    the stream's bytes, whatever their framing and their split.
/// 4. Providers/: the parser turns events and bodies into `CallEvent`s.
/// 5. Calls/: `CallAssembler` folds them into a `Call`, within the bounds, with the instants of the bytes.
/// 6. Exchange/: `Outcome` tells how it came out. Records/: `RecordWriter` writes the line.
/// 7. Media/: `MediaTakeout` puts references in the place of media, be it bytes or base64.
/// 8. Redaction/: `Redactor` walks over the whole line once; only then may it go to a disk.
public struct CapturePipeline: Sendable {
    private let context: CaptureContext
    private let limits: CaptureLimits
    private var exchange: Exchange
    private var line: RequestLine?
    private var parser: ProviderParser?
    /// The parser was chosen by the request's body: only a response with choices, or of an error, confirms it.
    private var isGuess = false
    private var reader: ResponseReader
    /// What the request is; nil until it was looked at.
    private var request: RequestContent?

    public init(context: CaptureContext, limits: CaptureLimits) {
        self.context = context
        self.limits = limits
        exchange = Exchange(requestByteCount: limits.requestByteCount)
        reader = ResponseReader(parser: nil, limits: limits)
    }

    /// Bytes held at present for this exchange: what a front adds up to keep its bound over all exchanges.
    public var heldByteCount: Int {
        exchange.requestBody.bytes.count &+ (request?.heldByteCount ?? 0) &+ reader.heldByteCount
    }

    /// Takes what happened at `instant`.
    ///
    /// An event out of order is a diagnostic in the record, never a trap.
    public mutating func receive(_ event: WireEvent, at instant: Timestamp) {
        switch exchange.receive(event, at: instant) {
        case .nothing, .requestEnded: break
        case .requestBegan(let head):
            let line = RequestLine(head)
            self.line = line
            parser = ProviderCatalog.parser(for: line)
        case .responseBegan(let head):
            if exchange.hasRequestEnded { readRequest() }
            if line?.isPost == true, let request { considerRequest(request) }
            let fields = HTTPFields(fields: head.fields)
            reader = ResponseReader(
                parser: parser, isDoubtful: isDoubtful || request?.isReadable == false,
                contentType: fields["content-type"], contentLength: fields.integer("content-length"), limits: limits)
            request?.withObject(in: exchange.requestBody.bytes) { reader.prepare(with: $0) }
        case .responseBytes(let bytes): reader.receive(bytes, at: instant)
        case .responseLost(let byteCount): reader.lose(byteCount)
        }
    }

    /// The record of the exchange; call once, after `.end` (without one the record says `incomplete`).
    public mutating func finish() -> EventLine {
        if exchange.end == nil { exchange.diagnostics.note(.noEnd) }
        if request == nil { readRequest() }
        reader.finish()
        // Neither the path alone nor the request alone makes an API: the response must speak its format.
        let isError = (exchange.responseHead?.status ?? 0) >= 400
        if isDoubtful || request?.isReadable != true,
            !reader.hasMeaning(for: parser, inChoices: isGuess, orError: isError)
        {
            parser = nil
            reader.forgetMeaning()
        } else if parser != nil, parser?.bodyUse != .shown || !reader.sink.assembler.call.choices.isEmpty {
            reader.forgetText()
        }
        let body = readResponse()
        if parser != nil { BedrockInvoke.readCounts(in: exchange.responseHead, &reader) }
        let call = reader.sink.assembler.call
        let outcome = Outcome(
            end: exchange.end, httpStatus: exchange.responseHead?.status, call: call,
            isStream: reader.mode == .stream, isUnderstood: parser?.tellsEnd ?? false)
        let writer = RecordWriter(
            context: context, exchange: exchange, line: line, parser: parser,
            request: request ?? RequestContent([], isCut: false), reader: reader, body: body, outcome: outcome)
        return writer.write()
    }

    /// Goes on from a parser whose path others use too when the request is not of its format, and guesses where there is none.
    private mutating func considerRequest(_ request: RequestContent) {
        let bytes = exchange.requestBody.bytes
        guard let line else { return }
        while let known = parser, isDoubtful, !ProviderCatalog.isRequest(request, of: bytes, for: known) {
            parser = ProviderCatalog.parser(for: line, after: known)
        }
        guard parser == nil else { return }
        parser = ProviderCatalog.guess(for: request, of: bytes, at: line)
        isGuess = parser != nil
    }

    /// The path, or the request alone, may be that of another API.
    private var isDoubtful: Bool {
        guard let parser, let line else { return false }
        return isGuess || !parser.isCertain(line)
    }

    /// Looks at the request once it is there: JSON as it is, or repaired, or closed where it was cut.
    private mutating func readRequest() {
        let isCut = exchange.requestBody.isCut || !exchange.hasRequestEnded
        let fields = HTTPFields(fields: exchange.requestHead?.fields ?? [])
        let content = RequestContent(exchange.requestBody.bytes, isCut: isCut, contentType: fields["content-type"])
        for code in content.diagnostics { exchange.diagnostics.note(code) }
        if content.isClosed { exchange.diagnostics.note(.requestCut) }
        if let replacement = content.replacement { exchange.replaceRequestBody(with: replacement) }
        request = content
    }

    /// Reads a response that is one body; tells what is left to be shown as a body.
    private mutating func readResponse() -> ResponseBody {
        guard reader.mode == .body || parser == nil || parser?.bodyUse == .shown else { return .none }
        let isWhole: Bool
        if case .complete = exchange.end { isWhole = !reader.body.isCut } else { isWhole = false }
        return ResponseBody.read(&reader, parser: parser, isWhole: isWhole, httpStatus: exchange.responseHead?.status)
    }
}
