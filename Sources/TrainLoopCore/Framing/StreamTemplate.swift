// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shape of an event of a stream, so that the next of the same shape need not be parsed.
///
/// Most events of a stream differ from one before in one string, the new text, and perhaps in the numbers of the usage so
/// far, or in a counter or padding that means nothing. An event that was parsed, was valid, and did nothing that cannot be
/// done twice but add one text and tell the usage, becomes a template: its bytes with holes. If a later event has the same
/// bytes around its holes and valid values in them, it is valid JSON of the same structure, and what it does is to add the
/// text in its hole and tell its usage. Anything else goes the long way; so the result is the same, only sooner.
struct StreamTemplate: Sendable {
    private enum Hole: Sendable {
        /// Between the quotes of a string: the text.
        case text
        /// Between the quotes of a string that means nothing.
        case string
        /// The digits of a number, of the usage or one that means nothing.
        case number
    }

    /// Where the usage stands, and how it is read.
    private struct UsagePlace: Sendable {
        /// The first and the last hole in it.
        let holes: ClosedRange<Int>
        /// Bytes before the first and after the last.
        let lead: Int
        let tail: Int
        let shape: Usage.Shape
        let origin: StaticString
    }

    private struct Segment: Sendable {
        /// Literal bytes before the hole.
        let literal: Range<Int>
        let hole: Hole
    }

    private var name: [UInt8] = []
    private var bytes: [UInt8] = []
    private var segments: [Segment] = []
    /// Literal bytes after the last hole.
    private var tail = 0..<0
    private var kind = Part.Kind.text
    private var address = PartAddress(choice: 0, slot: 0)
    private var usage: UsagePlace?

    /// Larger events are rare, and keeping each costs more than it saves.
    private static let byteLimit = 4096

    /// Members of an event that mean nothing to any parser and change from event to event.
    private static let idleNames: [StaticString] = ["obfuscation", "sequence_number", "created", "created_at", "p"]

    /// Does what an event of this shape does; false for an event of another.
    @inline(__always)
    func apply(_ event: StreamEvent, to call: inout CallAssembler, _ pending: inout PendingUsage) -> Bool {
        guard event.name.isEqual(to: name), let base = event.data.baseAddress else { return false }
        var usageRange = 0..<0
        let text = bytes.withUnsafeBufferPointer { own in
            own.baseAddress.flatMap { match(base, event.data.count, $0, &usageRange) }
        }
        // At the bound it matters whether the text or the usage comes first.
        guard let text, usage == nil || call.hasRoom(for: event.data.count) else { return false }
        call.receive(.text(text, kind, at: address))
        if let usage {
            let view = JSONView(checked: base + usageRange.lowerBound, count: usageRange.count)
            pending.note(view, usage.shape, usage.origin)
            call.countUsage(view.count)
        }
        return true
    }

    private func match(
        _ data: UnsafePointer<UInt8>, _ count: Int, _ own: UnsafePointer<UInt8>, _ usageRange: inout Range<Int>
    ) -> JSONText? {
        var index = 0
        var text: JSONText?
        for (place, segment) in segments.enumerated() {
            let length = segment.literal.count
            guard index &+ length <= count,
                UnsafeBufferPointer.isEqual(data + index, own + segment.literal.lowerBound, length)
            else {
                return nil
            }
            index &+= length
            let end: Int
            if case .number = segment.hole {
                end = JSONScan.numberEnd(data, index, count)
                guard end > index else { return nil }
                if let usage {
                    if place == usage.holes.lowerBound {
                        usageRange = (index &- usage.lead)..<end
                    }
                    if place == usage.holes.upperBound {
                        usageRange = usageRange.lowerBound..<(end &+ usage.tail)
                    }
                }
                index = end
            } else {
                end = JSONScan.stringEnd(data, index, count)
                guard end > index else { return nil }
                if case .text = segment.hole { text = JSONText(start: data + index, count: end &- index &- 1) }
                // The closing quote is the first byte of the next literal.
                index = end &- 1
            }
        }
        guard index &+ tail.count == count, UnsafeBufferPointer.isEqual(data + index, own + tail.lowerBound, tail.count)
        else {
            return nil
        }
        return text
    }

    /// Makes the event a template.
    ///
    /// - Parameter effect: what the event did, inside its data.
    /// - Returns: false for an event that cannot be one.
    mutating func learn(_ event: StreamEvent, _ view: JSONView, _ effect: CallAssembler.StreamEffect) -> Bool {
        let data = event.data
        guard data.count <= Self.byteLimit, let base = data.baseAddress else { return false }
        let textStart = Int(bitPattern: effect.text.location &- UInt(bitPattern: base))
        let textByteCount = effect.text.byteCount
        guard textStart > 0, textByteCount >= 0, textStart < data.count &- textByteCount else { return false }
        let usageStart = effect.usage.map { Int(bitPattern: $0.location &- UInt(bitPattern: base)) } ?? -1
        segments.removeAll(keepingCapacity: true)
        usage = nil
        var from = 0
        var hasText = false
        func add(_ start: Int, _ end: Int, _ hole: Hole) {
            segments.append(Segment(literal: from..<start, hole: hole))
            from = end
        }
        view.forEachMember { name, value in
            let start = value.start - base
            let end = start &+ value.count
            if textStart >= start, textStart < end {
                add(textStart, textStart &+ textByteCount, .text)
                hasText = true
            } else if usageStart >= start, usageStart < end, let told = effect.usage {
                let first = segments.count
                JSONView(checked: base + usageStart, count: told.byteCount).forEachNumber { number in
                    add(number.start - base, number.start - base &+ number.count, .number)
                }
                guard segments.count > first else { return }
                usage = UsagePlace(
                    holes: first...(segments.count &- 1), lead: segments[first].literal.upperBound &- usageStart,
                    tail: usageStart &+ told.byteCount &- from, shape: told.shape, origin: told.origin)
            } else if Self.isIdle(name) {
                if value.kind == .string, value.count > 2 {
                    add(start &+ 1, start &+ value.count &- 1, .string)
                } else if value.kind == .number, !ASCII.isEqual(value.bytes, "0") {
                    // Zero, as an empty text, is what is sent before the value is known, and gives way to it.
                    add(start, start &+ value.count, .number)
                }
            }
        }
        // Of Anthropic's usage each is put over the one before.
        guard hasText, usage?.shape != .anthropicMessages, (usage != nil) == (effect.usage != nil) else { return false }
        tail = from..<data.count
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: data)
        name.removeAll(keepingCapacity: true)
        name.append(contentsOf: event.name)
        kind = effect.text.kind
        address = effect.text.address
        return true
    }

    static func isIdle(_ name: JSONText) -> Bool {
        for word in idleNames where name.isEqual(to: word) { return true }
        return false
    }
}
