// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Tokens as the provider counted them; totals include what came from a cache and what was reasoning.
struct Usage: Sendable {
    /// Which words a provider counts in.
    enum Shape: Sendable {
        /// `prompt_tokens` and `completion_tokens`.
        case chatCompletions
        /// `input_tokens` and `output_tokens`, totals with their details inside.
        case responses
        /// `input_tokens` without what the cache gave or took.
        case anthropicMessages
        case embeddings
        /// `usageMetadata` of Google.
        case gemini
        /// `usage` of Google's interactions.
        case interactions
        /// `usage` of Bedrock Converse, and the metrics of its invocations.
        case converse
        /// `usage` of Cohere, or its `meta`.
        case cohere
        /// `usage` of DashScope.
        case dashScope
        /// Counts gathered from among other members.
        case counts
    }

    var input: Int64?
    var output: Int64?
    var cacheRead: Int64?
    var cacheWrite: Int64?
    var reasoning: Int64?
    /// Parts of the totals that the provider tells apart; zero where it does not.
    var audioInput: Int64 = 0
    var audioOutput: Int64 = 0
    /// Tokens of a predicted output that the model took over, and those that it did not and that count all the same.
    var acceptedPrediction: Int64 = 0
    var rejectedPrediction: Int64 = 0
    /// The provider's own object.
    var raw: [UInt8] = []
    /// Where in a stream it stood.
    var origin: StaticString?
    var isConsistent = true

    /// Reads the provider's object; nil when it is none.
    init?(_ view: JSONView, shape: Shape) {
        guard view.isObject else { return nil }
        raw = Array(view.bytes)
        let view = JSONObject(view)
        switch shape {
        case .chatCompletions: readChatCompletions(view)
        case .responses: readResponses(view)
        case .anthropicMessages: readAnthropic(view)
        case .gemini: readGemini(view)
        case .interactions: readInteractions(view)
        case .converse: readConverse(view)
        case .cohere: readCohere(view)
        case .dashScope: readDashScope(view)
        case .counts: readCounts(view)
        case .embeddings:
            input =
                view["prompt_tokens"]?.tokenCount ?? view["input_tokens"]?.tokenCount
                ?? view["total_tokens"]?.tokenCount
            output = 0
        }
        keepInvariants()
    }

    private mutating func readChatCompletions(_ view: JSONObject) {
        let total = view["total_tokens"]?.tokenCount
        let details = view["completion_tokens_details"]
        let promptDetails = view["prompt_tokens_details"]
        input = view["prompt_tokens"]?.tokenCount ?? view["input_tokens"]?.tokenCount
        output = view["completion_tokens"]?.tokenCount ?? view["output_tokens"]?.tokenCount
        reasoning = details?["reasoning_tokens"]?.tokenCount ?? view["reasoning_tokens"]?.tokenCount
        cacheRead =
            promptDetails?["cached_tokens"]?.tokenCount ?? view["prompt_cache_hit_tokens"]?.tokenCount
            ?? view["cached_tokens"]?.tokenCount ?? view["cache_read_input_tokens"]?.tokenCount
        cacheWrite =
            promptDetails?["cache_write_tokens"]?.tokenCount ?? promptDetails?["cache_creation_tokens"]?.tokenCount
            ?? view["cache_creation_input_tokens"]?.tokenCount
        readDetails(promptDetails, details)
        // Some servers leave reasoning out of the completion and count it in the total only.
        if let total, let input, let output, let reasoning, reasoning > 0, total == input &+ output &+ reasoning {
            self.output = output &+ reasoning
        }
    }

    private mutating func readResponses(_ view: JSONObject) {
        // Mistral's transcriptions count in the words of chat completions.
        input = (view["input_tokens"] ?? view["prompt_tokens"])?.tokenCount
        output = (view["output_tokens"] ?? view["completion_tokens"])?.tokenCount
        let details = view["input_tokens_details"]
        cacheRead = details?["cached_tokens"]?.tokenCount
        cacheWrite = details?["cache_write_tokens"]?.tokenCount
        reasoning = view["output_tokens_details"]?["reasoning_tokens"]?.tokenCount
        readDetails(details ?? view["input_token_details"], view["output_tokens_details"])
    }

    private mutating func readDetails(_ inputDetails: JSONView?, _ outputDetails: JSONView?) {
        audioInput = inputDetails?["audio_tokens"]?.tokenCount ?? 0
        audioOutput = outputDetails?["audio_tokens"]?.tokenCount ?? 0
        acceptedPrediction = outputDetails?["accepted_prediction_tokens"]?.tokenCount ?? 0
        rejectedPrediction = outputDetails?["rejected_prediction_tokens"]?.tokenCount ?? 0
    }

    private mutating func readAnthropic(_ view: JSONObject) {
        cacheRead = view["cache_read_input_tokens"]?.tokenCount
        cacheWrite = view["cache_creation_input_tokens"]?.tokenCount
        output = view["output_tokens"]?.tokenCount
        reasoning = view["output_tokens_details"]?["thinking_tokens"]?.tokenCount
        guard let uncached = view["input_tokens"]?.tokenCount else { return }
        input = uncached &+ (cacheRead ?? 0) &+ (cacheWrite ?? 0)
    }

    /// A detail that is larger than its total is left out; the provider's numbers stay in `raw`.
    private mutating func keepInvariants() {
        if let input {
            if input < (cacheRead ?? 0) &+ (cacheWrite ?? 0) || (cacheRead ?? 0) &+ (cacheWrite ?? 0) < 0 {
                cacheRead = nil
                cacheWrite = nil
                isConsistent = false
            }
        }
        if let output, let reasoning, reasoning > output {
            self.reasoning = nil
            isConsistent = false
        }
        if audioInput > input ?? .max {
            audioInput = 0
            isConsistent = false
        }
        if audioOutput > output ?? .max {
            audioOutput = 0
            isConsistent = false
        }
        if let input, input < 0 { self.input = nil }
    }

    /// One object of two, as a stream tells it in two places: members of `later` that are not null replace those of
    /// `earlier`, every value verbatim; of two too large to be compared the later.
    static func merged(_ earlier: [UInt8], _ later: JSONView) -> [UInt8] {
        earlier.withUnsafeBufferPointer { buffer -> [UInt8] in
            guard let first = JSONView(parsing: buffer), first.isObject, later.isObject,
                memberCount(of: first) &* later.count &+ memberCount(of: later) &* first.count <= mergeStepLimit
            else {
                return Array(later.bytes)
            }
            var writer = JSONWriter(capacity: first.count &+ later.count)
            writer.beginObject()
            first.forEachMember { name, value in
                writer.key(escaped: name)
                let replacement = member(of: later, named: name).flatMap { $0.isNull ? nil : $0 }
                writer.raw((replacement ?? value).bytes)
            }
            later.forEachMember { name, value in
                guard !value.isNull, member(of: first, named: name) == nil else { return }
                writer.key(escaped: name)
                writer.raw(value.bytes)
            }
            writer.endObject()
            return writer.take()
        }
    }

    /// Bytes that are looked at for names, some hundredths of a second.
    private static let mergeStepLimit = 1 << 24

    private static func memberCount(of object: JSONView) -> Int {
        var count = 0
        object.forEachMember { _, _ in count &+= 1 }
        return count
    }

    /// The last member of a name, rather one that is not null.
    private static func member(of object: JSONView, named name: JSONText) -> JSONView? {
        var found: JSONView?
        object.forEachMember { other, value in
            guard name.bytes.elementsEqual(other.bytes), found == nil || !value.isNull else { return }
            found = value
        }
        return found
    }
}
