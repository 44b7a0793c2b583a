// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Speech: a text goes in, sound comes out, as bytes, as the events of a stream, or in JSON as base64.
///
/// Source: https://platform.openai.com/docs/api-reference/audio/createSpeech
enum OpenAISpeech {
    static let parser = ProviderParser(
        api: "audio.speech",
        matches: { $0.isPost(toPathEndingIn: "/audio/speech") || $0.isPost(toPathEndingIn: "/v1/tts") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["input"] ?? body["text"], role: "user")
        },
        readResponse: { body, call in
            OpenAIEnvelope.read(
                body, except: ["audio_data", "audio", "data"], usage: .responses, usageOrigin: "response", into: &call)
            if let data = (body["audio_data"] ?? body["audio"] ?? body["data"])?.text {
                call.receive(.part(.audio, at: address))
                call.receive(.data(data, at: address))
            }
        },
        readStreamEvent: readStreamEvent,
        bodyUse: .sound)

    private static let address = PartAddress(choice: 0, slot: 0)

    @Sendable private static func readStreamEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        guard let type = event["type"]?.text, !type.isEqual(to: "error") else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        if type.isEqual(to: "speech.audio.delta") {
            guard let data = (event["audio"] ?? event["audio_data"])?.text else { return }
            call.receive(.part(.audio, at: address))
            call.receive(.data(data, at: address))
        } else if type.isEqual(to: "speech.audio.done") {
            OpenAIEnvelope.read(event, except: [], usage: .responses, usageOrigin: "final_event", into: &call)
            call.receive(.terminated)
        } else {
            call.receive(.diagnostic(.streamUnknownEvent))
        }
    }
}
