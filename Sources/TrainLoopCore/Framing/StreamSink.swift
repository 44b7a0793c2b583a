// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Takes the events of a stream to the parser that understands them.
struct StreamSink: StreamEventSink, Sendable {
    var assembler: CallAssembler
    private(set) var eventCount = 0

    private let parser: ProviderParser?
    private var memory = StreamMemory()
    private var templates: StreamTemplates
    /// Where the values of an event end; kept for its room.
    private var index = JSONIndex()

    /// - Parameter templateLimit: shapes of events that are known at once.
    init(parser: ProviderParser?, assembler: CallAssembler, templateLimit: Int) {
        self.parser = parser
        self.assembler = assembler
        templates = StreamTemplates(limit: templateLimit)
    }

    mutating func receive(_ event: StreamEvent) {
        guard !event.data.isEmpty else { return }
        eventCount &+= 1
        if let parser, parser.hasPlainEvents { return receivePlain(event, parser) }
        if event.data.count <= 8, Self.isDone(event.data) {
            assembler.receive(.terminated)
            return
        }
        guard let parser else { return }
        if event.isTerminated, templates.apply(event, to: &assembler) { return }
        templates.settle(into: &assembler)
        // Taken out while the event is read, so that it can be pinned.
        var index = JSONIndex()
        swap(&index, &self.index)
        if let view = index.parse(event.data) {
            index.withView(of: view) { read(event, $0, parser) }
        } else {
            templates.forget()
            receiveBroken(event, parser)
        }
        swap(&index, &self.index)
    }

    private mutating func read(_ event: StreamEvent, _ view: JSONView, _ parser: ProviderParser) {
        if !event.isTerminated { assembler.receive(.diagnostic(.streamEventUnterminated)) }
        assembler.beginEvent()
        let mark = memory.mark
        parser.readStreamEvent(event.name, view, &memory, &assembler)
        if memory.mark != mark || !memory.partialCalls.isEmpty { assembler.noteChange() }
        templates.note(event, view, effect: assembler.eventEffect)
    }

    /// No more events will come: what is still in pieces is told as far as it came.
    mutating func finish() {
        templates.settle(into: &assembler)
        for partial in memory.partialCalls { partial.tell(to: &assembler) }
        memory.partialCalls = []
    }

    mutating func receiveFailure(type: [UInt8], words: UnsafeBufferPointer<UInt8>) {
        eventCount &+= 1
        tellFailure(type, words)
    }

    private mutating func tellFailure(_ type: [UInt8], _ words: UnsafeBufferPointer<UInt8>) {
        var error = CallError(source: .provider)
        if let told = JSONView(parsing: words).flatMap({ ProviderError.read($0) }) {
            error = told
        } else {
            JSONEscape.append(words, to: &error.message)
        }
        if !type.isEmpty {
            error.type = []
            type.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &error.type) }
        }
        assembler.receive(.error(error))
    }

    mutating func receiveEnd() { assembler.receive(.terminated) }

    mutating func skippedBrokenEvent() {
        templates.forget()
        assembler.receive(.diagnostic(.streamEventBroken))
    }

    mutating func skippedOversizeEvent() {
        assembler.receive(.diagnostic(.streamEventTooLarge))
    }

    /// The request tells how the parser is to read the stream.
    mutating func prepare(with request: JSONView) { parser?.prepare(request, &memory) }

    private mutating func receivePlain(_ event: StreamEvent, _ parser: ProviderParser) {
        if !event.isTerminated { assembler.receive(.diagnostic(.streamEventUnterminated)) }
        var text: [UInt8] = [UInt8(ascii: "\"")]
        if !JSONEscape.append(event.data, to: &text) { assembler.receive(.diagnostic(.invalidUTF8)) }
        text.append(UInt8(ascii: "\""))
        text.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else { return }
            parser.readStreamEvent(event.name, view, &memory, &assembler)
        }
    }

    /// Data that is no JSON: read after repair when only its UTF-8 or a number was wrong, else told; of an event `error` it
    /// is the words.
    private mutating func receiveBroken(_ event: StreamEvent, _ parser: ProviderParser) {
        let isText = UTF8Scan.isValid(event.data)
        let repaired = isText ? NonFiniteNumber.replaced(in: event.data) ?? [] : UTF8Scan.repaired(event.data)
        repaired.withUnsafeBufferPointer { buffer in
            guard let view = JSONView(parsing: buffer) else {
                if event.isTerminated, ASCII.isEqual(event.name, "error") { return tellFailure([], event.data) }
                return assembler.receive(.diagnostic(.streamEventNotJSON))
            }
            assembler.receive(.diagnostic(isText ? .nonFiniteNumber : .invalidUTF8))
            assembler.beginEvent()
            parser.readStreamEvent(event.name, view, &memory, &assembler)
        }
    }

    private static func isDone(_ data: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < data.count, data[index] == 0x20 { index &+= 1 }
        return ASCII.hasPrefix(data[index...], "[DONE]")
    }
}
