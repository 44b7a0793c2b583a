// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Transcription and translation: sound goes in, text comes out.
///
/// The request is a form; the answer is JSON, plain text, subtitles, or the events of a stream. JSON is shown whole beside
/// the text, since it may hold segments and words with their times.
///
/// Source: https://platform.openai.com/docs/api-reference/audio/createTranscription
enum OpenAITranscription {
    static let transcription = parser("audio.transcription") {
        $0.isPost(toPathEndingIn: "/audio/transcriptions") || $0.isPost(toPathEndingIn: "/v1/stt")
    }
    static let translation = parser("audio.translation") { $0.isPost(toPathEndingIn: "/audio/translations") }

    private static let address = PartAddress(choice: 0, slot: 0)

    private static func parser(
        _ api: StaticString, matches: @escaping @Sendable (RequestLine) -> Bool
    ) -> ProviderParser {
        ProviderParser(
            api: api, matches: matches,
            readRequest: { body, reading in
                reading.takeModel(body["model"])
                reading.takeContent(body["prompt"], role: "user")
            },
            readResponse: readResponse, readStreamEvent: readStreamEvent, bodyUse: .textAndShown)
    }

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        OpenAIEnvelope.read(body, except: nil, usage: .responses, usageOrigin: "response", into: &call)
        if let text = body["text"]?.text { call.receive(.text(text, .text, at: address)) }
    }

    @Sendable private static func readStreamEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        guard let type = event["type"]?.text, !type.isEqual(to: "error") else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        if type.hasSuffix(".text.delta") {
            if let delta = (event["delta"] ?? event["text"])?.text { call.receive(.text(delta, .text, at: address)) }
            event["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: address)) }
        } else if type.hasSuffix(".text.done") || type.hasSuffix(".done") {
            if let text = event["text"]?.text {
                call.receive(.forget(choice: 0, slots: 0..<1))
                call.receive(.text(text, .text, at: address))
                event["logprobs"]?.forEachElement { call.receive(.logprobs($0, .text, at: address)) }
            }
            OpenAIEnvelope.read(
                event, except: ["text", "logprobs"], usage: .responses, usageOrigin: "final_event", into: &call)
            call.receive(.terminated)
        } else if type.hasSuffix(".segment") {
            // Who said what: beside the text, which is told again at the end.
            let last = call.lastPart(ofChoice: 0)?.slot ?? 0
            let segment = PartAddress(choice: 0, slot: last &+ 1)
            call.receive(.part(.generic, at: segment))
            call.receive(.raw(event, at: segment))
        }
    }
}
