// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Folds call events into a call, within a bound of bytes.
struct CallAssembler: Sendable {
    private(set) var call = Call()
    private(set) var diagnostics = Diagnostics()
    private(set) var timeline = TokenTimeline()
    /// Bytes of content held.
    private(set) var contentByteCount = 0
    /// Bytes left out because of the bound.
    private(set) var omittedByteCount = 0

    /// Bytes of the usage among them, whether it was read or put off.
    private var usageByteCount = 0

    /// Everything that is held for the call.
    var heldByteCount: Int { contentByteCount &+ timeline.heldByteCount }

    /// The body is shown as it is, beside what is read of it: what the record has no key for stands there.
    var isBodyShown = false

    private let byteLimit: Int
    /// Where the last event went: most events of a stream go where the one before went.
    private var lastChoice = 0
    private var lastPart = 0
    /// Under which name this call's reasoning comes; nil before there is any.
    private var reasoningOrigin: ReasoningOrigin?

    /// A text that an event added, and where it went.
    struct TextEffect: Sendable {
        /// Where its bytes lay while the event was read; never read through again.
        let location: UInt
        let byteCount: Int
        let kind: Part.Kind
        let address: PartAddress
    }

    /// A usage that an event told, and how it is read.
    struct UsageEffect: Sendable {
        /// Where its bytes lay while the event was read; never read through again.
        let location: UInt
        let byteCount: Int
        let shape: Usage.Shape
        let origin: StaticString
    }

    /// What an event of a stream did that the next of its shape does with values of its own.
    struct StreamEffect: Sendable {
        let text: TextEffect
        let usage: UsageEffect?
    }

    /// All that an event of a stream did.
    enum EventEffect {
        /// Nothing that an event before had not done, or a usage.
        case none
        /// This and nothing else.
        case known(StreamEffect)
        /// More, or another thing each time: what an event of its shape will do is not known, nor what those before will.
        case more
    }

    /// What the stream's event being read has done: its text and its usage, how often it did what must not be done twice,
    /// and whether anything but these is another than before.
    private var textEffect: TextEffect?
    private var usageEffect: UsageEffect?
    private var effectCount = 0
    private var hasChanged = false
    /// The event tells again what was told in pieces: nothing in it came just now.
    private var isRetelling = false

    private static let choiceLimit = 1024
    private static let partLimit = 4096
    /// What parts cost beside their bytes does not eat a small bound up.
    private static let overheadByteCount = 16_384

    /// - Parameter byteLimit: the most bytes of content to hold; a little more is held for what goes around it.
    init(byteLimit: Int) {
        self.byteLimit = max(0, min(byteLimit, Int.max / 2)) &+ Self.overheadByteCount
    }

    /// Begins anew, within the same bound.
    mutating func forgetAll() { self = CallAssembler(byteLimit: byteLimit &- Self.overheadByteCount) }

    /// The events to come were seen at this instant.
    mutating func arrive(at instant: Timestamp) {
        timeline.now = instant
    }

    /// The names under which chat completions carry reasoning.
    enum ReasoningOrigin: UInt8, Sendable {
        case reasoningContent
        case reasoning
        case details
        case thinking
    }

    /// Some servers send the same reasoning under several names: the name that came first is the one that is read.
    mutating func takesReasoning(from origin: ReasoningOrigin) -> Bool {
        if let known = reasoningOrigin { return known.rawValue == origin.rawValue }
        reasoningOrigin = origin
        hasChanged = true
        return true
    }

    /// True when the reasoning came as text of the message.
    var hasReasoningText: Bool { reasoningOrigin != nil && reasoningOrigin != .details }

    func holds(_ address: PartAddress) -> Bool { part(at: address) != nil }

    func part(at address: PartAddress) -> Part? {
        for choice in call.choices.indices where call.choices[choice].index == address.choice {
            let index = partIndex(of: address.slot, in: choice)
            let parts = call.choices[choice].parts
            return index < parts.count && parts[index].slot == address.slot ? parts[index] : nil
        }
        return nil
    }

    /// Whether something was told of this choice.
    func holdsChoice(_ index: Int64) -> Bool {
        guard let last = call.choices.last, last.index >= index else { return false }
        return call.choices.contains { $0.index == index }
    }

    /// The last part of a choice, for formats whose pieces do not say where they belong; nil before there is one.
    func lastPart(ofChoice index: Int64) -> (slot: Int64, kind: Part.Kind, isSigned: Bool)? {
        for choice in call.choices.reversed() where choice.index == index {
            return choice.parts.last.map { ($0.slot, $0.kind, !$0.signature.isEmpty) }
        }
        return nil
    }

