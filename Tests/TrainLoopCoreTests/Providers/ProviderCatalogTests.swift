// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Testing
import TrainLoopCore

@Suite struct ProviderCatalogTests {
    @Test(arguments: [
        ("POST", "/v1/chat/completions", "chat"), ("POST", "/openai/deployments/d/chat/completions?x=1", "chat"),
        ("GET", "/v1/chat/completions/chatcmpl-1", "chat"), ("POST", "/v1/completions", "completions"),
        ("POST", "//openai/deployments/d/completions", "completions"), ("POST", "/v1/fim/completions", "completions"),
        ("POST", "/v1/complete", "completions"), ("GET", "/v1/organization/usage/completions", "organization"),
        ("POST", "/v1/responses", "responses"), ("GET", "/v1/responses/resp_1", "responses"),
        ("POST", "/v1/responses/resp_1/cancel", "responses"), ("POST", "/v1/responses/input_tokens", "count_tokens"),
        ("POST", "/v1/messages", "messages"), ("POST", "/anthropic/v1/messages?beta=true", "messages"),
        ("POST", "/v1/messages/count_tokens", "count_tokens"), ("GET", "/v1/messages/batches/b/results", "batch"),
        ("POST", "/v1/threads/t/messages", "threads"), ("GET", "/v1/batch/jobs/1", "batch"),
        ("GET", "/openai/v1/batches", "batch"), ("POST", "/openai/files?api-version=1", "files"),
        ("DELETE", "/v1/models/ft:gpt:x", "models"), ("GET", "/models", "models"),
        ("GET", "/v1/models/openai/gpt", "models"),
        ("POST", "/v1/images/edits", "images"), ("POST", "/v1/audio/speech", "audio.speech"),
        ("POST", "/v1/audio/translations", "audio.translation"), ("POST", "/v1/moderations", "moderations"),
        ("GET", "/ml/v1-beta/foundation_model_specs", "models"), ("GET", "/available-models", "models"),
        ("GET", "/openai/deployments?api-version=1", "models"), ("GET", "/v1/language-models", "models"),
        ("POST", "/v1/chat/moderations", "moderations"), ("POST", "/v1/classify", "classifications"),
        ("GET", "/v1/agents/ag_1", "agents"), ("GET", "/api/v1/generation?id=gen-1", "operations"),
        ("GET", "/api/v1/credits", "organization"), ("GET", "/async/chat/completions/id", "chat"),
        ("GET", "/v1/projects/p/groups/g/roles", "organization"), ("GET", "/v1/projects/p/locations/l", "unknown"),
        ("POST", "/api/projects/p/threads?api-version=v1", "threads"), ("GET", "/user/balance", "organization"),
        ("GET", "/v1/accounts/a/models", "organization"), ("POST", "/v1/score", "rerank"),
        ("POST", "/search", "retrieve"),
        ("POST", "/client/v4/accounts/a/ai/run/@cf/meta/m", "inference"),
        ("POST", "/v1/a/g/workers-ai/@cf/meta/m", "inference"), ("POST", "/api/v2/cortex/inference:complete", "chat"),
        ("POST", "/v1/tokenize-text", "tokenize"), ("POST", "/async-invoke", "operations"),
        ("POST", "/v1/account/gateway/openai/files", "files"), ("GET", "/v1/organizations/me", "organization"),
        ("POST", "/v1/decisions", "classifications"), ("GET", "/v1/chatkit/threads", "threads"),
        ("GET", "/api/paas/v4/files", "files"), ("POST", "/vault/files", "unknown"),
        ("GET", "/", "unknown"), ("GET", "/v1", "unknown"),
        ("POST", "/v1/models/owner/name/predictions", "unknown"),
    ])
    func `method and path choose the API`(_ method: String, _ target: String, _ api: String) throws {
        var script = ExchangeScript()
        script.method = method
        script.target = target
        script.response = Array("{}")
        #expect(try script.record()["api"]?.string == api)
    }

    @Test(arguments: [
        ("eu.api.openai.com/v1/chat/completions/", "openai", "chat"),
        ("x.inference.ai.azure.com/chat/completions", "azure.ai.inference", "chat"),
        ("models.github.ai/orgs/o/inference/chat/completions", "azure.ai.inference", "chat"),
        ("x.services.ai.azure.com/anthropic/v1/messages", "azure.ai.inference", "messages"),
        ("open.bigmodel.cn/api/paas/v4/chat/completions", "z_ai", "chat"),
        ("ark.cn-beijing.volces.com/api/v3/bots/chat/completions", "volces.com", "chat"),
        ("router.huggingface.co/fireworks-ai/inference/v1/chat/completions", "hugging_face", "chat"),
        ("router.huggingface.co/hf-inference/models/a/b/v1/chat/completions", "hugging_face", "chat"),
        ("router.huggingface.co/hf-inference/models/a/b", "hugging_face", "inference"),
        (
            "gateway.ai.cloudflare.com/v1/a/g/google-ai-studio/v1/models/m:generateContent", "cloudflare",
            "generate_content"
        ),
        (
            "us-east5-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict",
            "gcp.vertex_ai", "messages"
        ),
        (
            "aiplatform.us.rep.googleapis.com/v1/projects/p/locations/us/publishers/google/models/m:generateContent",
            "gcp.vertex_ai", "generate_content"
        ),
        (
            "us-central1-aiplatform.googleapis.com/v1beta1/projects/p/locations/l/endpoints/openapi/chat/completions",
            "gcp.vertex_ai", "chat"
        ),
        ("bedrock-mantle.us-east-1.api.aws/anthropic/v1/messages", "aws.bedrock", "messages"),
        (
            "bedrock-agent-runtime.us-east-1.amazonaws.com/knowledgebases/k/datasources/d/documents/x/content",
            "aws.bedrock", "retrieve"
        ),
        ("runtime.sagemaker.us-east-1.amazonaws.com/endpoints/e/invocations", "aws.sagemaker", "chat"),
        ("dashscope.aliyuncs.com/api/v2/apps/protocols/compatible-mode/v1/responses", "alibaba_cloud", "responses"),
        ("api.perplexity.ai/v1/agent", "perplexity", "responses"),
        ("api.perplexity.ai/v1/sonar", "perplexity", "chat"),
        ("host.example/v1/agent", "host.example", "chat"),
    ])
    func `an address chooses the API, and the name of who answers`(
        _ address: String, _ provider: String, _ api: String
    ) throws {
        let slash = try #require(address.firstIndex(of: "/"))
        var script = ExchangeScript()
        script.host = String(address[..<slash])
        script.target = String(address[slash...])
        script.request = Array(#"{"messages":[{"role":"user","content":"Hi"}]}"#.utf8)
        // Where the address tells nothing, a chat is known by both its messages.
        script.response = Array(#"{"choices":[{"index":0,"message":{"content":"Hi"}}]}"#.utf8)
        let record = try script.record()
        #expect(record["provider"]?.string == provider)
        #expect(record["api"]?.string == api)
    }
}
