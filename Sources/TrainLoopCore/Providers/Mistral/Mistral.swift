// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What Mistral has beside the formats of OpenAI: fill in the middle and agents, which answer as chat completions do, and
/// the reading of documents.
///
/// Source: https://docs.mistral.ai/api
enum Mistral {
    static let fillIn = ProviderParser(
        api: "completions",
        matches: { $0.isPost(toPathEndingIn: "/fim/completions") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["prompt"], role: "user")
        },
        readResponse: ChatCompletions.parser.readResponse,
        readStreamEvent: ChatCompletions.parser.readStreamEvent)

    static let agents = ChatCompletions.parser.served { $0.isPost(toPathEndingIn: "/agents/completions") }

    /// The document in, a text for each page out.
    static let ocr = ProviderParser(
        api: "ocr",
        matches: { $0.isPost(toPathEndingIn: "/v1/ocr") || $0.isPost(toPathEndingIn: "/mistral/azure/ocr") },
        readRequest: { body, reading in
            reading.takeModel(body["model"])
            reading.takeContent(body["document"], role: "user")
        },
        readResponse: { body, call in
            if let model = body["model"]?.text { call.receive(.responseModel(model)) }
            var position: Int64 = 0
            body["pages"]?.forEachElement { page in
                let address = PartAddress(choice: 0, slot: position)
                if let text = page["markdown"]?.text { call.receive(.text(text, .text, at: address)) }
                call.receiveOthers(of: page, except: ["markdown"], in: .part(address))
                position &+= 1
            }
            call.receiveOthers(of: body, except: ["model", "pages"], in: .response)
        },
        readStreamEvent: { _, _, _, _ in })
}
