// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// The hosts of the providers in use today, captured where the configuration names no others.
///
/// Only hosts that serve models: a host that also serves accounts, storage or a whole cloud is named by its user.
package enum DefaultHosts {
    package static let patterns: [String] = laboratories + clouds + inference + gateways + local

    private static let laboratories = [
        "api.openai.com", "*.api.openai.com",
        "api.anthropic.com",
        "generativelanguage.googleapis.com",
        "api.mistral.ai", "codestral.mistral.ai",
        "api.cohere.com", "api.cohere.ai",
        "api.deepseek.com",
        "api.x.ai", "*.api.x.ai",
        "api.perplexity.ai",
        "api.ai21.com",
        "api.reka.ai",
        "api.writer.com",
        "api.voyageai.com",
        "api.jina.ai",
        "api.upstage.ai",
        "api.inceptionlabs.ai",
        "api.llama.com",
        "api.moonshot.ai", "api.moonshot.cn",
        "api.z.ai", "open.bigmodel.cn",
        "dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com",
        "api.minimax.io", "api.minimaxi.com", "api.minimax.chat",
        "api.stepfun.com",
        "api.baichuan-ai.com",
        "api.hunyuan.cloud.tencent.com",
        "qianfan.baidubce.com",
        "gigachat.devices.sberbank.ru",
        "ark.*.volces.com",
    ]

    private static let clouds = [
        "*.openai.azure.com", "*.services.ai.azure.com", "*.models.ai.azure.com", "*.cognitiveservices.azure.com",
        "*.inference.ai.azure.com", "models.github.ai", "api.githubcopilot.com", "api.*.githubcopilot.com",
        "aiplatform.googleapis.com", "*-aiplatform.googleapis.com", "aiplatform.*.rep.googleapis.com",
        "cloudcode-pa.googleapis.com",
        "bedrock-runtime.*.amazonaws.com", "bedrock-runtime-fips.*.amazonaws.com",
        "bedrock-runtime.*.amazonaws.com.cn", "bedrock-mantle.*.api.aws", "bedrock-agent-runtime.*.amazonaws.com",
        "runtime.sagemaker.*.amazonaws.com",
        "*.ml.cloud.ibm.com",
        "integrate.api.nvidia.com", "ai.api.nvidia.com",
        "inference.do-ai.run",
        "api.scaleway.ai",
        "*.inference.heroku.com",
        "*.endpoints.kepler.ai.cloud.ovh.net",
    ]

    private static let inference = [
        "api.groq.com",
        "api.together.xyz", "api.together.ai",
        "api.fireworks.ai",
        "api.deepinfra.com",
        "api.cerebras.ai",
        "api.sambanova.ai",
        "api.hyperbolic.xyz",
        "api.novita.ai",
        "api.studio.nebius.ai", "api.studio.nebius.com", "api.tokenfactory.nebius.com",
        "api.siliconflow.com", "api.siliconflow.cn",
        "api.lambda.ai",
        "inference.baseten.co", "*.api.baseten.co",
        "api.friendli.ai",
        "api.featherless.ai",
        "api.parasail.io",
        "llm.chutes.ai",
        "api.avian.io",
        "api.venice.ai",
        "api.inference.wandb.ai",
        "api.inference.net",
        "inference.api.nscale.com",
        "api.inference.crusoecloud.com",
        "router.huggingface.co", "api-inference.huggingface.co", "*.endpoints.huggingface.cloud",
        "api.replicate.com", "stream.replicate.com", "*.replicate.net",
        "ollama.com",
    ]

    private static let gateways = [
        "openrouter.ai",
        "ai-gateway.vercel.sh",
        "gateway.ai.cloudflare.com",
        "api.portkey.ai",
        "gateway.helicone.ai", "ai-gateway.helicone.ai", "oai.helicone.ai", "anthropic.helicone.ai",
    ]

    /// Ollama and LM Studio on their own ports; other local servers share their ports with everything else.
    private static let local = [
        "localhost:11434", "127.0.0.1:11434", "[::1]:11434",
        "localhost:1234", "127.0.0.1:1234",
    ]
}