    /// An event of a stream is read from here on.
    mutating func beginEvent() {
        textEffect = nil
        usageEffect = nil
        effectCount = 0
        hasChanged = false
        isRetelling = false
    }

    /// What the event does depends on what came before: the next of its shape may do something else.
    mutating func noteDependence() { effectCount &+= 1 }

    /// The event changed what later ones mean.
    mutating func noteChange() { hasChanged = true }

    var eventEffect: EventEffect {
        guard !hasChanged else { return .more }
        if effectCount == 1, let textEffect { return .known(StreamEffect(text: textEffect, usage: usageEffect)) }
        return effectCount == 0 ? .none : .more
    }

    @inline(__always)
    mutating func receive(_ event: CallEvent) {
        switch event {
        case .text(let text, let kind, let address): receiveText(text, kind, address)
        default: receiveOther(event)
        }
    }

    @inline(__always)
    private mutating func receiveText(_ text: JSONText, _ kind: Part.Kind, _ address: PartAddress) {
        effectCount &+= 1
        textEffect = TextEffect(
            location: UInt(bitPattern: text.start), byteCount: text.count, kind: kind, address: address)
        guard locate(address, kind), !text.isEmpty else { return }
        if !isRetelling { timeline.note(isReasoning: kind == .reasoning) }
        guard admit(text.count) else { return }
        call.choices[lastChoice].parts[lastPart].text.append(contentsOf: text.bytes)
    }

    private mutating func receiveOther(_ event: CallEvent) {
        switch event {
        case .responseID(let text):
            guard call.responseID.isEmpty, admit(text.count) else { return }
            hasChanged = true
            call.responseID = text.copy
        case .responseModel(let text):
            guard call.responseModel.isEmpty, admit(text.count) else { return }
            hasChanged = true
            call.responseModel = text.copy
        case .finalIdentity(let id, let model):
            hasChanged = true
            if let id, !id.isEmpty, admit(id.count) { call.responseID = id.copy }
            if let model, !model.isEmpty, admit(model.count) { call.responseModel = model.copy }
        case .citations(let view):
            guard !view.bytes.isEqual(to: call.citations) else { return }
            hasChanged = true
            call.citations = Array(view.bytes)
        case .embeddings(let embeddings):
            hasChanged = true
            call.embeddings = embeddings
        case .usage(let view, let shape, let origin): receiveUsage(view, shape, origin)
        case .error(let error):
            hasChanged = true
            if call.error == nil { call.error = error }
        case .acknowledged: call.isAcknowledged = true
        case .terminated: call.isTerminated = true
        case .diagnostic(let code):
            effectCount &+= 1
            diagnostics.note(code)
        case .forget(let choice, let slots):
            effectCount &+= 1
            forget(choice, slots)
        case .role(let text, let choice):
            guard locateChoice(choice), call.choices[lastChoice].role.isEmpty, !text.isEmpty, admit(text.count) else {
                return
            }
            hasChanged = true
            call.choices[lastChoice].role = text.copy
        case .finishReason(let text, let choice):
            guard locateChoice(choice), !text.bytes.isEqual(to: call.choices[lastChoice].finishReason),
                admit(text.count)
            else { return }
            hasChanged = true
            call.choices[lastChoice].finishReason = text.copy
        case .stopSequence(let text, let choice):
            effectCount &+= 1
            guard locateChoice(choice), admit(text.count) else { return }
            call.choices[lastChoice].stopSequence = text.copy
        case .other(let name, let value, let place):
            if !OtherMembers.isNothing(value) { receiveMember(name, value, place) }
        case .more(let name, let value, let place):
            guard !OtherMembers.isNothing(value) else { return }
            // What only replaces may be done again without harm.
            if case .part = place { effectCount &+= 1 } else if value.isArray { effectCount &+= 1 }
            receiveMember(name, value, place, isPiece: true)
        default: receivePartDetail(event)
        }
    }

