// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Pictures of Imagen: `predict` of `imagen-...` and `imagegeneration`.
///
/// Source: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/imagen-api
enum GooglePictures {
    static let parser = ProviderParser(
        api: "images",
        matches: {
            $0.isPost(toPathEndingIn: ":predict") && ASCII.firstRange(of: "/models/image", in: $0.path) != nil
        },
        readRequest: { body, reading in reading.takeEach(body["instances"], member: "prompt", role: "user") },
        readResponse: { body, call in
            var choice: Int64 = 0
            body["predictions"]?.forEachElement { prediction in
                let address = PartAddress(choice: choice, slot: 0)
                if let data = prediction["bytesBase64Encoded"]?.text {
                    call.receive(.media(type: prediction["mimeType"]?.text, data: data, at: address))
                } else if let uri = prediction["gcsUri"]?.text {
                    call.receive(.part(.image, at: address))
                    call.receive(.uri(uri, at: address))
                }
                let isHere = prediction["gcsUri"] == nil
                call.receiveOthers(
                    of: prediction, except: ["bytesBase64Encoded", isHere ? "mimeType" : "gcsUri"], in: .choice(choice))
                choice &+= 1
            }
            call.receiveOthers(of: body, except: ["predictions"], in: .response)
        },
        readStreamEvent: { _, _, _, _ in })
}
