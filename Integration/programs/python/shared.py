# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""What all programs of the matrix share: when the SDK starts, what is printed, what is expected on disk.

A program has a function per case (`case_plain`, ...), where that is not below, and marks the lines that call a model with `# CALL`.
"""

import asyncio
import contextvars
import functools
import json
import os
from concurrent.futures import ThreadPoolExecutor

CASE = os.environ["TRAINLOOP_MATRIX_CASE"]
BASE = os.environ["TRAINLOOP_MATRIX_BASE"]
ANTHROPIC_BASE = os.environ["TRAINLOOP_MATRIX_ANTHROPIC_BASE"]
LIBRARY = os.environ["TRAINLOOP_MATRIX_LIBRARY"]
KEY = os.environ["TRAINLOOP_MATRIX_KEY"]
CHAT_MODEL = "gpt-4o-mini"
CHAT_URL = f"{BASE}/v1/chat/completions"
# Where the machine is busy, a connection or a large body takes longer than the five seconds that clients wait by themselves.
SECONDS = 60

PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOLS = [{"type": "function", "function": {"name": n, "parameters": PARAMETERS}} for n in ("get_weather", "get_time")]

# The cases that start the SDK after the library is there.
LATE_CASES = {"pre-imported", "pre-built", "under-pytest", "under-unittest"}

_sdk = None
# What the user says in the call that is under way; each thread and task has its own.
_asked = contextvars.ContextVar("asked", default=None)
_concurrent = contextvars.ContextVar("concurrent", default=False)
_main_lines = []
# A list per thread and task, so that what they print has the same order in each run.
_lines = contextvars.ContextVar("lines", default=_main_lines)


def collect():
    """Starts the SDK once, in the run that has it."""
    global _sdk
    if _sdk is None and os.environ.get("TRAINLOOP_MATRIX_SDK") == "1":
        import trainloop_llm_logging

        _sdk = trainloop_llm_logging
        _sdk.collect(flush_immediately=True)


def before_import():
    """To be called before a program imports its library."""
    if CASE not in LATE_CASES:
        collect()


def run(program):
    """Runs the case of a program, given the names of its module."""
    build = program.get("build", lambda: None)
    if CASE == "pre-built":
        build()
        collect()
    else:
        collect()
        build()
    try:
        for case in [CASE] if find(CASE, program) else ["plain", "streamed"]:
            find(case, program)()
    finally:
        report()
        print("\n".join(line for line in _main_lines if isinstance(line, str)))
    print("EXPECT", json.dumps([line for line in _main_lines if not isinstance(line, str)]), flush=True)


def report():
    """Says what the SDK has seen, for the runner to tell the cause of what is missing."""
    file = os.environ.get("TRAINLOOP_MATRIX_STATS")
    if not file:
        return
    if not _sdk:
        found = {"collecting": False}
    else:
        _sdk.flush()
        found = {"collecting": _sdk.is_collecting(), **_sdk.stats()._asdict()}
    with open(file, "w") as out:
        json.dump(found, out)


def find(case, program):
    """The function of a case: the program's own, or what is the same for all of them; None when there is neither."""
    name = "case_" + case.replace("-", "_")
    if name in program or name not in globals():
        return program.get(name)
    return functools.partial(globals()[name], program["ask"], program["ask_streamed"])


def show(value):
    """Prints what the application got."""
    if hasattr(value, "model_dump_json"):
        value = value.model_dump_json()
    elif not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, sort_keys=True, default=repr)
    _lines.get().append(value)


def show_error(error, status=None):
    show(f"{type(error).__name__} {status} {error}")


def asked(prompt):
    """Notes the prompt of the next call, for its record must hold it; returns it."""
    _asked.set(prompt)
    return prompt


def expect(status="ok", http=200, **more):
    """Says what one exchange's record must hold; what is None is not reported by the library."""
    entry = {"status": status, "http": http, "input": _asked.get(), **more}
    _asked.set(None)
    if _concurrent.get():
        entry["mayLackLocation"] = True
    _lines.get().append({key: value for key, value in entry.items() if value is not None})


def in_threads(function, *arguments):
    def own(argument):
        lines = []
        _lines.set(lines)
        _concurrent.set(True)
        function(argument)
        return lines

    with ThreadPoolExecutor(len(arguments)) as pool:
        for lines in pool.map(own, arguments):
            _lines.get().extend(lines)


