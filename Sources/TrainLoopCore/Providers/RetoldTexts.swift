// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Texts of a stream whose events may each tell the whole text so far, or each the next piece of it, without saying which.
///
/// A text that does not go on where the one before ended tells that all are pieces. Until then each is taken for the whole,
/// and how long each was is kept, so that what turned out to be pieces can be joined after all.
struct RetoldTexts: Sendable {
    /// Every text is a piece.
    var isOff = false

    private struct Told: Sendable {
        let choice: Int64
        let slot: Int64
        let kind: Part.Kind
        var lengths: [Int]
    }

    private var told: [Told] = []

    /// More texts than one stream tells at once; those beyond are taken for pieces.
    private static let textLimit = 64
    /// A text that was told so often is told whole each time.
    private static let lengthLimit = 1 << 16

    mutating func take(
        _ text: JSONText, _ kind: Part.Kind, at address: PartAddress, _ call: inout CallAssembler
    ) {
        guard !isOff else { return call.receive(.text(text, kind, at: address)) }
        call.noteDependence()
        guard !text.isEmpty else { return call.receive(.text(text, kind, at: address)) }
        let known = call.part(at: address)?.text ?? []
        guard text.count >= known.count, text.bytes.starts(with: known) else {
            joinPieces(into: &call)
            return call.receive(.text(text, kind, at: address))
        }
        note(text.count, kind, address)
        call.receive(
            .text(JSONText(start: text.start + known.count, count: text.count &- known.count), kind, at: address))
    }

    private mutating func note(_ length: Int, _ kind: Part.Kind, _ address: PartAddress) {
        let index = told.firstIndex { $0.choice == address.choice && $0.slot == address.slot }
        if let index {
            if told[index].lengths.count < Self.lengthLimit { told[index].lengths.append(length) }
        } else if told.count < Self.textLimit {
            told.append(Told(choice: address.choice, slot: address.slot, kind: kind, lengths: [length]))
        }
    }

    /// They were pieces: each that was taken for the whole is put behind those before it.
    private mutating func joinPieces(into call: inout CallAssembler) {
        isOff = true
        for text in told where text.lengths.count > 1 {
            let address = PartAddress(choice: text.choice, slot: text.slot)
            let last = call.part(at: address)?.text ?? []
            last.withUnsafeBufferPointer { last in
                guard let base = last.baseAddress else { return }
                call.receive(.forget(choice: text.choice, slots: text.slot..<(text.slot &+ 1)))
                for length in text.lengths where length <= last.count {
                    call.receive(.text(JSONText(start: base, count: length), text.kind, at: address))
                }
            }
        }
        told = []
    }
}
