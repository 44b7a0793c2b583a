// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Who answers at a host: OpenTelemetry's well-known `gen_ai.provider.name` where it has one, else a plain name, else
/// the host's registrable name.
enum ProviderName {
    static func name(of line: RequestLine) -> [UInt8] {
        let host = line.host
        for (suffix, name) in suffixes where isWithin(host, suffix) { return bytes(name) }
        if isVertex(host) { return bytes("gcp.vertex_ai") }
        if ASCII.firstRange(of: "sagemaker", in: host) != nil, ASCII.hasSuffix(host, ".amazonaws.com") {
            return bytes("aws.sagemaker")
        }
        if ASCII.hasSuffix(host, ".amazonaws.com") || ASCII.hasSuffix(host, ".amazonaws.com.cn")
            || ASCII.hasSuffix(host, ".api.aws")
        {
            return bytes("aws.bedrock")
        }
        if line.port == 11434 { return bytes("ollama") }
        return registrableName(of: host)
    }

    private static let suffixes: [(StaticString, StaticString)] = [
        ("api.openai.com", "openai"),
        ("api.anthropic.com", "anthropic"),
        ("openai.azure.com", "azure.ai.openai"),
        ("cognitiveservices.azure.com", "azure.ai.openai"),
        ("services.ai.azure.com", "azure.ai.inference"),
        ("models.ai.azure.com", "azure.ai.inference"),
        ("inference.ai.azure.com", "azure.ai.inference"),
        ("models.github.ai", "azure.ai.inference"),
        ("generativelanguage.googleapis.com", "gcp.gemini"),
        ("cloudcode-pa.googleapis.com", "gcp.gen_ai"),
        ("api.groq.com", "groq"),
        ("mistral.ai", "mistral_ai"),
        ("api.deepseek.com", "deepseek"),
        ("api.x.ai", "x_ai"),
        ("api.perplexity.ai", "perplexity"),
        ("cohere.com", "cohere"),
        ("cohere.ai", "cohere"),
        ("ml.cloud.ibm.com", "ibm.watsonx.ai"),
        ("openrouter.ai", "openrouter"),
        ("together.xyz", "together_ai"),
        ("together.ai", "together_ai"),
        ("fireworks.ai", "fireworks_ai"),
        ("deepinfra.com", "deepinfra"),
        ("huggingface.co", "hugging_face"),
        ("huggingface.cloud", "hugging_face"),
        ("replicate.com", "replicate"),
        ("replicate.net", "replicate"),
        ("cerebras.ai", "cerebras"),
        ("sambanova.ai", "sambanova"),
        ("moonshot.ai", "moonshot_ai"),
        ("moonshot.cn", "moonshot_ai"),
        ("z.ai", "z_ai"),
        ("bigmodel.cn", "z_ai"),
        ("aliyuncs.com", "alibaba_cloud"),
        ("ollama.com", "ollama"),
        ("writer.com", "writer"),
        ("ai-gateway.vercel.sh", "vercel"),
        ("gateway.ai.cloudflare.com", "cloudflare"),
    ]

    /// Names under which a second label is needed to tell one owner from another.
    private static let sharedSecondLabels: [StaticString] = ["co", "com", "net", "org", "ac", "gov", "edu"]

    private static func isWithin(_ host: [UInt8], _ domain: StaticString) -> Bool {
        guard ASCII.hasSuffix(host, domain) else { return false }
        let rest = host.count &- domain.utf8CodeUnitCount
        return rest == 0 || host[rest &- 1] == UInt8(ascii: ".")
    }

    /// Global, of a region, or of one that keeps its data.
    private static func isVertex(_ host: [UInt8]) -> Bool {
        ASCII.hasSuffix(host, "aiplatform.googleapis.com")
            || ASCII.hasPrefix(host, "aiplatform.") && ASCII.hasSuffix(host, ".rep.googleapis.com")
    }

    /// The last two labels, or three under a domain such as `co.uk`; an address or a single label is its own name.
    private static func registrableName(of host: [UInt8]) -> [UInt8] {
        guard !host.isEmpty else { return bytes("unknown") }
        let labels = host.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: true)
        guard labels.count > 2, !host.contains(UInt8(ascii: ":")), let last = labels.last else { return host }
        guard let first = last.first, !JSONScan.isDigit(first) else { return host }
        var kept = 2
        if last.count == 2 {
            for shared in sharedSecondLabels where ASCII.isEqual(labels[labels.count &- 2], shared) { kept = 3 }
        }
        var name: [UInt8] = []
        for label in labels.suffix(kept) {
            if !name.isEmpty { name.append(UInt8(ascii: ".")) }
            name.append(contentsOf: label)
        }
        return name
    }

    private static func bytes(_ word: StaticString) -> [UInt8] {
        Array(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
}
