// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The words by which providers call what lies beside the calls of a model.
extension Resources {
    /// Two words of the path that follow each other, and the `api` of the record.
    static let pairs: [(StaticString, StaticString, StaticString)] = [
        ("messages", "batches", "batch"), ("chat", "completions", "chat"),
        // Answers that are fetched later, of xAI and Perplexity.
        ("chat", "deferred-completion", "chat"), ("async", "chat", "chat"),
        ("chat", "moderations", "moderations"), ("chat", "classifications", "classifications"),
    ]

    /// The lists of models, of whichever kind.
    static let models: [StaticString] = [
        "models", "foundation_model_specs", "deployments", "language-models", "embedding-models",
        "image-generation-models", "available-models", "foundation-models", "providers",
    ]

    /// What OpenAI keeps of a project; Google's projects have other parts.
    static let partsOfProjects: [StaticString] = ["roles", "groups", "users"]

    /// The `api` of the record, and the first word of the path after its version.
    static let words: [(StaticString, [StaticString])] = [
        ("moderations", ["moderations"]), ("responses", ["responses"]),
        ("rerank", ["rerank", "ranking", "retrieval", "score"]), ("ocr", ["ocr"]),
        ("audio", ["audio"]), ("videos", ["videos", "video"]), ("realtime", ["realtime", "live"]),
        ("tokenize", ["tokenize-text"]), ("guardrail", ["guardrail-checks"]),
        ("retrieve", ["generateQuery", "search"]), ("inference", ["genai", "pooling"]),
        ("files", ["files", "uploads", "libraries", "datasets", "memory_stores"]),
        ("batch", ["batches", "batch", "embed-jobs", "model-invocation-job", "model-invocation-jobs"]),
        ("conversations", ["conversations", "sessions"]), ("assistants", ["assistants"]),
        ("threads", ["threads", "chatkit"]), ("vector_stores", ["vector_stores"]),
        ("containers", ["containers", "environments"]), ("skills", ["skills"]),
        ("agents", ["agents", "connectors", "workflows", "dreams", "deployment_runs"]),
        ("classifications", ["classifications", "classify", "decisions", "content_provenance_checks"]),
        ("fine_tuning", ["fine_tuning", "fine-tunes", "finetuning"]), ("evals", ["evals"]),
        ("traces", ["traces", "observability"]),
        // Of a call that was made, or that goes on.
        ("operations", ["generation", "async-invoke", "flows"]),
        (
            "organization",
            [
                "organization", "organizations", "accounts", "auth", "user", "credits", "key", "keys", "check-api-key",
                "vaults", "compliance", "webhook_endpoints", "webhook_event_types", "user_profiles", "safety",
            ]
        ),
    ]
}
