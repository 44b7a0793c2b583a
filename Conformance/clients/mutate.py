#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Makes a corpus of exchanges that nobody recorded: changed responses of one that was; see docs/conformance.md.

The same corpus, seed and count make the same exchanges. Of each response in JSON or in server-sent events there are
COUNT changed ones, `<id>~1` and so on; those of other forms are left out.
"""
import argparse
import copy
import json
import random
import sys
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import corpus

# Members that say which kind an object is: without them it is another object, which both sides read as they like.
KINDS = {"type", "role", "object", "event"}
# Members whose text goes on in the next event's.
CONTINUED = {"content", "text", "thinking", "partial_json", "arguments", "reasoning_content"}
TEXTS = ["é", "😀", "e\u0301", "\u2028", "\\", '"', "\n", "\t", "\x00", "</s>", "data: x", "\ufeff"]
VALUES = [None, 0, -1, 3.5, 1e300, 2**53 + 1, 2**63 - 1, 2**64, "", "0", [], {}, True]
# Stands at the end of a name that is to be there twice; JSON writes it as the escape below.
TWICE, TWICE_ESCAPED = "\x00twice", "\\u0000twice"


class Mutator:
    """Changes responses, by one source of chance."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def change_json(self, value):
        """Changes some members or elements anywhere in a value, in place."""
        for _ in range(self.random.choice([1, 1, 2, 3])):
            spots = list(spots_of(value))
            if spots:
                holder, key = self.random.choice(spots)
                self.change_spot(holder, key)

    def change_spot(self, holder, key):
        value, is_member = holder[key], isinstance(holder, dict)
        change = self.random.choice(["drop", "null", "twice", "unknown", "value", "value"])
        if change == "unknown" and is_member:
            holder["x_unknown"] = self.random.choice([*VALUES, {"text": "x", "type": "x"}])
        elif key in KINDS:
            return
        elif change == "drop" and is_member:
            del holder[key]
        elif change == "null":
            holder[key] = None
        elif change == "twice" and is_member:
            holder[key + TWICE] = copy.deepcopy(value)
        elif change == "twice":
            holder.insert(key, copy.deepcopy(value))
        elif isinstance(value, str):
            at = self.random.randint(0, len(value))
            holder[key] = value[:at] + self.random.choice(TEXTS) + value[at:]
        elif isinstance(value, (int, float)):
            holder[key] = self.random.choice(VALUES)

    def change_event(self, events):
        """Changes one of a stream's events, which are pairs of a name and a payload."""
        at = self.random.randrange(len(events))
        change = self.random.choice(["json", "json", "json", "drop", "repeat", "split", "split", "ping"])
        if change == "json":
            self.change_json(events[at][1])
        elif change == "drop":
            del events[at]
        elif change == "repeat":
            events.insert(at, copy.deepcopy(events[at]))
        elif change == "split":
            self.split_delta(events, at)
        elif change == "ping":
            events.insert(at, ["ping", {"type": "ping"}])

    def split_delta(self, events, start):
        """Tells the first text of a delta, at or after a place, in two events."""
        for at in range(start, len(events)):
            for holder, key in delta_texts(events[at][1]):
                second = copy.deepcopy(events[at])
                cut = self.random.randint(0, len(holder[key]))
                rest, other_key = next(delta_texts(second[1]))
                holder[key], rest[other_key] = holder[key][:cut], rest[other_key][cut:]
                events.insert(at + 1, second)
                return

    def plain(self, text):
        value = json.loads(text)
        self.change_json(value)
        return self.written(value, indent=self.random.choice([None, None, 2]))

    def streamed(self, text):
        events = parsed_events(text)
        if events:
            self.change_event(events)
        end = self.random.choice(["\n", "\n", "\r\n", "\r"])
        space = self.random.choice([" ", " ", ""])
        comments = self.random.random() < 0.2
        lines = []
        for name, payload in events:
            lines += [": keep-alive", ""] if comments and self.random.random() < 0.2 else []
            lines += [f"event:{space}{name}"] if name else []
            data = payload if isinstance(payload, str) else self.written(payload)
            lines += [f"data:{space}{line}" for line in data.split("\n")] + [""]
        return end.join([*lines, ""])

    def written(self, value, indent=None):
        compact = None if indent else self.random.choice([(",", ":"), (", ", ": ")])
        text = json.dumps(value, ensure_ascii=self.random.random() < 0.5, indent=indent, separators=compact)
        return text.replace(TWICE_ESCAPED, "")

    def exchange(self, exchange, number):
        """A changed copy of an exchange; None where its response is of another form."""
        text = exchange.get("response_body")
        if exchange.get("response_body_encoding") != "text" or not text:
            return None
        try:
            body = self.streamed(text) if corpus.is_streamed(exchange) else self.plain(text)
            body.encode()
        except (json.JSONDecodeError, UnicodeEncodeError):
            return None
        changed = {name: value for name, value in exchange.items() if name != "response_body_stored_b64"}
        fields = corpus.response_fields(exchange)
        return {**changed, "id": f"{exchange['id']}~{number}", "response_headers": fields, "response_body": body}


def spots_of(value):
    """Each member and element at any depth, as what holds it and its name or number."""
    if not isinstance(value, (dict, list)):
        return
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        yield from spots_of(value[key])


def delta_texts(payload):
    """The texts of an event that continue those of others: in `delta`, or `delta` itself."""
    for holder, key in spots_of(payload):
        if key == "delta" and isinstance(holder[key], str):
            yield holder, key
        elif key == "delta":
            for inner, name in spots_of(holder[key]):
                if name in CONTINUED and isinstance(inner[name], str):
                    yield inner, name


def parsed_events(text):
    """The events of a stream, each a list of its name or None and its payload, parsed where it is JSON."""
    events = []
    for block in text.replace("\r\n", "\n").replace("\r", "\n").split("\n\n"):
        fields = [line.partition(":")[::2] for line in block.split("\n")]
        name = next((value.strip() for field, value in fields if field == "event"), None)
        data = "\n".join(value.removeprefix(" ") for field, value in fields if field == "data")
        if name or data:
            events.append([name, json_or_text(data)])
    return events


def json_or_text(data):
    try:
        return json.loads(data)
    except json.JSONDecodeError:
        return data


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("corpus")
    parser.add_argument("mutated", help="the file to write")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1, help="changed responses of each")
    options = parser.parse_args()
    mutator, written = Mutator(options.seed), 0
    with corpus.open_lines(options.mutated, "wt") as out:
        for exchange in corpus.read_exchanges(options.corpus):
            for number in range(1, options.count + 1):
                changed = mutator.exchange(exchange, number)
                if changed:
                    print(json.dumps(changed), file=out)
                    written += 1
    print(f"{written} exchanges, seed {options.seed}")


if __name__ == "__main__":
    main()
