// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// What lies beside the calls of a model at Google: files, caches, batches, long operations, the list of models.
///
/// The answer is recorded as it is. Source: https://ai.google.dev/api
enum GoogleResources {
    /// The `api` of the record by what the path holds; the first that is found is taken.
    private static let apis: [(StaticString, StaticString)] = [
        ("/cachedContents", "cached_contents"), (":batchGenerateContent", "batch"),
        (":asyncBatchEmbedContent", "batch"),
        ("/batches", "batch"), ("/batchPredictionJobs", "batch"), (":predictLongRunning", "videos"),
        ("/operations", "operations"), ("/fileSearchStores", "files"), ("/files", "files"), ("/models", "models"),
        ("/tunedModels", "models"), ("/corpora", "files"), (":evaluateInstances", "evals"),
        ("/auth_tokens", "realtime"),
        ("/interactions", "interactions"), ("/agents", "agents"), ("/reasoningEngines/", "agents"),
        ("/webhooks", "organization"), (":retrieveContexts", "retrieve"), ("/rankingConfigs/", "rerank"),
        ("/v1internal:", "organization"),
        // A model of one's own, whose answer has a shape of its own.
        ("/endpoints/", "predictions"),
    ]

    static let parsers: [ProviderParser] = apis.map { word, api in
        ProviderParser(
            api: api,
            matches: { isHost($0.host) && ASCII.firstRange(of: word, in: $0.path) != nil },
            readRequest: { body, reading in reading.takeModel(body["model"]) },
            readResponse: { body, call in
                if ASCII.isSame(api, "interactions"), body["steps"] != nil || body["outputs"] != nil {
                    call.isBodyShown = true
                    return GeminiInteractions.parser.readResponse(body, &call)
                }
                if let name = body["name"]?.text { call.receive(.responseID(name)) }
            },
            readStreamEvent: { name, event, memory, call in
                // An interaction that goes on may be asked for as a stream.
                if ASCII.isSame(api, "interactions") {
                    GeminiInteractions.parser.readStreamEvent(name, event, &memory, &call)
                }
            },
            bodyUse: .shown)
    }

    private static func isHost(_ host: [UInt8]) -> Bool {
        let hosts: [StaticString] = [
            "generativelanguage.googleapis.com", "cloudcode-pa.googleapis.com", "discoveryengine.googleapis.com",
        ]
        for known in hosts where ASCII.isEqual(host, known) { return true }
        return ASCII.hasSuffix(host, "aiplatform.googleapis.com")
    }
}
