// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Finds out whether a response is a stream of events or one body, and reads it so.
///
/// The first bytes decide, not what the request asked for nor what the content type says: an error in JSON may answer a
/// request for a stream, and some servers send streams under another type.
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
    private var decoder: ServerSentEventDecoder
    /// The API is not understood: a stream's text is kept as well.
    private let keepsText: Bool

    /// How far white space before the first byte of meaning is looked through.
    private static let leadingSpaceLimit = 4096
    /// The longest field name and its colon.
    private static let fieldLengthLimit = 6
    /// Text of a body that is not understood, kept in the record.
    static let textByteLimit = 1 << 20

    /// - Parameter isDoubtful: the request does not speak the parser's format.
    init(parser: ProviderParser?, isDoubtful: Bool = false, limits: CaptureLimits) {
        keepsText = parser == nil || parser?.bodyUse == .shown || isDoubtful
        body = KeptBody(
            byteLimit: parser == nil ? min(limits.responseByteCount, Self.textByteLimit) : limits.responseByteCount)
        decoder = ServerSentEventDecoder(eventByteCount: limits.eventByteCount)
        sink = StreamSink(parser: parser, assembler: CallAssembler(byteLimit: limits.responseByteCount))
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
        if mode == .stream { decoder.finish(into: &sink) }
    }

    // MARK: - Which it is

    private mutating func decide(isEnd: Bool) {
        guard let decision = Self.mode(of: undecided, isEnd: isEnd) else { return }
        mode = decision
        let first = undecided
        undecided = []
        // No more of a stream's text is ever shown.
        if decision == .stream { body = KeptBody(byteLimit: min(body.byteLimit, Self.textByteLimit)) }
        if decision == .body || keepsText { body.append(first) }
        guard decision == .stream else { return }
        first.withUnsafeBufferPointer { decoder.receive($0, into: &sink) }
    }

    /// A stream begins with a field of an event or a comment, after white space or a byte order mark.
    private static func mode(of bytes: [UInt8], isEnd: Bool) -> Mode? {
        var index = 0
        if bytes.first == 0xEF { index = 3 }
        while index < bytes.count, JSONScan.isSpace(bytes[index]) {
            index &+= 1
            guard index <= leadingSpaceLimit else { return .body }
        }
        guard index < bytes.count else { return isEnd ? .body : nil }
        if bytes[index] == UInt8(ascii: ":") { return .stream }
        let rest = bytes[index...].prefix(fieldLengthLimit)
        for field in fields where ASCII.hasPrefix(rest, field) { return .stream }
        guard !isEnd else { return .body }
        for field in fields where isBeginning(rest, of: field) { return nil }
        return .body
    }

    private static let fields: [StaticString] = ["data:", "event:", "id:", "retry:"]

    private static func isBeginning(_ bytes: ArraySlice<UInt8>, of field: StaticString) -> Bool {
        guard bytes.count < field.utf8CodeUnitCount else { return false }
        var offset = 0
        for byte in bytes {
            guard byte == field.utf8Start[offset] else { return false }
            offset &+= 1
        }
        return true
    }

    /// Reads a whole body with the parser; false when it is no JSON object, or one that means nothing to the parser.
    mutating func readBody(_ bytes: [UInt8], with parser: ProviderParser) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return false }
            guard view.isObject || parser.bodyUse == .shown else { return false }
            parser.readResponse(view, &sink.assembler)
            if case .shown = parser.bodyUse { return true }
            return sink.assembler.call.hasMeaning
        }
    }

    /// True when the response means something to the parser.
    ///
    /// - Parameter inChoices: nothing but a reply counts.
    func hasMeaning(for parser: ProviderParser?, inChoices: Bool) -> Bool {
        guard let parser else { return false }
        if case .shown = parser.bodyUse { return true }
        var trial = self
        if mode == .body { _ = trial.readBody(body.bytes, with: parser) }
        let call = trial.sink.assembler.call
        return inChoices ? !call.choices.isEmpty : call.hasMeaning
    }

    /// What was read is not what the response means.
    mutating func forgetMeaning() { sink.assembler.forgetAll() }

    /// The stream was understood: its text, kept in case it was not, is of no more use.
    mutating func forgetText() {
        if mode == .stream { body = KeptBody(byteLimit: 0) }
    }

    mutating func receive(_ event: CallEvent) { sink.assembler.receive(event) }
}
