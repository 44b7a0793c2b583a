# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What Python does with the bytes of a streamed chat completion, with `json` and with `orjson`.

Two measures, as megabytes a second over the whole file:
`loads`: only the parser, over payloads cut out beforehand: no framing, no assembly, no record;
`job`: what the core does: cut the lines, parse each payload, gather the text, write a line of JSON.
"""
import json
import sys
import time


def best(seconds, body):
    end = time.perf_counter() + seconds
    shortest = float("inf")
    while True:
        start = time.perf_counter()
        body()
        now = time.perf_counter()
        shortest = min(shortest, now - start)
        if now > end:
            return shortest


def record(body, loads, dumps):
    """The least a recorder has to do: nothing is validated beyond the JSON, nothing redacted."""
    words, arguments, finish, usage, model, events = [], {}, None, None, None, 0
    for line in body.split(b"\n"):
        if not line.startswith(b"data:"):
            continue
        payload = line[5:].strip()
        if payload == b"[DONE]":
            break
        event = loads(payload)
        events += 1
        model = event.get("model") or model
        usage = event.get("usage") or usage
        for choice in event.get("choices") or ():
            delta = choice.get("delta", {})
            content = delta.get("content")
            if content:
                words.append(content)
            for call in delta.get("tool_calls") or ():
                arguments.setdefault(call["index"], []).append(call["function"]["arguments"])
            finish = choice.get("finish_reason") or finish
    return dumps(
        {"output": [{"content": "".join(words), "finish_reason": finish}], "usage": usage, "model": model,
         "tool_calls": ["".join(pieces) for pieces in arguments.values()], "events": events})


def main():
    path, seconds = sys.argv[1], float(sys.argv[2])
    with open(path, "rb") as file:
        body = file.read()
    payloads = [line[6:] for line in body.split(b"\n") if line.startswith(b"data: {")]

    def all_payloads(loads):
        for payload in payloads:
            loads(payload)

    parsers = {"json": (json.loads, json.dumps)}
    try:
        import orjson
    except ImportError:
        pass
    else:
        parsers["orjson"] = (orjson.loads, orjson.dumps)
    report = {}
    for name, (loads, dumps) in parsers.items():
        report[f"{name}_loads"] = len(body) / 1e6 / best(seconds, lambda: all_payloads(loads))
        report[f"{name}_job"] = len(body) / 1e6 / best(seconds, lambda: record(body, loads, dumps))
    print(json.dumps(report))


main()
