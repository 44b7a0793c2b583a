# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""requests."""

import json

import shared

shared.before_import()

import requests  # noqa: E402
from requests.adapters import HTTPAdapter  # noqa: E402
from urllib3.util import Retry  # noqa: E402


def build():
    global session
    session = requests.Session()


def request(prompt, attempt=0, **more):
    return {"headers": shared.chat_headers(attempt), "json": shared.chat_body(prompt, **more)}


def ask(prompt, attempt=0, **more):
    reply = requests.post(shared.chat_url(), **request(prompt, attempt, **more))  # CALL
    shared.take_chat(reply.status_code, reply.text)


def ask_streamed(prompt, **more):
    with requests.post(shared.chat_url(), **request(prompt, stream=True, **more), stream=True) as reply:  # CALL
        shared.take_chat_stream(reply.status_code, "\n".join(line.decode() for line in reply.iter_lines()))


def case_plain():
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:close]"]:
        ask(f"{coding} Grüße 😀")
    reply = session.post(shared.chat_url(), **request("Hello"))  # CALL
    shared.show(reply.json())
    shared.take_chat(reply.status_code, reply.text)
    data = json.dumps(shared.chat_body("Bye"))
    reply = session.request("POST", shared.chat_url(), data=data, headers=shared.chat_headers())  # CALL
    shared.take_chat(reply.status_code, reply.content.decode())


def case_streamed():
    for coding in ["", "[sim:gzip]", "[sim:deflate]", "[sim:close]"]:
        ask_streamed(f"{coding} Grüße 😀")
    with session.post(shared.chat_url(), **request("Hello", stream=True), stream=True) as reply:  # CALL
        shared.take_chat_stream(reply.status_code, b"".join(reply.iter_content(20)).decode())
    with session.post(shared.chat_url(), **request("Bye", stream=True), stream=True) as reply:  # CALL
        shared.take_chat_stream(reply.status_code, reply.raw.read().decode())
    # A stream that the client reads whole, as one text.
    reply = session.post(shared.chat_url(), **request("Again", stream=True))  # CALL
    shared.take_chat_stream(reply.status_code, reply.content.decode())


def case_tool_call():
    ask("[sim:tools] Weather?", tools=shared.TOOLS)


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=shared.TOOLS)


def case_error():
    for status in [429, 400, 500]:
        ask(f"[sim:error={status}]")
    try:
        session.post(shared.chat_url(), **request("[sim:error=404]")).raise_for_status()  # CALL
    except requests.HTTPError as error:
        shared.show_error(error, error.response.status_code)
        shared.expect("error", error.response.status_code)
    got = []
    try:
        sent = request("[sim:cut=body]", stream=True)
        with session.post(shared.chat_url(), **sent, stream=True) as reply:  # CALL
            for line in reply.iter_lines(chunk_size=1):
                got.append(line.decode())
    except requests.exceptions.ChunkedEncodingError as error:
        shared.show_error(error)
        shared.take_chat_stream(reply.status_code, "\n".join(got), is_whole=False)


def case_retry():
    for attempt in range(2):
        ask("[sim:flaky] Hello", attempt)
    retry = Retry(total=1, status_forcelist=[429], allowed_methods=None, respect_retry_after_header=False)
    for scheme in ["http://", "https://"]:
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    try:
        session.post(shared.chat_url(), **request("[sim:error=429]"))  # CALL
    except requests.exceptions.RetryError as error:
        shared.show(type(error).__name__)
        for _ in range(2):
            shared.expect("error", 429)


def case_early_break():
    got = []
    with session.post(shared.chat_url(), **request("[sim:drip=50]", stream=True), stream=True) as reply:  # CALL
        for line in reply.iter_lines(chunk_size=1):
            got.append(line.decode())
            if len(got) == 4:
                break
    shared.take_chat_stream(reply.status_code, "\n".join(got), is_whole=False)


if __name__ == "__main__":
    shared.run(globals())
