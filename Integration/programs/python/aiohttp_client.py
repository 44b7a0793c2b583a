# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""aiohttp."""

import asyncio

import shared

shared.before_import()

import aiohttp  # noqa: E402


def request(prompt, attempt=0, **more):
    return {"headers": shared.chat_headers(attempt), "json": shared.chat_body(prompt, **more)}


async def ask(session, prompt, attempt=0, **more):
    async with session.post(shared.chat_url(), **request(prompt, attempt, **more)) as reply:  # CALL
        shared.take_chat(reply.status, await reply.text())


async def ask_streamed(session, prompt, lines=None, **more):
    got = []
    async with session.post(shared.chat_url(), **request(prompt, stream=True, **more)) as reply:  # CALL
        async for line in reply.content:
            got.append(line.decode())
            if len(got) == lines:
                break
    shared.take_chat_stream(reply.status, "".join(got), is_whole=lines is None)


def in_session(work):
    """Runs a case with a session: there is none without a running loop."""

    async def run():
        async with aiohttp.ClientSession() as session:
            await work(session)

    asyncio.run(run())


def case_plain():
    in_session(plain)


async def plain(session):
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:close]"]:
        await ask(session, f"{coding} Grüße 😀")
    # Without `async with`, and by the function that makes its own session.
    reply = await session.post(shared.chat_url(), **request("Hello"))  # CALL
    shared.take_chat(reply.status, (await reply.read()).decode())
    async with aiohttp.request("POST", shared.chat_url(), **request("Bye")) as reply:  # CALL
        shared.show(await reply.json())
        shared.take_chat(reply.status, await reply.text())


def case_streamed():
    in_session(streamed)


async def streamed(session):
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:close]"]:
        await ask_streamed(session, f"{coding} Grüße 😀")

    async def join(pieces):
        return b"".join([piece async for piece in pieces])

    async def join_chunks(chunks):
        return b"".join([piece async for piece, _ in chunks])

    async def by_any(content):
        return b"".join([await content.readany() for _ in iter(content.at_eof, True)])

    for read in [
        lambda content: content.read(),
        by_any,
        lambda content: join(content.iter_any()),
        lambda content: join(content.iter_chunked(50)),
        lambda content: join_chunks(content.iter_chunks()),
    ]:
        async with session.post(shared.chat_url(), **request("Hello", stream=True)) as reply:  # CALL
            shared.take_chat_stream(reply.status, (await read(reply.content)).decode())
    # A stream that the client reads whole, as one text.
    async with session.post(shared.chat_url(), **request("Hello", stream=True)) as reply:  # CALL
        shared.take_chat_stream(reply.status, await reply.text())


def case_tool_call():
    in_session(lambda session: ask(session, "[sim:tools] Weather?", tools=shared.TOOLS))


def case_streamed_tool_call():
    in_session(lambda session: ask_streamed(session, "[sim:tools] Weather?", tools=shared.TOOLS))


def case_error():
    in_session(errors)


async def errors(session):
    for status in [429, 400, 500]:
        await ask(session, f"[sim:error={status}]")
    try:
        await session.post(shared.chat_url(), **request("[sim:error=404]"), raise_for_status=True)  # CALL
    except aiohttp.ClientResponseError as error:
        shared.show_error(error, error.status)
        shared.expect("error", error.status)
    got = []
    try:
        async with session.post(shared.chat_url(), **request("[sim:cut=body]", stream=True)) as reply:  # CALL
            async for line in reply.content:
                got.append(line.decode())
    except aiohttp.ClientPayloadError as error:
        shared.show_error(error)
        # What aiohttp still hands out before the error depends on how the bytes arrived.
        shared.take_chat_stream(reply.status, "".join(got), is_whole=False)


def case_retry():
    async def work(session):
        for attempt in range(2):
            await ask(session, "[sim:flaky] Hello", attempt)

    in_session(work)


def case_early_break():
    in_session(lambda session: ask_streamed(session, "[sim:drip=50] Hello", lines=4))


def case_async():
    async def work(session):
        await shared.gather(ask(session, "One"), ask(session, "Two"), ask_streamed(session, "[sim:drip=5] Three"))
        await asyncio.wait_for(ask(session, "Bye"), 10)

    in_session(work)


def case_threads():
    shared.in_threads(lambda prompt: in_session(lambda session: ask(session, prompt)), "One", "Two", "Three")


def case_pre_built():
    # `build` would have no loop to make a session in: the program starts the SDK itself.
    async def work():
        async with aiohttp.ClientSession() as session:
            shared.collect()
            await plain(session)
            await streamed(session)

    asyncio.run(work())


def case_smoke():
    async def work(session):
        await ask(session, "Say hello.", max_tokens=16)
        await ask_streamed(session, "Say hello.", max_tokens=16)

    in_session(work)


def case_large_body():
    in_session(lambda session: ask(session, shared.LARGE_PROMPT))


def case_fork():
    shared.in_fork(lambda prompt: in_session(lambda session: ask(session, prompt)), "One", "Two")


def build():
    """Sessions are built in the loop of their case."""


if __name__ == "__main__":
    shared.run(globals())
