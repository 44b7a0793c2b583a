// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The shapes that a stream's events have had of late, such as those of several choices in turn.
///
/// What an event of a shape does was seen when the shape was learned. It does the same again as long as no event since has
/// changed more than a text; one that has leaves no older shape.
struct StreamTemplates: Sendable {
    /// The last used first; behind `usableCount` some that are kept for their room.
    private var templates: [StreamTemplate] = []
    private var usableCount = 0
    /// Templates made since one was last of use.
    private var idleCount = 0
    private let limit: Int

    /// After so many useless templates, only one event in as many is made one.
    private static let patience = 16

    /// - Parameter limit: shapes that are known at once; none for 0.
    init(limit: Int) { self.limit = limit }

    /// The text in an event of a known shape, and where it goes; nil for an event of another.
    @inline(__always)
    mutating func text(in event: StreamEvent) -> (text: JSONText, kind: Part.Kind, address: PartAddress)? {
        for place in 0..<usableCount {
            guard let text = templates[place].text(in: event) else { continue }
            idleCount = 0
            if place > 0 { templates.swapAt(0, place) }
            return (text, templates[0].kind, templates[0].address)
        }
        return nil
    }

    /// Takes note of an event that was read the long way.
    mutating func note(_ event: StreamEvent, _ view: JSONView, effect: CallAssembler.EventEffect) {
        switch effect {
        case .none: return
        case .more: usableCount = 0
        case .text(let text, let isAll):
            if !isAll { usableCount = 0 }
            learn(event, view, text)
        }
    }

    mutating func forget() { usableCount = 0 }

    private mutating func learn(_ event: StreamEvent, _ view: JSONView, _ text: CallAssembler.TextEffect) {
        idleCount &+= 1
        guard limit > 0, idleCount <= Self.patience || idleCount % Self.patience == 0 else { return }
        let place = min(usableCount, limit &- 1)
        if place == templates.count { templates.append(StreamTemplate()) }
        guard templates[place].learn(event, view, text) else {
            usableCount = place
            return
        }
        usableCount = place &+ 1
        if place > 0 { templates.swapAt(0, place) }
    }
}
