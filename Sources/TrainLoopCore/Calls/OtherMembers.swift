// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Members of a provider's object that have no key of their own in the record, verbatim, in the order they came.
struct OtherMembers: Sendable {
    private struct Member: Sendable {
        /// Still escaped.
        let name: [UInt8]
        var value: [UInt8]

        /// Puts the elements of a list, or the characters of a text, behind those that are there.
        ///
        /// - Returns: false where the two do not go together.
        mutating func append(_ piece: JSONView, joinsTexts: Bool) -> Bool {
            let isList = piece.isArray && value.first == UInt8(ascii: "[") && value.count > 2
            let isText = joinsTexts && piece.kind == .string && value.first == UInt8(ascii: "\"")
            guard isList || isText else { return false }
            value.removeLast()
            if isList { value.append(UInt8(ascii: ",")) }
            value.append(contentsOf: piece.bytes.dropFirst())
            return true
        }
    }

    private var members: [Member] = []
    /// Bytes that are held.
    private(set) var byteCount = 0

    /// More members than any provider's object has.
    private static let memberLimit = 256

    var isEmpty: Bool { members.isEmpty }

    /// True for what says nothing: `null` and what is empty.
    static func isNothing(_ value: JSONView) -> Bool {
        value.isNull || value.text?.isEmpty == true || value.isObject && !value.hasMembers || value.isEmptyArray
    }

    /// A larger object is replaced by the next, not merged with it.
    private static let mergeByteLimit = 4096

    /// What a value that comes under a known name is to the one before.
    enum Arrival {
        /// The same, as it stands by now.
        case whole
        /// More of it, where it is a list.
        case lists
        /// More of it, where it is a list or a text.
        case texts
    }

    /// What became of a value.
    enum Intake {
        /// Nothing is another than before.
        case known
        /// So many bytes are held more than before.
        case taken(byteCount: Int)
        case beyondBound
        case tooMany
    }

    /// Keeps a member; of a stream the last that came, over what earlier objects had, save where each event has a value
    /// of its own.
    ///
    /// - Parameter room: no larger value is taken.
    mutating func take(
        _ name: JSONText, _ value: JSONView, as arrival: Arrival = .whole, within room: Int
    ) -> Intake {
        let before = byteCount
        for index in members.indices where name.bytes.isEqual(to: members[index].name) {
            let knownCount = members[index].value.count
            if arrival != .texts {
                // Numbers of a list are tokens, and the same may come again.
                let isPiece = arrival == .lists && value.isListOfNumbers
                if !isPiece, value.bytes.isEqual(to: members[index].value) { return .known }
                // The first is kept.
                if StreamTemplate.isIdle(name), !ASCII.isEqual(members[index].value, "0") { return .known }
            }
            guard value.count <= room else { return .beyondBound }
            if arrival == .whole || !members[index].append(value, joinsTexts: arrival == .texts) {
                members[index].value =
                    knownCount > Self.mergeByteLimit
                    ? Array(value.bytes) : Usage.merged(members[index].value, value)
            }
            byteCount &+= members[index].value.count &- knownCount
            return .taken(byteCount: byteCount &- before)
        }
        guard members.count < Self.memberLimit else { return .tooMany }
        guard value.count <= room else { return .beyondBound }
        members.append(Member(name: name.copy, value: Array(value.bytes)))
        byteCount &+= name.count &+ value.count &+ Part.overheadByteCount
        return .taken(byteCount: byteCount &- before)
    }

    /// Writes `other`, without what only says again what the request said; nothing where nothing is left.
    ///
    /// - Parameter request: the object that the application sent.
    func write(without request: JSONView? = nil, to json: inout JSONWriter) {
        let isRepeated = repeated(in: request)
        var isOpen = false
        for (index, member) in members.enumerated() where !isRepeated[index] {
            if !isOpen {
                json.key("other")
                json.beginObject()
                isOpen = true
            }
            Self.write(member, to: &json)
        }
        if isOpen { json.endObject() }
    }

    /// Writes an object with these members in the place of its own.
    func write(over object: [UInt8], to json: inout JSONWriter) {
        guard !members.isEmpty else { return json.raw(object) }
        json.beginObject()
        object.withUnsafeBufferPointer { buffer in
            JSONView(parsing: buffer)?.forEachMember { name, value in
                for member in members where name.bytes.isEqual(to: member.name) { return }
                json.key(escaped: name)
                json.raw(value.bytes)
            }
        }
        for member in members { Self.write(member, to: &json) }
        json.endObject()
    }

    private static func write(_ member: Member, to json: inout JSONWriter) {
        member.name.withUnsafeBufferPointer { name in
            guard let base = name.baseAddress else { return json.key("") }
            json.key(escaped: JSONText(start: base, count: name.count))
        }
        json.raw(member.value)
    }

    /// Which members the request has too; instructions and tools come back with each default filled in.
    private func repeated(in request: JSONView?) -> [Bool] {
        var isRepeated = [Bool](repeating: false, count: members.count)
        guard !members.isEmpty else { return isRepeated }
        request?.forEachMember { name, value in
            for index in members.indices where name.bytes.isEqual(to: members[index].name) {
                isRepeated[index] =
                    value.bytes.isEqual(to: members[index].value) || name.isEqual(to: "instructions")
                    || name.isEqual(to: "tools")
            }
        }
        return isRepeated
    }
}

extension CallAssembler {
    /// Takes the provider's own object of a part over what an earlier event told of it.
    mutating func receiveRaw(mergedWith object: JSONView, at address: PartAddress) {
        guard let earlier = part(at: address)?.raw, !earlier.isEmpty else { return receive(.raw(object, at: address)) }
        Usage.merged(earlier, object).withUnsafeBufferPointer { buffer in
            if let view = JSONView(parsing: buffer) { receive(.raw(view, at: address)) }
        }
    }

    /// Keeps those members of an object that are none of `known`.
    mutating func receiveOthers(of object: JSONView, except known: [StaticString], in place: CallEvent.Place) {
        if isBodyShown, case .response = place { return }
        object.forEachMember { name, value in
            for word in known where name.isEqual(to: word) { return }
            receive(.other(name, value, in: place))
        }
    }
}
