# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""The official OpenAI client."""

import asyncio

import shared

shared.before_import()

import openai  # noqa: E402


def build():
    global client, patient_client, asynchronous
    settings = {"api_key": shared.KEY, "base_url": f"{shared.BASE}/v1", "timeout": shared.SECONDS}
    client = openai.OpenAI(**settings, max_retries=0)
    patient_client = openai.OpenAI(**settings, max_retries=2)
    asynchronous = openai.AsyncOpenAI(**settings, max_retries=0)


def request(prompt, tools=False):
    more = {"tools": shared.TOOLS} if tools else {}
    return {"model": shared.CHAT_MODEL, "messages": [{"role": "user", "content": shared.asked(prompt)}], **more}


def stream_request(prompt, tools=False):
    return request(prompt, tools) | {"stream": True, "stream_options": {"include_usage": True}}


def take(reply, http=200):
    shared.show(reply)
    choice = reply.choices[0]
    shared.expect(
        http=http,
        text=choice.message.content or "",
        toolCalls=shared.tool_calls([call.model_dump() for call in choice.message.tool_calls or []]),
        model=shared.CHAT_MODEL,
        responseModel=reply.model,
        inputTokens=reply.usage.prompt_tokens,
        outputTokens=reply.usage.completion_tokens,
        finishReason=choice.finish_reason,
    )


def take_response(reply):
    shared.show(reply)
    shared.expect(
        text=reply.output_text,
        model=shared.CHAT_MODEL,
        responseModel=reply.model,
        inputTokens=reply.usage.input_tokens,
        outputTokens=reply.usage.output_tokens,
    )


def take_chunk(said, chunk):
    shared.show(chunk)
    said.take(chunk.model_dump())


def ask(prompt):
    take(client.chat.completions.create(**request(prompt)))  # CALL


def ask_streamed(prompt, tools=False):
    said = shared.ChatStream()
    for chunk in client.chat.completions.create(**stream_request(prompt, tools)):  # CALL
        take_chunk(said, chunk)
    said.expect()


def case_plain():
    ask("Grüße 😀")
    ask("[sim:gzip] Hello")
    raw = client.chat.completions.with_raw_response.create(**request("Hello"))  # CALL
    take(raw.parse(), raw.status_code)
    take_response(client.responses.create(model=shared.CHAT_MODEL, input=shared.asked("Hello")))  # CALL
    reply = client.embeddings.create(model="text-embedding-3-small", input=["a", shared.asked("b")])  # CALL
    shared.show(reply)
    shared.expect(model="text-embedding-3-small", inputTokens=reply.usage.prompt_tokens)


def case_streamed():
    ask_streamed("Grüße 😀")
    ask_streamed("[sim:gzip] Hello")
    for event in client.responses.create(model=shared.CHAT_MODEL, input=shared.asked("Hello"), stream=True):  # CALL
        shared.show(event)
    take_response(event.response)
    with client.chat.completions.with_streaming_response.create(**request("Hello")) as raw:  # CALL
        take(raw.parse(), raw.status_code)


def case_tool_call():
    take(client.chat.completions.create(**request("[sim:tools] Weather?", tools=True)))  # CALL


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=True)


def case_error():
    for directive in ["error=429", "error=400", "error=500"]:
        try:
            ask(f"[sim:{directive}]")
        except openai.APIStatusError as error:
            shared.show_error(error, error.status_code)
            shared.expect("error", error.status_code, model=shared.CHAT_MODEL)
    said = shared.ChatStream()
    try:
        for chunk in client.chat.completions.create(**stream_request("[sim:cut=body] Hello")):  # CALL
            take_chunk(said, chunk)
    except Exception as error:
        shared.show_error(error)
        said.expect_incomplete()


def case_retry():
    shared.expect("error", 429, model=shared.CHAT_MODEL)
    take(patient_client.chat.completions.create(**request("[sim:flaky] Hello")))  # CALL


def case_early_break():
    said = shared.ChatStream()
    stream = client.chat.completions.create(**stream_request("[sim:drip=50] Hello"))  # CALL
    for count, chunk in enumerate(stream, 1):
        take_chunk(said, chunk)
        if count == 2:
            break
    stream.close()
    said.expect_incomplete()


async def ask_async(prompt):
    take(await asynchronous.chat.completions.create(**request(prompt)))  # CALL


async def ask_async_streamed(prompt):
    said = shared.ChatStream()
    async for chunk in await asynchronous.chat.completions.create(**stream_request(prompt)):  # CALL
        take_chunk(said, chunk)
    said.expect()


async def break_async():
    said = shared.ChatStream()
    stream = await asynchronous.chat.completions.create(**stream_request("[sim:drip=50] Hello"))  # CALL
    async for chunk in stream:
        take_chunk(said, chunk)
        break
    await stream.close()
    said.expect_incomplete()


def case_async():
    async def work():
        await ask_async("Hello")
        await shared.gather(ask_async("One"), ask_async("Two"), ask_async_streamed("[sim:drip=5] Three"))
        await break_async()
        await asynchronous.close()

    asyncio.run(work())


def case_smoke():
    take(client.chat.completions.create(**request("Say hello."), max_tokens=16))  # CALL
    said = shared.ChatStream()
    for chunk in client.chat.completions.create(**stream_request("Say hello."), max_tokens=16):  # CALL
        take_chunk(said, chunk)
    said.expect()


if __name__ == "__main__":
    shared.run(globals())
