// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Which part of which choice something belongs to.
struct PartAddress {
    let choice: Int64
    let slot: Int64
}

/// What a provider's parser found out about a call, in no provider's words.
///
/// The only language between the rooms Providers/ and Calls/. Its payloads live as long as the bytes they were read from.
enum CallEvent {
    /// Whose object a member belongs to.
    enum Place {
        case response
        case choice(Int64)
        case part(PartAddress)
    }

    case responseID(JSONText)
    case responseModel(JSONText)
    /// What the response says of itself at last, in the place of what it said before.
    case finalIdentity(id: JSONText?, model: JSONText?)
    case role(JSONText, choice: Int64)
    /// The part exists, be it empty.
    case part(Part.Kind, at: PartAddress)
    /// More text of a part; where the part is new it is of the given kind.
    case text(JSONText, Part.Kind, at: PartAddress)
    case identity(id: JSONText?, name: JSONText?, at: PartAddress)
    case signature(JSONText, at: PartAddress)
    case encrypted(JSONText, at: PartAddress)
    case data(JSONText, at: PartAddress)
    /// Where the content lies, instead of the content.
    case uri(JSONText, at: PartAddress)
    /// Content that came as bytes, under a media type that is not escaped yet.
    case bytes([UInt8], type: [UInt8], Part.Kind, at: PartAddress)
    /// Content that came as bytes of which not all were kept.
    case omitted(byteCount: Int, Part.Kind, at: PartAddress)
    /// Log probabilities of a token, or of several in one object.
    case logprobs(JSONView, Part.Kind, at: PartAddress)
    case annotation(JSONView, at: PartAddress)
    /// The provider's own object of the part.
    case raw(JSONView, at: PartAddress)
    /// An image, a sound or the like, in base64.
    case media(type: JSONText?, data: JSONText, at: PartAddress)
    case freeform(at: PartAddress)
    case summary(at: PartAddress)
    /// The application has to answer the provider's own tool: a computer, a shell or a patch of its own.
    case forApplication(at: PartAddress)
    /// A member that the record has no key for; one that says nothing is passed over.
    case other(JSONText, JSONView, in: Place)
    /// A piece of such a member: lists go on where they were, and so do the texts of a part.
    case more(JSONText, JSONView, in: Place)
    case finishReason(JSONText, choice: Int64)
    /// The text that ended the choice.
    case stopSequence(JSONText, choice: Int64)
    case usage(JSONView, Usage.Shape, origin: StaticString)
    case citations(JSONView)
    case embeddings(Embeddings)
    case error(CallError)
    /// The parts of the choice in these slots are told anew.
    case forget(choice: Int64, slots: Range<Int64>)
    /// The response is one that the API gives, though it holds no content: a receipt, or an empty list.
    case acknowledged
    /// The stream said that it is over.
    case terminated
    case diagnostic(Diagnostic.Code)
}
