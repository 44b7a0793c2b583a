# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""http.client and urllib.request, which come with Python."""

import gzip
import json
import urllib.parse

import shared

shared.before_import()

import http.client  # noqa: E402
import urllib.error  # noqa: E402
import urllib.request  # noqa: E402

url = urllib.parse.urlsplit(shared.chat_url())
target = f"{url.path}?{url.query}"


def build():
    global connection
    is_secure = url.scheme == "https"
    connection = (http.client.HTTPSConnection if is_secure else http.client.HTTPConnection)(url.netloc)


def body(prompt, **more):
    return json.dumps(shared.chat_body(prompt, **more))


def ask(prompt, attempt=0, **more):
    connection.request("POST", target, body(prompt, **more), shared.chat_headers(attempt))  # CALL
    reply = connection.getresponse()  # CALL
    shared.take_chat(reply.status, reply.read().decode())


def ask_streamed(prompt, **more):
    connection.request("POST", target, body(prompt, stream=True, **more), shared.chat_headers())  # CALL
    reply = connection.getresponse()  # CALL
    shared.take_chat_stream(reply.status, b"".join(reply).decode())


def urllib_request(prompt, **more):
    return urllib.request.Request(shared.chat_url(), body(prompt, **more).encode(), shared.chat_headers())


def open_url(prompt):
    with urllib.request.urlopen(urllib_request(prompt)) as reply:  # CALL
        shared.take_chat(reply.status, reply.read().decode())


def case_plain():
    ask("Grüße 😀")
    # The connection is still open, and ends with the second of these.
    ask("[sim:close] Hello")
    ask("Again")
    headers = shared.chat_headers() | {"Accept-Encoding": "gzip"}
    connection.request("POST", target, body("[sim:gzip] Hello").encode(), headers)  # CALL
    reply = connection.getresponse()  # CALL
    shared.take_chat(reply.status, gzip.decompress(reply.read()).decode())
    # As libraries do that write a request by steps.
    data = body("By steps").encode()
    connection.putrequest("POST", target)  # CALL
    for name, value in (shared.chat_headers() | {"Content-Length": str(len(data))}).items():
        connection.putheader(name, value)
    connection.endheaders(data)  # CALL
    reply = connection.getresponse()  # CALL
    shared.take_chat(reply.status, reply.read().decode())
    open_url("Hello")


def case_streamed():
    ask_streamed("Grüße 😀")
    ask_streamed("[sim:close] Grüße 😀")

    def read_into(reply):
        space = bytearray(50)
        return b"".join(iter(lambda: bytes(space[: reply.readinto(space)]), b""))

    for read in [
        lambda reply: reply.read(),
        lambda reply: b"".join(iter(lambda: reply.read(50), b"")),
        lambda reply: b"".join(iter(lambda: reply.read1(50), b"")),
        lambda reply: b"".join(iter(reply.readline, b"")),
        read_into,
    ]:
        connection.request("POST", target, body("Hello", stream=True), shared.chat_headers())  # CALL
        reply = connection.getresponse()  # CALL
        shared.take_chat_stream(reply.status, read(reply).decode())
    with urllib.request.urlopen(urllib_request("Bye", stream=True)) as reply:  # CALL
        shared.take_chat_stream(reply.status, b"".join(reply).decode())


def case_tool_call():
    ask("[sim:tools] Weather?", tools=shared.TOOLS)


def case_streamed_tool_call():
    ask_streamed("[sim:tools] Weather?", tools=shared.TOOLS)


def case_error():
    for status in [429, 400, 500]:
        ask(f"[sim:error={status}]")
    try:
        open_url("[sim:error=404]")
    except urllib.error.HTTPError as error:
        shared.show_error(error, error.code)
        shared.take_chat(error.code, error.read().decode())
    got = []
    connection.request("POST", target, body("[sim:cut=body]", stream=True), shared.chat_headers())  # CALL
    reply = connection.getresponse()  # CALL
    try:
        # By readline a cut would look like an end.
        while line := reply.read(60):
            got.append(line)
    except http.client.IncompleteRead as error:
        shared.show_error(error)
        got.append(error.partial)
    shared.take_chat_stream(reply.status, whole_lines(b"".join(got)), is_whole=False)


def whole_lines(data):
    return data[: data.rfind(b"\n") + 1].decode()


def case_retry():
    for attempt in range(2):
        ask("[sim:flaky] Hello", attempt)


def case_early_break():
    connection.request("POST", target, body("[sim:drip=50]", stream=True), shared.chat_headers())  # CALL
    reply = connection.getresponse()  # CALL
    got = b"".join(reply.readline() for _ in range(4))
    reply.close()
    connection.close()
    shared.take_chat_stream(reply.status, got.decode(), is_whole=False)
    with urllib.request.urlopen(urllib_request("[sim:drip=50] Bye", stream=True)) as reply:  # CALL
        got = b"".join(reply.readline() for _ in range(4))
    shared.take_chat_stream(reply.status, got.decode(), is_whole=False)


def case_threads():
    shared.in_threads(open_url, "One", "Two", "Three")


def case_fork():
    shared.in_fork(open_url, "One", "Two")


if __name__ == "__main__":
    shared.run(globals())
