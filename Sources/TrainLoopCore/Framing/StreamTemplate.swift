// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shape of an event of a stream, so that the next of the same shape need not be parsed.
///
/// Most events of a stream differ from one before in one string, the new text, and perhaps in a counter or padding
/// that means nothing. An event that was parsed, was valid, and did nothing that cannot be done twice but add one text,
/// becomes a template: its bytes with holes. If a later event has the same bytes around its holes and valid values in
/// them, it is valid JSON of the same structure, and what it does is to add the text in its hole. Anything else goes the
/// long way; so the result is the same, only sooner.
struct StreamTemplate: Sendable {
    private enum Hole: Sendable {
        /// Between the quotes of a string: the text.
        case text
        /// Between the quotes of a string that means nothing.
        case string
        /// The digits of a number that means nothing.
        case number
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
    private(set) var kind = Part.Kind.text
    private(set) var address = PartAddress(choice: 0, slot: 0)

    /// Larger events are rare, and keeping each costs more than it saves.
    private static let byteLimit = 4096

    /// Members of an event that mean nothing to any parser and change from event to event.
    private static let idleNames: [StaticString] = ["obfuscation", "sequence_number", "created", "created_at", "p"]

    /// The text in an event of this shape, or nil for an event of another.
    @inline(__always)
    func text(in event: StreamEvent) -> JSONText? {
        guard event.name.count == name.count, let base = event.data.baseAddress else { return nil }
        for index in 0..<name.count where event.name[index] != name[index] { return nil }
        let count = event.data.count
        return bytes.withUnsafeBufferPointer { own in
            own.baseAddress.flatMap { match(base, count, $0) }
        }
    }

    private func match(_ data: UnsafePointer<UInt8>, _ count: Int, _ own: UnsafePointer<UInt8>) -> JSONText? {
        var index = 0
        var text: JSONText?
        for segment in segments {
            let length = segment.literal.count
            guard index &+ length <= count, Self.isEqual(data + index, own + segment.literal.lowerBound, length) else {
                return nil
            }
            index &+= length
            let end: Int
            if case .number = segment.hole {
                end = JSONScan.numberEnd(data, index, count)
                guard end > index else { return nil }
                index = end
            } else {
                end = JSONScan.stringEnd(data, index, count)
                guard end > index else { return nil }
                if case .text = segment.hole { text = JSONText(start: data + index, count: end &- index &- 1) }
                // The closing quote is the first byte of the next literal.
                index = end &- 1
            }
        }
        guard index &+ tail.count == count, Self.isEqual(data + index, own + tail.lowerBound, tail.count) else {
            return nil
        }
        return text
    }

    /// Makes the event a template.
    ///
    /// - Parameter effect: the one text that the event added, inside its data.
    /// - Returns: false for an event that cannot be one.
    mutating func learn(_ event: StreamEvent, _ view: JSONView, _ effect: CallAssembler.TextEffect) -> Bool {
        let data = event.data
        guard data.count <= Self.byteLimit, let base = data.baseAddress else { return false }
        let textStart = Int(bitPattern: effect.location &- UInt(bitPattern: base))
        guard textStart > 0, effect.byteCount >= 0, textStart < data.count &- effect.byteCount else { return false }
        segments.removeAll(keepingCapacity: true)
        var from = 0
        var hasText = false
        func add(_ start: Int, _ end: Int, _ hole: Hole) {
            segments.append(Segment(literal: from..<start, hole: hole))
            from = end
        }
        view.forEachMember { name, value in
            let start = value.start - base
            if textStart >= start, textStart < start &+ value.count {
                add(textStart, textStart &+ effect.byteCount, .text)
                hasText = true
            } else if Self.isIdle(name) {
                if value.kind == .string {
                    add(start &+ 1, start &+ value.count &- 1, .string)
                } else if value.kind == .number {
                    add(start, start &+ value.count, .number)
                }
            }
        }
        guard hasText else { return false }
        tail = from..<data.count
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: data)
        name.removeAll(keepingCapacity: true)
        name.append(contentsOf: event.name)
        kind = effect.kind
        address = effect.address
        return true
    }

    static func isIdle(_ name: JSONText) -> Bool {
        for word in idleNames where name.isEqual(to: word) { return true }
        return false
    }

    @inline(__always)
    private static func isEqual(_ left: UnsafePointer<UInt8>, _ right: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        var index = 0
        while index &+ 8 <= count {
            let one = UnsafeRawPointer(left + index).loadUnaligned(as: UInt64.self)
            let other = UnsafeRawPointer(right + index).loadUnaligned(as: UInt64.self)
            guard one == other else { return false }
            index &+= 8
        }
        while index < count {
            guard left[index] == right[index] else { return false }
            index &+= 1
        }
        return true
    }
}
