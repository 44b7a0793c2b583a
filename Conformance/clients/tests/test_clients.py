# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Tests the making of an oracle and of changed exchanges, on exchanges that are written here."""

import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import mutate
import oracle

try:
    import anthropic
    import openai
except ImportError:
    anthropic = openai = None


def exchange(number, url, body, status=200, streaming="no"):
    kind = "text/event-stream" if streaming == "sse" else "application/json"
    return {
        "id": number, "url": url, "status": status, "streaming": streaming, "response_body": body,
        "response_body_encoding": "text", "response_headers": [["Content-Type", kind], ["Content-Encoding", "br"]],
    }


CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Rom"}'}}
PLAIN = exchange("plain", "https://api.openai.com/v1/chat/completions", json.dumps({
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-x",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "tool_calls": [CALL]}, "finish_reason": "tool_calls"},
        {"index": 1, "message": {"role": "assistant", "content": "Ciao è"}, "finish_reason": "stop"},
    ],
    "usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12,
              "prompt_tokens_details": {"cached_tokens": 3}},
}))

EVENTS = [
    {"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-x", "content": [], "stop_reason": None,
        "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1, "cache_read_input_tokens": 4}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Guten "}},
    {"type": "ping"},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Tag 😀"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "stop_sequence", "stop_sequence": "!"},
     "usage": {"output_tokens": 6}},
    {"type": "message_stop"},
]
STREAMED = exchange(
    "streamed", "https://api.anthropic.com/v1/messages", streaming="sse",
    body="".join(f"event: {event['type']}\r\ndata: {json.dumps(event)}\r\n\r\n" for event in EVENTS))

ERROR = exchange("error", "https://api.openai.com/v1/responses", status=429, body=json.dumps(
    {"error": {"type": "rate_limit", "code": "slow_down", "message": "Slow down.", "param": None}}))
CUT = exchange("cut", PLAIN["url"], '{"id": "chatcmpl-2", "choi')
OTHER = exchange("other", "https://api.openai.com/v1/embeddings", "{}")


@unittest.skipIf(openai is None, "openai and anthropic are not installed: `make oracle` makes an environment with them")
class OracleTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.counts, cls.lines = oracle_of([PLAIN, STREAMED, ERROR, CUT, OTHER])

    def test_a_plain_reply_is_read_with_all_its_choices(self):
        line = self.lines["plain"]
        self.assertEqual(line["texts"], ["", "Ciao è"])
        self.assertEqual(line["finish_reasons"], ["tool_calls", "stop"])
        self.assertEqual(line["tool_calls"], [
            {"id": "call_1", "name": "get_weather", "arguments": '{"city": "Rom"}', "kind": "function"}])
        self.assertEqual(
            line["usage"], {"input": 7, "output": 5, "cached": 3, "cache_write": None, "reasoning": None})
        self.assertEqual((line["model"], line["response_id"], line["error"]), ("gpt-x", "chatcmpl-1", None))

    def test_a_stream_is_accumulated(self):
        line = self.lines["streamed"]
        self.assertEqual((line["text"], line["streaming"], line["api"]), ("Guten Tag 😀", "sse", "messages"))
        self.assertEqual((line["finish_reasons"], line["stop_sequence"]), (["stop_sequence"], "!"))
        self.assertEqual(
            line["usage"], {"input": 9, "output": 6, "cached": 4, "cache_write": None, "reasoning": None})

    def test_an_error_of_the_provider_is_told(self):
        self.assertNotIn("exclude", self.lines["error"])
        self.assertEqual(
            self.lines["error"]["error"],
            {"status": 429, "type": "rate_limit", "code": "slow_down", "message": "Slow down."})

    def test_a_reply_that_the_client_cannot_read_is_excluded_with_the_reason(self):
        self.assertIn("JSONDecodeError", self.lines["cut"]["exclude"])
        self.assertNotIn("text", self.lines["cut"])

    def test_another_api_has_no_line(self):
        self.assertNotIn("other", self.lines)
        written, excluded, passed_over = self.counts
        self.assertEqual((written, excluded.total(), passed_over.total()), (4, 1, 1))


class MutateTests(unittest.TestCase):
    def test_the_same_seed_makes_the_same_exchanges(self):
        self.assertEqual(changed(1), changed(1))
        self.assertNotEqual(changed(1), changed(2))

    def test_what_is_changed_is_still_of_its_form(self):
        for exchange in changed(3):
            if exchange["id"].startswith("plain~"):
                json.loads(exchange["response_body"])
            else:
                self.assertTrue(mutate.parsed_events(exchange["response_body"]))

    def test_a_delta_is_told_in_two_events_without_loss(self):
        for seed in range(20):
            events = mutate.parsed_events(STREAMED["response_body"])
            mutate.Mutator(seed).split_delta(events, 0)
            self.assertEqual(len(events), len(EVENTS) + 1)
            texts = [event["delta"]["text"] for _, event in events if event["type"] == "content_block_delta"]
            self.assertEqual("".join(texts), "Guten Tag 😀")


def oracle_of(exchanges):
    """What `write_oracle` counts, and its lines by id, by way of files under gzip."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = f"{folder}/corpus.jsonl.gz", f"{folder}/oracle.jsonl.gz"
        with oracle.corpus.open_lines(source, "wt") as out:
            out.writelines(json.dumps(each) + "\n" for each in exchanges)
        counts = oracle.write_oracle(source, target)
        with oracle.corpus.open_lines(target, "rt") as lines:
            return counts, {line["id"]: line for line in map(json.loads, lines)}


def changed(seed):
    mutator = mutate.Mutator(seed)
    return [mutator.exchange(each, number) for each in (PLAIN, STREAMED) for number in range(1, 51)]


if __name__ == "__main__":
    unittest.main()
