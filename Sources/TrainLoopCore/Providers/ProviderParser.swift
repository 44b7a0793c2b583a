// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The contract of a parser: one wire format, read as a request, as a whole response, and as the events of a stream.
///
/// A table of functions rather than a protocol, so that the catalog is a plain list in every build; a class, so that it
/// is handed on without copying the table. The functions are pure: what a stream must remember between its events is `StreamMemory`, what they find they tell the assembler. They
/// get JSON that was checked; a member that is missing or of another type is simply not told.
final class ProviderParser: Sendable {
    /// The record's `api`.
    let api: StaticString
    /// True when the request speaks this format.
    let matches: @Sendable (RequestLine) -> Bool
    let readRequest: @Sendable (JSONView, inout RequestReading) -> Void
    let readResponse: @Sendable (JSONView, inout CallAssembler) -> Void
    /// Reads one event of a stream; `name` is its `event` field, empty where there was none.
    let readStreamEvent:
        @Sendable (_ name: UnsafeBufferPointer<UInt8>, JSONView, inout StreamMemory, inout CallAssembler) -> Void
    let bodyUse: BodyUse
    /// How the API streams where it does not send server-sent events; the response's first bytes decide.
    let framing: StreamFraming
    /// False where others use the path too: then only a response that speaks the format makes it this API.
    let isCertain: @Sendable (RequestLine) -> Bool
    /// Looks in the request for what tells how a stream is to be read.
    let prepare: @Sendable (_ request: JSONView, inout StreamMemory) -> Void
    /// The events of a stream are plain text, which the parser gets as a JSON string.
    let hasPlainEvents: Bool
    /// A stream says nothing at its end: neither why a reply ended nor that it is over.
    let endsSilently: Bool

    init(
        api: StaticString, matches: @escaping @Sendable (RequestLine) -> Bool,
        readRequest: @escaping @Sendable (JSONView, inout RequestReading) -> Void,
        readResponse: @escaping @Sendable (JSONView, inout CallAssembler) -> Void,
        readStreamEvent:
            @escaping @Sendable (
                _ name: UnsafeBufferPointer<UInt8>, JSONView, inout StreamMemory, inout CallAssembler
            ) -> Void,
        bodyUse: BodyUse = .meaning, framing: StreamFraming = .serverSentEvents,
        isCertain: @escaping @Sendable (RequestLine) -> Bool = { _ in true },
        prepare: @escaping @Sendable (_ request: JSONView, inout StreamMemory) -> Void = { _, _ in },
        hasPlainEvents: Bool = false, endsSilently: Bool = false
    ) {
        self.api = api
        self.matches = matches
        self.readRequest = readRequest
        self.readResponse = readResponse
        self.readStreamEvent = readStreamEvent
        self.bodyUse = bodyUse
        self.framing = framing
        self.isCertain = isCertain
        self.prepare = prepare
        self.hasPlainEvents = hasPlainEvents
        self.endsSilently = endsSilently
    }

    /// What a response's body is to the record, beside the meaning that the parser finds in it.
    enum BodyUse: Sendable {
        /// Nothing: what the parser tells is all.
        case meaning
        /// It is shown as it is, be it JSON or not.
        case shown
        /// JSON is shown beside its text; a body that is no JSON is the text.
        case textAndShown
        /// A body that is no JSON is sound.
        case sound
    }

    /// True for an API that tells when a reply is finished.
    var tellsEnd: Bool { bodyUse != .shown && !endsSilently }

    /// An API whose answer is shown as it is.
    static func shown(
        _ api: StaticString, matches: @escaping @Sendable (RequestLine) -> Bool,
        readRequest: @escaping @Sendable (JSONView, inout RequestReading) -> Void
    ) -> ProviderParser {
        ProviderParser(
            api: api, matches: matches, readRequest: readRequest, readResponse: { _, _ in },
            readStreamEvent: { _, _, _, _ in }, bodyUse: .shown)
    }

    /// The same format at other addresses.
    func served(matches: @escaping @Sendable (RequestLine) -> Bool) -> ProviderParser {
        ProviderParser(
            api: api, matches: matches, readRequest: readRequest, readResponse: readResponse,
            readStreamEvent: readStreamEvent, bodyUse: bodyUse, framing: framing, prepare: prepare,
            hasPlainEvents: hasPlainEvents, endsSilently: endsSilently)
    }
}

/// What a stream's parser remembers from one event to the next.
struct StreamMemory: Sendable {
    /// A tool call that is being streamed: which of the provider's numbers leads to which slot.
    struct OpenCall: Sendable {
        let choice: Int64
        let number: Int64
        var slot: Int64
        var id: [UInt8]
    }

    var openCalls: [OpenCall] = []
    /// The last slot given to a tool call, of any choice.
    var lastSlot: Int64 = 0
    /// How far the slots lie behind the provider's numbers, where it began to count anew.
    var slotOffset: Int64 = 0
    /// Calls of Gemini whose arguments come in pieces.
    var partialCalls: [GeminiPartialCall] = []
    /// Texts that each event may tell from the beginning.
    var retold = RetoldTexts()

    /// Another after an event that changed what later ones mean.
    var mark: (Int, Int64, Int64, Int) { (openCalls.count, lastSlot, slotOffset, partialCalls.count) }

    /// More calls open at once than any model makes.
    static let openCallLimit = 4096

    /// What is remembered of an id: nothing of one that is longer than any.
    static func known(_ id: JSONText?) -> [UInt8] { id.flatMap { $0.count <= 1024 ? $0.copy : nil } ?? [] }
}
