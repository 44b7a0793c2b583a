# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""urllib3, of either major version."""

import json
import urllib.parse

import shared

shared.before_import()

import urllib3  # noqa: E402


def build():
    global pool
    pool = urllib3.PoolManager()


def request(prompt, attempt=0, **more):
    return {"headers": shared.chat_headers(attempt), "body": json.dumps(shared.chat_body(prompt, **more)).encode()}


def ask(prompt, attempt=0, **more):
    reply = pool.request("POST", shared.chat_url(), **request(prompt, attempt, **more))  # CALL
    shared.take_chat(reply.status, reply.data.decode())


def ask_streamed(prompt, **more):
    sent = request(prompt, stream=True, **more)
    reply = pool.request("POST", shared.chat_url(), **sent, preload_content=False)  # CALL
    shared.take_chat_stream(reply.status, b"".join(reply.stream(64)).decode())
    reply.release_conn()


def accepting(coding, prompt, **more):
    sent = request(f"[sim:{coding}] {prompt}", **more)
    return sent | {"headers": sent["headers"] | {"Accept-Encoding": coding}}


def case_plain():
    ask("Grüße 😀")
    ask("[sim:close] Grüße 😀")
    for coding in ["gzip", "deflate"]:
        reply = pool.request("POST", shared.chat_url(), **accepting(coding, "Hello"))  # CALL
        shared.take_chat(reply.status, reply.data.decode())
    url = urllib.parse.urlsplit(shared.chat_url())
    is_secure = url.scheme == "https"
    one_host = (urllib3.HTTPSConnectionPool if is_secure else urllib3.HTTPConnectionPool)(url.hostname, url.port)
    reply = one_host.urlopen("POST", f"{url.path}?{url.query}", **request("Hello"))  # CALL
    shared.take_chat(reply.status, reply.data.decode())
    reply = pool.request("POST", shared.chat_url(), **request("Bye"), preload_content=False)  # CALL
    shared.take_chat(reply.status, reply.read().decode())


def case_streamed():
    ask_streamed("Grüße 😀")
    ask_streamed("[sim:close] Grüße 😀")
    for coding in ["gzip", "deflate"]:
        sent = accepting(coding, "Hello", stream=True)
        reply = pool.request("POST", shared.chat_url(), **sent, preload_content=False)  # CALL
        # Of chunks, urllib3 takes the coding off only when it is told to.
        shared.take_chat_stream(reply.status, b"".join(reply.stream(decode_content=True)).decode())
    reply = pool.request("POST", shared.chat_url(), **request("Hello", stream=True), preload_content=False)  # CALL
    shared.take_chat_stream(reply.status, b"".join(iter(lambda: reply.read(100), b"")).decode())
    reply = pool.request("POST", shared.chat_url(), **request("Bye", stream=True), preload_content=False)  # CALL
    shared.take_chat_stream(reply.status, b"".join(reply.read_chunked()).decode())
    reply = pool.request("POST", shared.chat_url(), **request("Again", stream=True), preload_content=False)  # CALL
    shared.take_chat_stream(reply.status, b"".join(reply).decode())
    # A stream that the client reads whole, as one text.
    reply = pool.request("POST", shared.chat_url(), **request("Last", stream=True))  # CALL
    shared.take_chat_stream(reply.status, reply.data.decode())


def case_tool_call():
    ask("[sim:tools] Weather?", tools=shared.TOOLS)


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=shared.TOOLS)


def case_error():
    for status in [429, 400, 500]:
        # Without retries: urllib3 itself tries again after a 429 that says when.
        reply = pool.request("POST", shared.chat_url(), **request(f"[sim:error={status}]"), retries=False)  # CALL
        shared.take_chat(reply.status, reply.data.decode())
    sent = request("[sim:cut=body]", stream=True)
    got = b""
    reply = pool.request("POST", shared.chat_url(), **sent, preload_content=False)  # CALL
    try:
        for piece in reply.stream():
            got += piece
    except urllib3.exceptions.ProtocolError as error:
        shared.show_error(error)
        shared.take_chat_stream(reply.status, got.decode(errors="ignore"), is_whole=False)


def case_retry():
    for attempt in range(2):
        ask("[sim:flaky] Hello", attempt)
    retry = urllib3.Retry(total=1, status_forcelist=[429], allowed_methods=None, respect_retry_after_header=False)
    try:
        pool.request("POST", shared.chat_url(), **request("[sim:error=429]"), retries=retry)  # CALL
    except urllib3.exceptions.MaxRetryError as error:
        shared.show_error(error.reason)
        for _ in range(2):
            shared.expect("error", 429)


def case_early_break():
    sent = request("[sim:drip=50]", stream=True)
    reply = pool.request("POST", shared.chat_url(), **sent, preload_content=False)  # CALL
    pieces = reply.stream()
    got = next(pieces) + next(pieces)
    reply.close()
    shared.take_chat_stream(reply.status, got.decode(), is_whole=False)


if __name__ == "__main__":
    shared.run(globals())
