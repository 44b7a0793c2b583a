// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Knowledge bases of Amazon Bedrock: what is found for a question, and what a model makes of it.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_RetrieveAndGenerate.html
enum BedrockKnowledge {
    static let retrieve = ProviderParser.shown(
        "retrieve",
        matches: {
            $0.isPost(toPathWith: "/knowledgebases/")
                && ($0.isPost(toPathEndingIn: "/retrieve") || BedrockAgents.isHost($0.host))
        },
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
            _ = readAction(body["guardrailAction"], &call)
            call.receiveOthers(of: body, except: ["output", "citations"], in: .response)
        },
        readStreamEvent: { name, event, _, call in
            if ASCII.isEqual(name, "output") {
                if let said = event["text"]?.text { call.receive(.text(said, .text, at: text)) }
            } else if ASCII.isEqual(name, "citation") {
                call.receive(.annotation(event, at: text))
            } else if ASCII.isEqual(name, "guardrail") {
                if !readAction(event["action"], &call) { call.receiveOthers(of: event, except: [], in: .response) }
            } else {
                call.receive(.diagnostic(.streamUnknownEvent))
            }
        },
        framing: .eventStream, endsSilently: true)

    /// What an agent finds: its answer as text, what it did and what it found as they are.
    ///
    /// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_Operations.html
    static let agentic = texts("retrieve", "/agenticRetrieveStream")

    /// A prompt, written anew for a model.
    ///
    /// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_agent-runtime_OptimizePrompt.html
    static let optimize = texts("agents", "/optimize-prompt")

    /// Streams whose events are a text or something to be shown, and whose last is followed by nothing.
    private static func texts(_ api: StaticString, _ path: StaticString) -> ProviderParser {
        ProviderParser(
            api: api, matches: { $0.isPost(toPathEndingIn: path) && BedrockAgents.isHost($0.host) },
            readRequest: { body, reading in
                reading.takeModel(body["targetModelId"])
                reading.takeMessages(body["messages"])
                reading.takeContent(body["input"], role: "user")
            },
            readResponse: { _, _ in },
            readStreamEvent: { _, event, memory, call in
                if let said = (event["text"] ?? event["optimizedPrompt"]?["textPrompt"]?["text"])?.text {
                    call.receive(.text(said, .text, at: text))
                } else {
                    BedrockAgents.show(event, &memory, &call)
                }
            },
            framing: .eventStream, endsSilently: true)
    }

    private static let text = PartAddress(choice: 0, slot: 0)

    /// A guardrail that stepped in is why the reply ended.
    ///
    /// - Returns: false when it did not.
    private static func readAction(_ action: JSONView?, _ call: inout CallAssembler) -> Bool {
        guard let word = action?.text, word.isEqual(to: "INTERVENED") else { return false }
        call.receive(.finishReason(word, choice: 0))
        return true
    }
}
