// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What a parser found in a request body: which member is the model, which are messages; the rest are parameters.
///
/// Holds views, so it lives as long as the body's bytes are pinned.
struct RequestReading {
    /// One message of the record's `input`.
    enum Message {
        /// An object as the application sent it.
        case verbatim(JSONView)
        /// A value that the API keeps elsewhere than in a message.
        case wrapped(role: StaticString, content: JSONView)
        /// An object of which one member is the content; the others stand beside it.
        case contained(role: StaticString, content: JSONView, object: JSONView)
    }

    private(set) var model: JSONText?
    private(set) var messages: [Message] = []
    private(set) var previousResponseID: JSONText?
    private(set) var user: JSONText?
    /// Where the values that went into `model` and `messages` begin.
    private var taken: [UnsafePointer<UInt8>] = []
    /// Where objects begin of whose members some went there.
    private var opened: [UnsafePointer<UInt8>] = []

    mutating func takeModel(_ value: JSONView?) {
        guard let value, let text = value.text else { return }
        model = text
        taken.append(value.start)
    }

    /// Takes each element as a message; one that is no object becomes a user message with that content.
    mutating func takeMessages(_ value: JSONView?) {
        guard let value, value.isArray else { return }
        value.forEachElement { element in
            messages.append(element.isObject ? .verbatim(element) : .wrapped(role: "user", content: element))
        }
        taken.append(value.start)
    }

    /// Takes a value as the content of one message.
    mutating func takeContent(_ value: JSONView?, role: StaticString) {
        guard let value, !value.isNull else { return }
        messages.append(.wrapped(role: role, content: value))
        taken.append(value.start)
    }

    /// Takes each element as the content of a message of its own.
    mutating func takeContents(_ value: JSONView?, role: StaticString) {
        guard let value, value.isArray else { return }
        value.forEachElement { messages.append(.wrapped(role: role, content: $0)) }
        taken.append(value.start)
    }

    /// Takes the parts of a content object as the content of one message.
    mutating func takeParts(_ value: JSONView?, role: StaticString) {
        guard let value else { return }
        messages.append(.wrapped(role: role, content: value["parts"] ?? value))
        taken.append(value.start)
    }

    /// Takes that member of each element as the content of a message of its own, with the element's other members.
    mutating func takeEach(_ value: JSONView?, member: StaticString, role: StaticString) {
        guard let value, value.isArray else { return }
        value.forEachElement { element in
            if let content = element[member] {
                messages.append(.contained(role: role, content: content, object: element))
            } else {
                messages.append(.wrapped(role: role, content: element))
            }
        }
        taken.append(value.start)
    }

    /// Takes a text, a list of texts, a list of token numbers, or a list of such lists: a user message for each text.
    mutating func takePrompts(_ value: JSONView?) {
        guard let value else { return }
        var isListOfNumbers = true
        value.forEachElement { if $0.kind != .number { isListOfNumbers = false } }
        if value.isArray, !isListOfNumbers {
            takeContents(value, role: "user")
        } else {
            takeContent(value, role: "user")
        }
    }

    mutating func noteSession(previousResponseID: JSONText?, user: JSONText?) {
        self.previousResponseID = previousResponseID
        self.user = user
    }

    /// Members of this object are taken; the others stay parameters.
    mutating func open(_ object: JSONView) { opened.append(object.start) }

    /// True for an object of whose members some are shown elsewhere.
    func isOpened(_ value: JSONView) -> Bool {
        for start in opened where start == value.start { return value.isObject }
        return false
    }

    /// True for a member that is shown elsewhere in the record.
    func isTaken(_ value: JSONView) -> Bool {
        for start in taken where start == value.start { return true }
        return false
    }
}