    private mutating func receiveMember(
        _ name: JSONText, _ value: JSONView, _ place: CallEvent.Place, isPiece: Bool = false
    ) {
        let room = byteLimit &- contentByteCount
        let intake: OtherMembers.Intake
        switch place {
        case .response: intake = call.other.take(name, value, as: isPiece ? .lists : .whole, within: room)
        case .choice(let index):
            guard locateChoice(index) else { return }
            intake = call.choices[lastChoice].other.take(name, value, as: isPiece ? .lists : .whole, within: room)
        case .part(let address):
            guard locate(address, .generic) else { return }
            intake = call.choices[lastChoice].parts[lastPart].other.take(
                name, value, as: isPiece ? .texts : .whole, within: room)
        }
        switch intake {
        case .known: break
        case .taken(let byteCount):
            hasChanged = true
            contentByteCount &+= byteCount
        case .beyondBound: _ = admit(value.count)
        case .tooMany:
            effectCount &+= 1
            diagnostics.note(.tooManyParts)
        }
    }

    private mutating func receivePartDetail(_ event: CallEvent) {
        switch event {
        case .part, .freeform, .summary, .forApplication: break
        default: effectCount &+= 1
        }
        switch event {
        case .part(let kind, let address): _ = locate(address, kind)
        case .identity(let id, let name, let address):
            guard locate(address, .toolCall) else { return }
            if let id, call.choices[lastChoice].parts[lastPart].id.isEmpty, admit(id.count) { edit { $0.id = id.copy } }
            if let name { receiveName(name) }
        case .signature(let text, let address):
            guard locate(address, .reasoning), admit(text.count) else { return }
            edit { $0.signature.append(contentsOf: text.bytes) }
        case .encrypted(let text, let address):
            guard locate(address, .reasoning), admit(text.count) else { return }
            edit { $0.encrypted.append(contentsOf: text.bytes) }
        case .data(let text, let address):
            guard locate(address, .audio), admit(text.count) else { return }
            let known = call.choices[lastChoice].parts[lastPart].data.count
            edit { $0.append(data: text) }
            contentByteCount &+= call.choices[lastChoice].parts[lastPart].data.count &- known &- text.count
        case .media(let type, let data, let address):
            guard locate(address, .media), admit(data.count &+ (type?.count ?? 0)) else { return }
            edit { part in
                part.name = type?.copy ?? []
                part.data = data.copy
            }
        case .uri(let text, let address):
            guard locate(address, .image), admit(text.count) else { return }
            edit { $0.uri = text.copy }
        case .bytes(let bytes, let type, let kind, let address):
            // The body is held already, within its own bound.
            guard locate(address, kind) else { return }
            edit { part in
                part.bytes = bytes
                type.withUnsafeBufferPointer { _ = JSONEscape.append($0, to: &part.name) }
            }
        case .omitted(let byteCount, let kind, let address):
            if locate(address, kind) { edit { $0.omittedByteCount &+= byteCount } }
        case .logprobs(let view, let kind, let address):
            guard locate(address, kind), admit(view.count &+ 1) else { return }
            edit { Self.append(view, to: &$0.logprobs) }
        case .freeform(let address):
            guard locate(address, .toolCall), !call.choices[lastChoice].parts[lastPart].isFreeform else { return }
            hasChanged = true
            edit { $0.isFreeform = true }
        case .summary(let address):
            guard locate(address, .reasoning), !call.choices[lastChoice].parts[lastPart].isSummary else { return }
            hasChanged = true
            edit { $0.isSummary = true }
        case .forApplication(let address):
            guard locate(address, .serverToolCall), !call.choices[lastChoice].parts[lastPart].isForApplication else {
                return
            }
            hasChanged = true
            edit { $0.isForApplication = true }
        case .annotation(let view, let address):
            guard locate(address, .text), admit(view.count &+ 1) else { return }
            edit { Self.append(view, to: &$0.annotations) }
        case .raw(let view, let address):
            guard locate(address, .generic), admit(view.count) else { return }
            edit { part in part.raw = Array(view.bytes) }
        default: diagnostics.note(.inconsistency)
        }
    }

    /// A name comes whole, again and again, or in pieces.
    private mutating func receiveName(_ name: JSONText) {
        let known = call.choices[lastChoice].parts[lastPart].name
        let isSame =
            known.count == name.count
            && known.withUnsafeBufferPointer { known in
                for index in 0..<known.count where known[index] != name.start[index] { return false }
                return true
            }
        guard !isSame, admit(name.count) else { return }
        edit { $0.name.append(contentsOf: name.bytes) }
    }

