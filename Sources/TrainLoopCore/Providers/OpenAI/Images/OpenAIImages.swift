// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Images format: generations, edits and variations; each image is a choice.
///
/// Source: https://platform.openai.com/docs/api-reference/images
enum OpenAIImages {
    static let parser = ProviderParser(
        api: "images",
        matches: {
            $0.isPost(toPathEndingIn: "/images/generations") || $0.isPost(toPathEndingIn: "/images/edits")
                || $0.isPost(toPathEndingIn: "/images/variations")
        },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["prompt"], role: "user")
            reading.noteSession(previousResponseID: nil, user: body["user"]?.text)
        },
        readResponse: readResponse,
        readStreamEvent: readStreamEvent)

    @Sendable private static func readResponse(_ body: JSONView, into call: inout CallAssembler) {
        OpenAIEnvelope.read(body, except: ["data", "images"], usage: .responses, usageOrigin: "response", into: &call)
        // SiliconFlow's are `images`.
        let images = body["data"] ?? body["images"]
        if images?.isArray == true { call.receive(.acknowledged) }
        var index: Int64 = 0
        images?.forEachElement { image in
            readImage(image, choice: index, into: &call)
            readOthers(of: image, choice: index, into: &call)
            index &+= 1
        }
    }

    private static func readImage(_ image: JSONView, choice: Int64, into call: inout CallAssembler) {
        let address = PartAddress(choice: choice, slot: 0)
        call.receive(.part(.image, at: address))
        if let data = image["b64_json"]?.text { call.receive(.data(data, at: address)) }
        if let url = image["url"]?.text { call.receive(.uri(url, at: address)) }
        if let prompt = image["revised_prompt"]?.text { call.receive(.text(prompt, .image, at: address)) }
    }

    private static func readOthers(of image: JSONView, choice: Int64, into call: inout CallAssembler) {
        call.receiveOthers(
            of: image, except: ["b64_json", "url", "revised_prompt"], in: .part(PartAddress(choice: choice, slot: 0)))
    }

    /// `image_generation.completed` and `image_edit.completed` hold the image; the partial images before it do not count.
    @Sendable private static func readStreamEvent(
        _ name: UnsafeBufferPointer<UInt8>, _ event: JSONView, _ memory: inout StreamMemory, _ call: inout CallAssembler
    ) {
        guard let type = event["type"]?.text, !type.isEqual(to: "error") else {
            if let error = ProviderError.read(event) { call.receive(.error(error)) }
            return
        }
        guard type.hasSuffix(".completed") else { return }
        readImage(event, choice: Int64(call.call.choices.count), into: &call)
        OpenAIEnvelope.read(
            event, except: ["b64_json", "url", "revised_prompt"], usage: .responses, usageOrigin: "final_event",
            into: &call)
        call.receive(.terminated)
    }
}
