// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Finds out whether a response is a stream of events or one body, and reads it so.
///
/// The first bytes decide, not what the request asked for: an error in JSON may answer a request for a stream, and some
/// servers send streams under another type.
struct ResponseReader: Sendable {
    enum Mode: Sendable {
        case undecided
        case stream
        case body
    }

    private(set) var mode = Mode.undecided
    private(set) var body: KeptBody
    private(set) var sink: StreamSink
    /// Part of a stream was lost.
    private(set) var hasGap = false

    /// The first bytes, while they do not tell.
    private var undecided: [UInt8] = []
    private var lineScan = 0
    private let hints: ResponseForm.Hints
    /// What the response says it is; nil when it says nothing.
    let contentType: [UInt8]?
    private var decoder: StreamDecoder
    /// The API is not understood: a stream's text is kept as well.
    private let keepsText: Bool

    /// Text of a body that is not understood, kept in the record.
    static let textByteLimit = 1 << 20

    /// - Parameters:
    ///   - isDoubtful: the request does not speak the parser's format.
    ///   - contentType: what the response says it is; nil when it says nothing.
    ///   - contentLength: how long it says that it is.
    init(
        parser: ProviderParser?, isDoubtful: Bool = false, contentType: [UInt8]? = nil, contentLength: Int64? = nil,
        limits: CaptureLimits
    ) {
        hints = ResponseForm.Hints(parser: parser, contentType: contentType, limits: limits)
        self.contentType = contentType
        keepsText = parser == nil || parser?.bodyUse == .shown || isDoubtful
        body = KeptBody(
            byteLimit: parser == nil && Self.isText(contentType)
                ? min(limits.responseByteCount, Self.textByteLimit) : limits.responseByteCount,
            expectedByteCount: contentLength)
        decoder = StreamDecoder(eventByteCount: limits.eventByteCount)
        sink = StreamSink(
            parser: parser, assembler: CallAssembler(byteLimit: limits.responseByteCount),
            templateLimit: limits.templateCount)
    }

    /// The request tells how the parser is to read a stream.
    mutating func prepare(with request: JSONView) { sink.prepare(with: request) }

    /// Whether a body of this type is shown as a text, of which no more than its own bound is.
    private static func isText(_ contentType: [UInt8]?) -> Bool {
        guard let contentType else { return true }
        return ASCII.hasPrefixIgnoringCase(contentType, "text/")
            || ASCII.hasPrefixIgnoringCase(contentType, "application/json")
    }

    var heldByteCount: Int {
        body.bytes.count &+ undecided.count &+ decoder.heldByteCount &+ sink.assembler.heldByteCount
    }

    mutating func receive(_ bytes: [UInt8], at instant: Timestamp) {
        sink.assembler.arrive(at: instant)
        switch mode {
        case .stream:
            if keepsText { body.append(bytes) }
            bytes.withUnsafeBufferPointer { decoder.receive($0, into: &sink) }
        case .body: body.append(bytes)
        case .undecided:
            if undecided.isEmpty { undecided = bytes } else { undecided.append(contentsOf: bytes) }
            decide(isEnd: false)
        }
    }

    mutating func lose(_ byteCount: Int) {
        if mode == .undecided { decide(isEnd: true) }
        hasGap = true
        if mode == .stream { decoder.skipToNextEvent() }
        if mode != .stream || keepsText { body.lose(byteCount) }
    }

    /// No more bytes will come.
    mutating func finish() {
        if mode == .undecided { decide(isEnd: true) }
        guard mode == .stream else {
            if let text = TextEncoding.utf8(body.bytes, contentType: contentType) { body.replace(with: text) }
            return
        }
        decoder.finish(into: &sink)
        sink.finish()
    }

    // MARK: - Which it is

    private mutating func decide(isEnd: Bool) {
        guard let form = ResponseForm(undecided, isEnd: isEnd, hints: hints, lineScan: &lineScan) else { return }
        let first = undecided
        undecided = []
        switch form {
        case .body:
            mode = .body
            body.append(first)
        case .stream(let framing):
            mode = .stream
            // No more of a stream's text is ever shown.
            body = KeptBody(byteLimit: min(body.byteLimit, Self.textByteLimit))
            decoder.framing = framing
            if keepsText { body.append(first) }
            first.withUnsafeBufferPointer { decoder.receive($0, into: &sink) }
        }
    }

    /// Reads a whole body with the parser; false when it is no JSON, or means nothing to the parser.
    mutating func readBody(_ bytes: [UInt8], with parser: ProviderParser) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            var index = JSONIndex()
            guard let view = index.parse(buffer) else { return false }
            guard view.isObject || view.isArray || parser.bodyUse == .shown else { return false }
            index.withView(of: view) { parser.readResponse($0, &sink.assembler) }
            if case .shown = parser.bodyUse { return true }
            return sink.assembler.call.hasMeaning || sink.assembler.call.isAcknowledged
        }
    }

    /// True when the response means something to the parser.
    ///
    /// - Parameters:
    ///   - inChoices: nothing but a reply or vectors counts.
    ///   - orError: an error counts as well, since the status says that it is one.
    func hasMeaning(for parser: ProviderParser?, inChoices: Bool, orError: Bool) -> Bool {
        guard let parser else { return false }
        if case .shown = parser.bodyUse { return true }
        var trial = self
        if mode == .body { _ = trial.readBody(body.bytes, with: parser) }
        let call = trial.sink.assembler.call
        guard inChoices else { return call.hasMeaning }
        return !call.choices.isEmpty || (call.embeddings?.count ?? 0) > 0 || orError && call.error != nil
    }

    /// What was read is not what the response means.
    mutating func forgetMeaning() { sink.assembler.forgetAll() }

    /// The stream was understood: its text, kept in case it was not, is of no more use.
    mutating func forgetText() {
        if mode == .stream { body = KeptBody(byteLimit: 0) }
    }

    mutating func receive(_ event: CallEvent) { sink.assembler.receive(event) }
}
