# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""The official Anthropic client."""

import asyncio

import shared

shared.before_import()

import anthropic  # noqa: E402

MODEL = "claude-3-haiku-20240307"
TOOLS = [{"name": name, "input_schema": shared.PARAMETERS} for name in ("get_weather", "get_time")]


def build():
    global client, patient_client, asynchronous
    settings = {"api_key": shared.KEY, "base_url": shared.BASE, "timeout": shared.SECONDS}
    client = anthropic.Anthropic(**settings, max_retries=0)
    patient_client = anthropic.Anthropic(**settings, max_retries=2)
    asynchronous = anthropic.AsyncAnthropic(**settings, max_retries=0)


def request(prompt, **more):
    messages = [{"role": "user", "content": shared.asked(prompt)}]
    return {"model": MODEL, "max_tokens": 256, "system": "Be brief.", "messages": messages, **more}


def take(message, http=200):
    shared.show(message)
    usage = message.usage
    shared.expect(
        http=http,
        text="".join(block.text for block in message.content if block.type == "text"),
        toolCalls=[{"name": b.name, "arguments": b.input} for b in message.content if b.type == "tool_use"],
        model=MODEL,
        responseModel=message.model,
        # Records count what the cache gave and took as input, as OpenTelemetry does.
        inputTokens=usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0),
        outputTokens=usage.output_tokens,
        finishReason=message.stop_reason,
    )


def text_of(event):
    shared.show(event)
    is_text = event.type == "content_block_delta" and event.delta.type == "text_delta"
    return event.delta.text if is_text else ""


def ask(prompt):
    take(client.messages.create(**request(prompt)))  # CALL


def ask_streamed(prompt, **more):
    with client.messages.stream(**request(prompt, **more)) as stream:  # CALL
        for event in stream:
            shared.show(event)
        take(stream.get_final_message(), stream.response.status_code)


def case_plain():
    ask("Grüße 😀")
    ask("[sim:gzip] Hello")
    raw = client.messages.with_raw_response.create(**request("Hello"))  # CALL
    take(raw.parse(), raw.status_code)


def case_streamed():
    ask_streamed("Grüße 😀")
    ask_streamed("[sim:gzip] Hello")
    text = ""
    for event in client.messages.create(**request("Hello", stream=True)):  # CALL
        text += text_of(event)
    shared.expect(text=text, model=MODEL)


def case_tool_call():
    take(client.messages.create(**request("[sim:tools] Weather?", tools=TOOLS)))  # CALL


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=TOOLS)


def case_error():
    for directive in ["error=429", "error=400", "error=529"]:
        try:
            ask(f"[sim:{directive}]")
        except anthropic.APIStatusError as error:
            shared.show_error(error, error.status_code)
            shared.expect("error", error.status_code, model=MODEL)
    text = ""
    try:
        for event in client.messages.create(**request("[sim:cut=body] Hello", stream=True)):  # CALL
            text += text_of(event)
    except Exception as error:
        shared.show_error(error)
        shared.expect_incomplete(text, MODEL)


def case_retry():
    shared.expect("error", 429, model=MODEL)
    take(patient_client.messages.create(**request("[sim:flaky] Hello")))  # CALL


def case_early_break():
    stream = client.messages.create(**request("[sim:drip=50] Hello", stream=True))  # CALL
    text = ""
    for count, event in enumerate(stream, 1):
        text += text_of(event)
        # The text begins with the fourth event.
        if count == 5:
            break
    stream.close()
    shared.expect_incomplete(text, MODEL)
    with client.messages.stream(**request("[sim:drip=50] Bye")) as stream:  # CALL
        text = next(stream.text_stream) + next(stream.text_stream)
    shared.show(text)
    shared.expect_incomplete(text, MODEL)


async def ask_async(prompt):
    take(await asynchronous.messages.create(**request(prompt)))  # CALL


async def ask_async_streamed(prompt):
    async with asynchronous.messages.stream(**request(prompt)) as stream:  # CALL
        async for event in stream:
            shared.show(event)
        take(await stream.get_final_message())


async def break_async():
    async with asynchronous.messages.stream(**request("[sim:drip=50] Hello")) as stream:  # CALL
        async for text in stream.text_stream:
            break
    shared.show(text)
    shared.expect_incomplete(text, MODEL)


def case_async():
    async def work():
        await ask_async("Hello")
        await shared.gather(ask_async("One"), ask_async("Two"), ask_async_streamed("[sim:drip=5] Three"))
        await break_async()
        await asynchronous.close()

    asyncio.run(work())


def case_smoke():
    take(client.messages.create(**request("Say hello.", max_tokens=16)))  # CALL
    ask_streamed("Say hello.", max_tokens=16)


if __name__ == "__main__":
    shared.run(globals())