def in_fork(function, *arguments):
    """Calls in children of this process, one after the other, that end without Python's own clean-up."""
    for argument in arguments:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _main_lines.clear()
            function(argument)
            with os.fdopen(writing, "w") as out:
                json.dump(_main_lines, out)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as lines:
            _main_lines.extend(json.load(lines))
        os.waitpid(child, 0)


async def gather(*work):
    async def own(work):
        lines = []
        _lines.set(lines)
        _concurrent.set(True)
        await work
        return lines

    for lines in await asyncio.gather(*map(own, work)):
        _lines.get().extend(lines)


# The cases that are the same for all libraries, of a program's own `ask(prompt)` and `ask_streamed(prompt)`.

LARGE_PROMPT = "[sim:bytes=2500000] " + "long " * 200_000


def case_smoke(ask, ask_streamed):
    ask("Say hello.", max_tokens=16)
    ask_streamed("Say hello.", max_tokens=16)


def case_threads(ask, ask_streamed):
    in_threads(ask, "One", "Two", "Three")
    in_threads(ask_streamed, "[sim:drip=5] One", "[sim:drip=5] Two", "[sim:drip=5] Three")


def case_large_body(ask, ask_streamed):
    ask(LARGE_PROMPT)


def case_fork(ask, ask_streamed):
    in_fork(ask, "One", "Two")


# For the clients that know no provider: OpenAI's chat by hand.


def chat_url():
    # A key in the query, too, which must reach no record; a true one stays where it belongs.
    query = f"?key={KEY}" if "canary" in KEY else ""
    return f"{CHAT_URL}{query}"


def chat_headers(attempt=0):
    return {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        "x-stainless-retry-count": str(attempt),
    }


def chat_body(prompt, **more):
    body = {"model": CHAT_MODEL, "messages": [{"role": "user", "content": asked(prompt)}], **more}
    if body.get("stream"):
        body["stream_options"] = {"include_usage": True}
    return body


def tool_calls(calls):
    """The calls of a chat's message, as records hold them."""
    return [
        {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
        for call in calls or []
    ]


def take_chat(status, text):
    """Prints and expects a plain reply by its bytes."""
    show(f"{status} {text}")
    if status != 200:
        return expect("error", status, model=CHAT_MODEL, url=CHAT_URL)
    reply = json.loads(text)
    choice = reply["choices"][0]
    expect(
        http=status,
        text=choice["message"]["content"] or "",
        toolCalls=tool_calls(choice["message"].get("tool_calls")),
        model=CHAT_MODEL,
        url=CHAT_URL,
        responseModel=reply["model"],
        inputTokens=reply["usage"]["prompt_tokens"],
        outputTokens=reply["usage"]["completion_tokens"],
        finishReason=choice["finish_reason"],
    )


def take_chat_stream(status, text, is_whole=True):
    """Prints and expects a streamed reply by its bytes, or as much of it as there is."""
    show(f"{status} {text}")
    said = ChatStream()
    for line in text.splitlines():
        if line.startswith("data: {"):
            said.take(json.loads(line[6:]))
    said.expect(status) if is_whole else said.expect_incomplete(status)


class ChatStream:
    """Gathers the chunks of a chat."""

    def __init__(self):
        self.text, self.calls, self.finish, self.model, self.usage = "", [], None, None, None

    def take(self, chunk):
        self.model = chunk["model"]
        self.usage = chunk.get("usage") or self.usage
        for choice in chunk["choices"]:
            self.text += choice["delta"].get("content") or ""
            for call in choice["delta"].get("tool_calls") or []:
                if call["index"] == len(self.calls):
                    self.calls.append({"function": {"name": call["function"]["name"], "arguments": ""}})
                self.calls[call["index"]]["function"]["arguments"] += call["function"]["arguments"] or ""
            self.finish = choice.get("finish_reason") or self.finish

    def expect(self, http=200, response_model=True):
        expect(
            http=http,
            text=self.text,
            toolCalls=tool_calls(self.calls),
            model=CHAT_MODEL,
            url=CHAT_URL,
            responseModel=self.model if response_model else None,
            inputTokens=self.usage and self.usage["prompt_tokens"],
            outputTokens=self.usage and self.usage["completion_tokens"],
            finishReason=self.finish,
        )

    def expect_incomplete(self, http=200):
        expect_incomplete(self.text, CHAT_MODEL, http)


def expect_incomplete(text, model=None, http=200):
    """Of a stream that ended early, the record may hold more than the application has read."""
    expect("incomplete", http, textPrefix=text, model=model)
