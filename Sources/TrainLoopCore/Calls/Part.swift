// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// One part of a message, in the sense of OpenTelemetry's message parts.
struct Part: Sendable {
    enum Kind: UInt8, Sendable {
        case text
        case reasoning
        case refusal
        /// A call of the application's tools; `text` is the arguments as the model wrote them.
        case toolCall
        /// A call of a tool that the provider runs itself.
        case serverToolCall
        /// What a provider's own tool answered.
        case serverToolCallResponse
        /// Sound; `text` is the transcript, `name` the media type where bytes were sent under one.
        case audio
        /// An image, a sound or the like without more; `name` is its media type, `data` the bytes in base64.
        case media
        /// A picture; `text` is the prompt as the provider revised it.
        case image
        /// A part that has no shape of its own here; `raw` is the provider's.
        case generic
    }

    let kind: Kind
    /// Orders the parts of a choice and names one of them while it is streamed; the provider's parser gives it its meaning.
    let slot: Int64
    /// The text, still escaped.
    var text: [UInt8] = []
    var id: [UInt8] = []
    var name: [UInt8] = []
    /// A signature over thinking, or over what came of it.
    var signature: [UInt8] = []
    /// Reasoning that only the provider can read.
    var encrypted: [UInt8] = []
    /// The provider's own object, as JSON.
    var raw: [UInt8] = []
    /// Annotations or citations: JSON values with commas between them.
    var annotations: [UInt8] = []
    /// A sound that came as bytes: the response's body, which has its own bound.
    var bytes: [UInt8] = []
    /// The data of a sound or a picture, in base64.
    var data: [UInt8] = []
    /// Where the content lies; empty when it is here.
    var uri: [UInt8] = []
    /// Log probabilities: JSON values with commas between them.
    var logprobs: [UInt8] = []
    /// Bytes of content that are not in the record, since not all of them were kept.
    var omittedByteCount = 0
    /// Arguments are free text, not JSON.
    var isFreeform = false
    /// A summary of reasoning, not the reasoning.
    var isSummary = false
    /// A tool of the provider's definition that runs on the application's side.
    var isForApplication = false
    /// What else the provider's object says.
    var other = OtherMembers()

    init(kind: Kind, slot: Int64) {
        self.kind = kind
        self.slot = slot
    }

    var byteCount: Int {
        text.count &+ id.count &+ name.count &+ signature.count &+ encrypted.count &+ raw.count &+ annotations.count
            &+ data.count &+ uri.count &+ logprobs.count &+ other.byteCount &+ Self.overheadByteCount
    }

    /// What a part costs beside its bytes, so that many empty parts count too.
    static let overheadByteCount = 96
}
