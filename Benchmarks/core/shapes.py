# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What is measured: the fixtures as a corpus, and bodies of known shape and any size, with words of this project."""
import base64
import json
from pathlib import Path

FRAMINGS = {".sse": "sse", ".eventstream": "aws-eventstream", ".ndjson": "ndjson"}


def exchange(**members):
    """A line of a corpus; docs/conformance.md has the form."""
    for side in ("request", "response"):
        body = members.pop(side)
        members[f"{side}_body"] = base64.b64encode(body).decode()
        members[f"{side}_body_encoding"] = "base64"
    return json.dumps(members) + "\n"


def write_fixtures(folder, path):
    """Each fixture as an exchange; the API is what its record says."""
    with open(path, "w") as corpus:
        for case in sorted(path.parent for path in Path(folder).glob("*/*/expected.jsonl")):
            record = json.loads((case / "expected.jsonl").read_text())
            meta = json.loads((case / "meta.json").read_text()) if (case / "meta.json").exists() else {}
            files = {side: next(iter(case.glob(f"{side}.*")), None) for side in ("request", "response")}
            framing = FRAMINGS.get(files["response"].suffix, "no") if files["response"] else "no"
            if framing == "no" and "stream" in record:
                framing = "json-array"
            corpus.write(exchange(
                id=f"{case.parent.name}/{case.name}", provider=record["provider"], api=record["api"], streaming=framing,
                method=meta.get("method", "POST"), url=record["url"],
                request_headers=list(meta.get("requestHeaders", {}).items()), status=meta.get("status", 200),
                response_headers=list(meta.get("responseHeaders", {}).items()),
                **{side: file.read_bytes() if file else b"" for side, file in files.items()}))
    return path


WORDS = [
    "The", " river", " was", " wide", ",", " and", ' "no', ' one"', " had", " crossed", " it", " since", " the",
    " Br\u00fccke", " fell", ".\n", " \u6a4b", " caf\u00e9",
]
#: What clients and providers send beside the bodies, as a rule.
REQUEST_FIELDS = [
    ["Host", "api.example"], ["Accept-Encoding", "gzip, deflate, br, zstd"], ["Connection", "keep-alive"],
    ["Accept", "application/json"], ["Content-Type", "application/json"], ["User-Agent", "OpenAI/Python 1.97.0"],
    ["X-Stainless-Lang", "python"], ["X-Stainless-Runtime-Version", "3.12.3"],
    ["Authorization", "Bearer sk-bench-0123456789abcdef"],
]
RESPONSE_FIELDS = [
    ["Date", "Thu, 20 Nov 2025 10:00:00 GMT"], ["Connection", "keep-alive"], ["openai-processing-ms", "412"],
    ["x-ratelimit-limit-requests", "10000"], ["x-ratelimit-remaining-requests", "9999"], ["x-request-id", "req_bench"],
    ["Server", "cloudflare"], ["CF-RAY", "9a1b2c3d4e5f-FRA"],
]
SENTENCE = 'The river was wide, and "no one" had crossed it since the Br\u00fccke fell.\n'


def compact(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def chat_event(delta, number=None, **more):
    """An event of a streamed chat completion; with a number also a padding of changing length, as OpenAI has it."""
    event = {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG", "object": "chat.completion.chunk", "created": 1750000000,
        "model": "gpt-4o-mini-2024-07-18", "service_tier": "default", "system_fingerprint": "fp_06737a9306",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}], **more}
    if number is not None:
        event |= {"usage": None, "obfuscation": "kQ2vX9bTz7LmR4wYc1Hf"[:1 + number * 7 % 19]}
    return b"data: " + compact(event) + b"\n\n"


CHAT_USAGE = {"prompt_tokens": 12, "completion_tokens": 9, "total_tokens": 21}
CHAT_BEGIN = chat_event({"role": "assistant", "content": "", "refusal": None})
CHAT_END = chat_event({}, usage=CHAT_USAGE) + b"data: [DONE]\n\n"


def chat_even(number):
    return chat_event({"content": WORDS[number % len(WORDS)]})


def chat_padded(number):
    return chat_event({"content": WORDS[number % len(WORDS)]}, number)


def chat_mixed(number):
    return chat_arguments(number) if number % 5 == 4 else chat_padded(number)


def chat_arguments(number):
    call = {"index": 0, "function": {"arguments": WORDS[number % len(WORDS)]}}
    return chat_event({"tool_calls": [call]}, number)


def messages_event(number):
    delta = {"type": "text_delta", "text": WORDS[number % len(WORDS)]}
    event = {"type": "content_block_delta", "index": 0, "delta": delta}
    return b"event: content_block_delta\ndata: " + compact(event) + b"\n\n"


def responses_event(number):
    event = {
        "type": "response.output_text.delta", "sequence_number": number, "item_id": "msg_67c9fdcf37fc8190ba82116e33fb28c5",
        "output_index": 0, "content_index": 0, "delta": WORDS[number % len(WORDS)], "logprobs": [],
        "obfuscation": "kQ2vX9bTz7LmR4wYc1Hf"[:1 + number * 7 % 19]}
    return b"event: response.output_text.delta\ndata: " + compact(event) + b"\n\n"