    private mutating func receiveUsage(_ view: JSONView, _ shape: Usage.Shape, _ origin: StaticString) {
        guard view.hasMembers, var usage = Usage(view, shape: shape) else { return }
        if usageEffect != nil { effectCount &+= 1 }
        usageEffect = UsageEffect(
            location: UInt(bitPattern: view.start), byteCount: view.count, shape: shape, origin: origin)
        usage.origin = origin
        if shape == .anthropicMessages, let earlier = call.usage {
            let raw = Usage.merged(earlier.raw, view)
            let merged = raw.withUnsafeBufferPointer { buffer in
                JSONView(parsing: buffer).flatMap { Usage($0, shape: shape) }
            }
            usage = merged ?? usage
            usage.origin = "message_start+message_delta"
        }
        if call.usage == nil { hasChanged = true }
        let growth = usage.raw.count &- usageByteCount
        guard growth <= 0 || hasRoom(for: growth) else {
            _ = admit(growth)
            return
        }
        countUsage(usage.raw.count)
        call.usage = usage
    }

    /// Whether so many bytes can be held besides.
    func hasRoom(for byteCount: Int) -> Bool { contentByteCount &+ byteCount <= byteLimit }

    /// A usage of so many bytes takes the place of the one before.
    mutating func countUsage(_ byteCount: Int) {
        contentByteCount &+= byteCount &- usageByteCount
        usageByteCount = byteCount
    }

    // MARK: - Where things go

    /// Makes the part at the address the current one, and makes it when it is not there.
    @inline(__always)
    private mutating func locate(_ address: PartAddress, _ kind: Part.Kind) -> Bool {
        if lastChoice < call.choices.count, call.choices[lastChoice].index == address.choice,
            lastPart < call.choices[lastChoice].parts.count,
            call.choices[lastChoice].parts[lastPart].slot == address.slot
        {
            return true
        }
        return find(address, kind)
    }

    private mutating func find(_ address: PartAddress, _ kind: Part.Kind) -> Bool {
        guard locateChoice(address.choice) else { return false }
        let low = partIndex(of: address.slot, in: lastChoice)
        let parts = call.choices[lastChoice].parts.count
        if low == parts || call.choices[lastChoice].parts[low].slot != address.slot {
            guard parts < Self.partLimit else {
                effectCount &+= 1
                diagnostics.note(.tooManyParts)
                return false
            }
            guard admit(Part.overheadByteCount) else { return false }
            hasChanged = true
            call.choices[lastChoice].parts.insert(Part(kind: kind, slot: address.slot), at: low)
        }
        lastPart = low
        return true
    }

    /// The first part of a choice whose slot is not below the given one, or the end.
    private func partIndex(of slot: Int64, in choice: Int) -> Int {
        var low = 0
        var high = call.choices[choice].parts.count
        while low < high {
            let middle = (low &+ high) / 2
            if call.choices[choice].parts[middle].slot < slot { low = middle &+ 1 } else { high = middle }
        }
        return low
    }

    private mutating func locateChoice(_ index: Int64) -> Bool {
        if lastChoice < call.choices.count, call.choices[lastChoice].index == index { return true }
        var low = 0
        var high = call.choices.count
        while low < high {
            let middle = (low &+ high) / 2
            if call.choices[middle].index < index { low = middle &+ 1 } else { high = middle }
        }
        if low == call.choices.count || call.choices[low].index != index {
            guard call.choices.count < Self.choiceLimit else {
                effectCount &+= 1
                diagnostics.note(.tooManyParts)
                return false
            }
            guard admit(Part.overheadByteCount) else { return false }
            hasChanged = true
            call.choices.insert(Choice(index: index), at: low)
        }
        lastChoice = low
        lastPart = 0
        return true
    }

    private mutating func forget(_ index: Int64, _ slots: Range<Int64>) {
        for choice in call.choices.indices where call.choices[choice].index == index {
            var freed = 0
            call.choices[choice].parts.removeAll { part in
                guard slots.contains(part.slot) else { return false }
                freed &+= part.byteCount
                if !part.text.isEmpty { isRetelling = true }
                return true
            }
            contentByteCount &-= freed
        }
        lastPart = 0
    }

    // MARK: - Within the bound

    @inline(__always)
    private mutating func admit(_ byteCount: Int) -> Bool {
        guard contentByteCount &+ byteCount <= byteLimit else {
            effectCount &+= 1
            omittedByteCount &+= byteCount
            diagnostics.note(.contentBeyondBound)
            return false
        }
        contentByteCount &+= byteCount
        return true
    }

    private static func append(_ view: JSONView, to list: inout [UInt8]) {
        if !list.isEmpty { list.append(UInt8(ascii: ",")) }
        list.append(contentsOf: view.bytes)
    }

    private mutating func edit(_ change: (inout Part) -> Void) {
        change(&call.choices[lastChoice].parts[lastPart])
    }
}
