// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The Converse format of Amazon Bedrock: one shape for every model, the model in the path.
///
/// Source: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html
enum Converse {
    static let parser = ProviderParser(
        api: "converse",
        matches: { line in
            ASCII.firstRange(of: "/model/", in: line.path) != nil
                && (line.isPost(toPathEndingIn: "/converse") || line.isPost(toPathEndingIn: "/converse-stream"))
        },
        readRequest: readRequest,
        readResponse: ConverseResponse.read,
        readStreamEvent: { name, event, _, call in
            guard let base = name.baseAddress else { return }
            ConverseStream.read(JSONText(start: base, count: name.count), event, into: &call)
        },
        framing: .eventStream)

    @Sendable static func readRequest(_ body: JSONView, _ reading: inout RequestReading) {
        let body = JSONObject(body)
        reading.takeContent(body["system"], role: "system")
        reading.takeMessages(body["messages"])
    }

    /// A message is the one choice; the index of a content block is its slot.
    static func address(_ index: Int64) -> PartAddress { PartAddress(choice: 0, slot: index) }
}
