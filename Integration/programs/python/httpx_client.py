# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""httpx, and httpx2 in its likeness."""

import asyncio
import importlib

import shared

shared.before_import()

httpx = importlib.import_module(shared.LIBRARY)


def build():
    global client, asynchronous
    client, asynchronous = httpx.Client(timeout=shared.SECONDS), httpx.AsyncClient(timeout=shared.SECONDS)


def request(prompt, attempt=0, **more):
    return {"headers": shared.chat_headers(attempt), "json": shared.chat_body(prompt, **more)}


def ask(prompt, attempt=0, **more):
    reply = client.post(shared.chat_url(), **request(prompt, attempt, **more))  # CALL
    shared.take_chat(reply.status_code, reply.text)


def ask_streamed(prompt, **more):
    with client.stream("POST", shared.chat_url(), **request(prompt, stream=True, **more)) as reply:  # CALL
        shared.take_chat_stream(reply.status_code, "\n".join(reply.iter_lines()))


def case_plain():
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:br]", "[sim:zstd]", "[sim:close]"]:
        ask(f"{coding} Grüße 😀")
    reply = httpx.post(shared.chat_url(), **request("Hello"))  # CALL
    shared.take_chat(reply.status_code, reply.text)
    reply = client.send(client.build_request("POST", shared.chat_url(), **request("Hello")))  # CALL
    shared.take_chat(reply.status_code, reply.content.decode())


def case_streamed():
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:br]", "[sim:zstd]", "[sim:close]"]:
        ask_streamed(f"{coding} Grüße 😀")
    for read in ["iter_bytes", "iter_raw"]:
        with client.stream("POST", shared.chat_url(), **request("Hello", stream=True)) as reply:  # CALL
            shared.take_chat_stream(reply.status_code, b"".join(getattr(reply, read)()).decode())
    # A stream that the client reads whole, as one text.
    reply = client.post(shared.chat_url(), **request("Hello", stream=True))  # CALL
    shared.take_chat_stream(reply.status_code, reply.text)
    sent = client.send(client.build_request("POST", shared.chat_url(), **request("Bye")), stream=True)  # CALL
    shared.take_chat(sent.status_code, sent.read().decode())


def case_tool_call():
    ask("[sim:tools] Weather?", tools=shared.TOOLS)


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=shared.TOOLS)


def case_error():
    for status in [429, 400, 500]:
        ask(f"[sim:error={status}]")
    try:
        client.post(shared.chat_url(), **request("[sim:error=404]")).raise_for_status()  # CALL
    except httpx.HTTPStatusError as error:
        shared.show_error(error, error.response.status_code)
        shared.expect("error", error.response.status_code)
    got = []
    try:
        with client.stream("POST", shared.chat_url(), **request("[sim:cut=body]", stream=True)) as reply:  # CALL
            for line in reply.iter_lines():
                got.append(line)
    except httpx.RemoteProtocolError as error:
        shared.show_error(error)
        shared.take_chat_stream(reply.status_code, "\n".join(got), is_whole=False)


def case_retry():
    for attempt in range(2):
        ask("[sim:flaky] Hello", attempt)


def case_early_break():
    got = []
    with client.stream("POST", shared.chat_url(), **request("[sim:drip=50]", stream=True)) as reply:  # CALL
        for line in reply.iter_lines():
            got.append(line)
            if len(got) == 4:
                break
    shared.take_chat_stream(reply.status_code, "\n".join(got), is_whole=False)


async def ask_async(prompt):
    reply = await asynchronous.post(shared.chat_url(), **request(prompt))  # CALL
    shared.take_chat(reply.status_code, reply.text)


async def ask_async_streamed(prompt, lines=None):
    got = []
    sent = request(prompt, stream=True)
    async with asynchronous.stream("POST", shared.chat_url(), **sent) as reply:  # CALL
        async for line in reply.aiter_lines():
            got.append(line)
            if len(got) == lines:
                break
    shared.take_chat_stream(reply.status_code, "\n".join(got), is_whole=lines is None)


def case_async():
    async def work():
        await ask_async("[sim:gzip] Hello")
        await shared.gather(ask_async("One"), ask_async("Two"), ask_async_streamed("[sim:drip=5] Three"))
        await ask_async_streamed("[sim:drip=50] Bye", lines=4)
        await asynchronous.aclose()

    asyncio.run(work())


if __name__ == "__main__":
    shared.run(globals())
