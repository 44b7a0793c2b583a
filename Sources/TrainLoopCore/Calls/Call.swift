// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What the response of an exchange meant, in no provider's words.
///
/// Texts are kept escaped.
struct Call: Sendable {
    var responseModel: [UInt8] = []
    var responseID: [UInt8] = []
    /// In the order of their index.
    var choices: [Choice] = []
    var usage: Usage?
    var error: CallError?
    var embeddings: Embeddings?
    /// Sources of the whole reply, where a provider names them beside the choices: a JSON value.
    var citations: [UInt8] = []
    /// What else the response says of itself.
    var other = OtherMembers()
    /// The response is one that the API gives, with or without content.
    var isAcknowledged = false
    /// The stream said that it is over.
    var isTerminated = false

    /// True when the response told something of a call.
    var hasMeaning: Bool { !choices.isEmpty || embeddings != nil || error != nil || usage != nil }
}

/// One of the replies that a call asked for.
struct Choice: Sendable {
    let index: Int64
    var role: [UInt8] = []
    /// The provider's own word; empty when none came.
    var finishReason: [UInt8] = []
    /// The text that the application asked the model to stop at, where it did.
    var stopSequence: [UInt8] = []
    /// In the order of their slot.
    var parts: [Part] = []
    /// What else the choice, or its message, says.
    var other = OtherMembers()

    /// True when the application has something to do.
    var hasToolCall: Bool {
        for part in parts where part.kind == .toolCall || part.isForApplication { return true }
        return false
    }
}

/// Why a call failed, as the provider, the network or this recorder says.
struct CallError: Sendable {
    enum Source: Sendable {
        case provider
        case network
        case capture
    }

    var source: Source
    /// Escaped; empty when unknown.
    var type: [UInt8] = []
    /// A JSON string or number; empty when unknown.
    var code: [UInt8] = []
    /// Escaped; empty when unknown.
    var message: [UInt8] = []
    var isRetryable: Bool?
    /// The provider's own object where it says more than these; empty else.
    var raw: [UInt8] = []
}
