// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shapes that a stream's events have had of late, such as those of several choices in turn.
///
/// What an event of a shape does was seen when the shape was learned. It does the same again as long as no event since has
/// changed more than a text; one that has leaves no older shape.
struct StreamTemplates: Sendable {
    /// The last that was used or learned.
    private var current = StreamTemplate()
    private var isUsable = false
    /// Those before it; behind `otherCount` some that are kept for their room.
    private var others: [StreamTemplate] = []
    private var otherCount = 0
    /// Templates made since one was last of use.
    private var idleCount = 0
    private let limit: Int
    private var usage = PendingUsage()

    /// After so many useless templates, only one event in as many is made one.
    private static let patience = 16

    /// - Parameter limit: shapes that are known at once; none for 0.
    init(limit: Int) { self.limit = limit }

    /// Does what an event of a known shape does; false for an event of another.
    @inline(__always)
    mutating func apply(_ event: StreamEvent, to call: inout CallAssembler) -> Bool {
        if isUsable, current.apply(event, to: &call, &usage) {
            idleCount = 0
            return true
        }
        return otherCount > 0 && applyOther(event, to: &call)
    }

    private mutating func applyOther(_ event: StreamEvent, to call: inout CallAssembler) -> Bool {
        for place in 0..<otherCount where others[place].apply(event, to: &call, &usage) {
            if isUsable { swap(&current, &others[place]) }
            idleCount = 0
            return true
        }
        return false
    }

    /// Does what was put off: to be called before an event is read the long way, and at the end.
    mutating func settle(into call: inout CallAssembler) { usage.settle(into: &call) }

    /// Takes note of an event that was read the long way.
    mutating func note(_ event: StreamEvent, _ view: JSONView, effect: CallAssembler.EventEffect) {
        switch effect {
        case .none: return
        case .more: forget()
        case .known(let effect): learn(event, view, effect)
        }
    }

    mutating func forget() {
        isUsable = false
        otherCount = 0
    }

    private mutating func learn(_ event: StreamEvent, _ view: JSONView, _ effect: CallAssembler.StreamEffect) {
        idleCount &+= 1
        guard limit > 0, idleCount <= Self.patience || idleCount % Self.patience == 0 else { return }
        if isUsable, limit > 1 { setAside() }
        isUsable = current.learn(event, view, effect)
    }

    /// Makes room for another current one; of too many one is given up.
    private mutating func setAside() {
        let place = min(otherCount, limit &- 2)
        if place == others.count { others.append(StreamTemplate()) }
        swap(&current, &others[place])
        otherCount = place &+ 1
    }
}

/// The usage of the last event of a known shape: most are replaced by the next before anyone asks, so it is read when one does.
struct PendingUsage: Sendable {
    private var bytes: [UInt8] = []
    private var shape = Usage.Shape.counts
    private var origin: StaticString = ""

    mutating func note(_ view: JSONView, _ shape: Usage.Shape, _ origin: StaticString) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(contentsOf: view.bytes)
        self.shape = shape
        self.origin = origin
    }

    mutating func settle(into call: inout CallAssembler) {
        guard !bytes.isEmpty else { return }
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return }
            call.receive(.usage(JSONView(checked: base, count: buffer.count), shape, origin: origin))
        }
        bytes.removeAll(keepingCapacity: true)
    }
}