def gemini_event(number):
    part = {"text": "".join(WORDS[(number + shift) % len(WORDS)] for shift in range(12))}
    usage = {"promptTokenCount": 12, "candidatesTokenCount": 12 * number, "totalTokenCount": 12 * number + 12}
    event = {
        "candidates": [{"content": {"parts": [part], "role": "model"}, "index": 0}], "usageMetadata": usage,
        "modelVersion": "gemini-2.5-flash", "responseId": "mrNvaMbLJd6zvdIPq6ywuAg"}
    return b"data: " + compact(event) + b"\r\n\r\n"


def stream(event, count, begin=b"", end=b""):
    return begin + b"".join(event(number) for number in range(count)) + end


def chat_answer(text):
    message = {"role": "assistant", "content": text, "refusal": None, "annotations": []}
    return compact({
        "id": "chatcmpl-bench", "object": "chat.completion", "created": 1750000000, "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}], "usage": CHAT_USAGE})


def conversation(count):
    """A request with so many messages, the calls of tools among them, and twenty tools."""
    messages = []
    for number in range(count):
        call = {"name": "look", "arguments": compact({"word": number, "where": "river"}).decode()}
        calls = [{"id": f"call_{number}", "type": "function", "function": call}]
        messages += [
            {"role": "user", "content": SENTENCE * 6}, {"role": "assistant", "content": None, "tool_calls": calls},
            {"role": "tool", "tool_call_id": f"call_{number}", "content": compact({"found": SENTENCE * 4}).decode()},
        ]
    word = {"type": "string", "description": SENTENCE}
    schema = {"type": "object", "properties": {"word": word, "where": word}, "required": ["word"]}
    tools = [
        {"type": "function", "function": {"name": f"look_{number}", "description": SENTENCE, "parameters": schema}}
        for number in range(20)]
    return compact({"model": "gpt-4o-mini", "messages": messages, "tools": tools, "temperature": 0.2})


def embeddings(count):
    vectors = [
        {"object": "embedding", "index": index, "embedding": [((n * 7919 + index) % 200003 - 1e5) / 3e6 for n in range(1536)]}
        for index in range(count)]
    return compact({"object": "list", "data": vectors, "model": "text-embedding-3-small", "usage": CHAT_USAGE})


def write_made(path):
    """Bodies of the common shapes in common sizes, each a group of its own."""
    question = compact({"model": "m", "messages": [{"role": "user", "content": "Who crossed the river?"}]})
    chat, v1 = "chat/completions", "https://api.openai.com/v1/"
    sse, plain = "text/event-stream; charset=utf-8", "application/json"
    gemini = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    contents = compact({"contents": [{"role": "user", "parts": [{"text": "Who crossed the river?"}]}]})
    short = chat_answer(SENTENCE * 20)
    made = [
        ("chat, 2 KB", plain, v1 + chat, question, short),
        ("chat, a conversation of 100 KB, answered by 2 KB", plain, v1 + chat, conversation(80), short),
        ("chat, 100 KB", plain, v1 + chat, question, chat_answer(SENTENCE * 1300)),
        ("embeddings, 8 of 1,536 numbers", plain, v1 + "embeddings", compact({"model": "m", "input": ["a"] * 8}), embeddings(8)),
        ("chat, 30 KB: events differ in text and padding", sse, v1 + chat, question,
         stream(chat_padded, 100, CHAT_BEGIN, CHAT_END)),
        ("chat, 1 MB: events differ in their text only", sse, v1 + chat, question,
         stream(chat_even, 4000, CHAT_BEGIN, CHAT_END)),
        ("chat, 1 MB: events differ in text and padding", sse, v1 + chat, question,
         stream(chat_padded, 3500, CHAT_BEGIN, CHAT_END)),
        ("chat, 1 MB: every fifth event is a tool's", sse, v1 + chat, question,
         stream(chat_mixed, 3500, CHAT_BEGIN, CHAT_END)),
        ("chat, 1 MB: all events are a tool's", sse, v1 + chat, question,
         stream(chat_arguments, 3500, CHAT_BEGIN, CHAT_END)),
        ("messages, 1 MB", sse, "https://api.anthropic.com/v1/messages", question, stream(messages_event, 8000)),
        ("responses, 1 MB", sse, v1 + "responses", compact({"model": "m", "input": "Who?"}), stream(responses_event, 3500)),
        ("gemini, 1 MB", sse, gemini, contents, stream(gemini_event, 3000)),
    ]
    with open(path, "w") as corpus:
        for number, (name, kind, url, request, response) in enumerate(made):
            corpus.write(exchange(
                id=name, provider=f"{number:02}", api=name, streaming="sse" if kind == sse else "no", method="POST", url=url,
                request_headers=REQUEST_FIELDS + [["Content-Length", str(len(request))]], status=200,
                response_headers=RESPONSE_FIELDS + [["Content-Type", kind]], request=request, response=response))
    return path


class Large:
    """A response of any size that is never whole in one place."""

    def __init__(self, name, content_type, begin, middle, end):
        self.name, self.content_type = name, content_type
        self.begin, self.middle, self.end = begin, middle, end

    def pieces(self, megabytes):
        yield self.begin
        for _ in range(round(megabytes * 1e6 / len(self.middle))):
            yield self.middle
        yield self.end


ANSWER_BEGIN, ANSWER_END = chat_answer("|").split(b"|")
LARGE = [
    Large("stream", "text/event-stream", CHAT_BEGIN, stream(chat_mixed, 350), CHAT_END),
    Large("JSON", "application/json", ANSWER_BEGIN, compact(SENTENCE * 1300)[1:-1], ANSWER_END),
]
