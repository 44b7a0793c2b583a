// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Text Completions format that came before messages: `prompt` in, `completion` out.
///
/// Source: https://docs.claude.com/en/api/complete
enum AnthropicCompletions {
    static let parser = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/v1/complete") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takePrompts(body["prompt"])
            reading.noteSession(previousResponseID: nil, user: body["metadata"]?["user_id"]?.text)
        },
        readResponse: read,
        readStreamEvent: { name, event, _, call in
            if ASCII.isEqual(name, "ping") { return }
            read(event, into: &call)
            if let reason = event["stop_reason"], !reason.isNull { call.receive(.terminated) }
        })

    @Sendable private static func read(_ body: JSONView, into call: inout CallAssembler) {
        OpenAIEnvelope.read(
            body, except: ["completion", "stop_reason", "stop"], usage: .anthropicMessages, usageOrigin: "response",
            into: &call)
        if let text = body["completion"]?.text {
            call.receive(.text(text, .text, at: AnthropicMessages.address(0)))
        }
        if let reason = body["stop_reason"]?.text { call.receive(.finishReason(reason, choice: 0)) }
        if let sequence = body["stop"]?.text { call.receive(.stopSequence(sequence, choice: 0)) }
    }
}
