// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Knowledge bases of Amazon Bedrock: what is found for a question, and what a model makes of it.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerate.html
enum BedrockKnowledge {
    static let retrieve = ProviderParser.shown(
        "retrieve", matches: { $0.isPost(toPathWith: "/knowledgebases/") && $0.isPost(toPathEndingIn: "/retrieve") },
        readRequest: { body, reading in reading.takeContent(body["retrievalQuery"]?["text"], role: "user") })

    static let generate = ProviderParser(
        api: "retrieve_and_generate",
        matches: {
            $0.isPost(toPathEndingIn: "/retrieveAndGenerate") || $0.isPost(toPathEndingIn: "/retrieveAndGenerateStream")
        },
        readRequest: { body, reading in reading.takeContent(body["input"]?["text"], role: "user") },
        readResponse: { body, call in
            if let said = body["output"]?["text"]?.text { call.receive(.text(said, .text, at: text)) }
            body["citations"]?.forEachElement { call.receive(.annotation($0, at: text)) }
            readAction(body["guardrailAction"], &call)
            call.receiveOthers(of: body, except: ["output", "citations"], in: .response)
        },
        readStreamEvent: { name, event, _, call in
            if ASCII.isEqual(name, "output") {
                if let said = event["text"]?.text { call.receive(.text(said, .text, at: text)) }
            } else if ASCII.isEqual(name, "citation") {
                call.receive(.annotation(event, at: text))
            } else if ASCII.isEqual(name, "guardrail") {
                readAction(event["action"], &call)
            } else {
                call.receive(.diagnostic(.streamUnknownEvent))
            }
        },
        framing: .eventStream, endsSilently: true)

    private static let text = PartAddress(choice: 0, slot: 0)

    /// A guardrail that stepped in is why the reply ended.
    private static func readAction(_ action: JSONView?, _ call: inout CallAssembler) {
        guard let word = action?.text, word.isEqual(to: "INTERVENED") else { return }
        call.receive(.finishReason(word, choice: 0))
    }
}
