# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""LiteLLM, by two of its ways: over the openai package, and to Anthropic by its own HTTP handler."""

import asyncio
import warnings

import shared

shared.before_import()

# Pydantic warns of what LiteLLM's models do not declare, from threads at any time.
warnings.filterwarnings("ignore", module="pydantic")

import litellm  # noqa: E402
import openai  # noqa: E402
from litellm.llms.custom_httpx.http_handler import HTTPHandler  # noqa: E402

litellm.suppress_debug_info = True

MODELS = {"openai": shared.CHAT_MODEL, "anthropic": "claude-3-haiku-20240307"}
BASES = {"openai": f"{shared.BASE}/v1", "anthropic": shared.ANTHROPIC_BASE}


def request(provider, prompt, **more):
    return {
        "model": f"{provider}/{MODELS[provider]}",
        "messages": [{"role": "user", "content": shared.asked(prompt)}],
        "api_base": BASES[provider],
        "api_key": shared.KEY,
        "max_tokens": 256,
        "max_retries": 0,
        "timeout": shared.SECONDS,
        **more,
    }


def stream_request(provider, prompt, **more):
    return request(provider, prompt, stream=True, stream_options={"include_usage": True}, **more)


def show(reply):
    # LiteLLM makes these two itself, by chance and by the clock.
    shared.show({key: value for key, value in reply.model_dump().items() if key not in ("id", "created")})


def take(provider, reply):
    show(reply)
    choice = reply.choices[0]
    is_openai = provider == "openai"
    shared.expect(
        text=choice.message.content or "",
        toolCalls=shared.tool_calls([call.model_dump() for call in choice.message.tool_calls or []]),
        model=MODELS[provider],
        responseModel=reply.model if is_openai else None,
        inputTokens=reply.usage.prompt_tokens,
        outputTokens=reply.usage.completion_tokens,
        # Of the other provider, LiteLLM tells OpenAI's word.
        finishReason=choice.finish_reason if is_openai else None,
    )


def take_stream(provider, said):
    if provider == "openai":
        # The chunks have the model that was asked for.
        return said.expect(response_model=False)
    # LiteLLM 1.56.5 leaves the cache's tokens out of a stream's input, and in those of a plain reply.
    shared.expect(
        text=said.text,
        toolCalls=shared.tool_calls(said.calls),
        model=MODELS[provider],
        outputTokens=said.usage["completion_tokens"],
    )


def take_chunk(said, chunk):
    show(chunk)
    said.take(chunk.model_dump())


def ask(provider, prompt="Hello", **more):
    take(provider, litellm.completion(**request(provider, prompt, **more)))  # CALL


def ask_streamed(provider, prompt="Hello", **more):
    said = shared.ChatStream()
    for chunk in litellm.completion(**stream_request(provider, prompt, **more)):  # CALL
        take_chunk(said, chunk)
    take_stream(provider, said)


def case_plain():
    for provider in MODELS:
        ask(provider, "Grüße 😀")
        ask(provider, "[sim:gzip] Hello")
    model = "text-embedding-3-small"
    texts = [shared.asked("a")]
    reply = litellm.embedding(f"openai/{model}", texts, api_base=BASES["openai"], api_key=shared.KEY)  # CALL
    shared.show(reply.model_dump())
    shared.expect(model=model, inputTokens=reply.usage.prompt_tokens)


def case_streamed():
    for provider in MODELS:
        ask_streamed(provider, "Grüße 😀")
        ask_streamed(provider, "[sim:gzip] Hello")


def case_tool_call():
    for provider in MODELS:
        ask(provider, "[sim:tools] Weather?", tools=shared.TOOLS)


def case_streamed_tool_call():
    for provider in MODELS:
        ask_streamed(provider, "[sim:tools] Weather?", tools=shared.TOOLS)


def case_error():
    for provider in MODELS:
        for status in [429, 400, 500]:
            try:
                ask(provider, f"[sim:error={status}]")
            except Exception as error:
                shared.show_error(error, error.status_code)
                shared.expect("error", status, model=MODELS[provider])
    said = shared.ChatStream()
    try:
        for chunk in litellm.completion(**stream_request("openai", "[sim:cut=body]")):  # CALL
            take_chunk(said, chunk)
    except Exception as error:
        shared.show(type(error).__name__)
        said.expect_incomplete()


def case_retry():
    shared.expect("error", 429, model=shared.CHAT_MODEL)
    ask("openai", "[sim:flaky] Hello", max_retries=2)


def case_early_break():
    said = shared.ChatStream()
    # Slower than LiteLLM's first look at a stream, which takes most of a second: by then a quick reply is whole at the proxy.
    stream = litellm.completion(**stream_request("openai", "[sim:drip=300] Hello"))  # CALL
    for count, chunk in enumerate(stream, 1):
        take_chunk(said, chunk)
        if count == 2:
            break
    # LiteLLM's own stream could not be closed in 1.56.5.
    stream.completion_stream.close()
    said.expect_incomplete()


async def ask_async(provider, prompt="Hello"):
    take(provider, await litellm.acompletion(**request(provider, prompt)))  # CALL


async def ask_async_streamed(provider, prompt="Hello"):
    said = shared.ChatStream()
    async for chunk in await litellm.acompletion(**stream_request(provider, prompt)):  # CALL
        take_chunk(said, chunk)
    take_stream(provider, said)


def case_async():
    async def work():
        for provider in MODELS:
            await ask_async(provider)
            await ask_async_streamed(provider, "[sim:drip=5] Hello")
            await shared.gather(ask_async(provider, "One"), ask_async(provider, "Two"))
        # Sessions that nobody closes complain when the process ends; 1.56.5 has no function for it.
        if hasattr(litellm, "close_litellm_async_clients"):
            await litellm.close_litellm_async_clients()

    asyncio.run(work())


def case_threads():
    for provider in MODELS:
        shared.in_threads(lambda prompt: ask(provider, prompt), "One", "Two", "Three")
    shared.in_threads(ask_streamed, *MODELS)


def build():
    """The clients that LiteLLM can be given; it makes and keeps its own otherwise."""
    global clients
    clients = {
        "openai": openai.OpenAI(api_key=shared.KEY, base_url=BASES["openai"], max_retries=0),
        "anthropic": HTTPHandler(),
    }


def case_pre_built():
    for provider, client in clients.items():
        ask(provider, client=client)
        ask_streamed(provider, client=client)


def case_smoke():
    ask("openai", "Say hello.", max_tokens=16)
    ask_streamed("openai", "Say hello.", max_tokens=16)


def case_large_body():
    ask("openai", shared.LARGE_PROMPT)


def case_fork():
    shared.in_fork(ask, *MODELS)


if __name__ == "__main__":
    shared.run(globals())
