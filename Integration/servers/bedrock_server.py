# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""A small simulator of Bedrock's runtime: Converse, plain and as an AWS event stream.

Prints its port and serves until it is ended. What it answers depends on the request alone; directives in the prompt are
those of the project's simulator.
"""

import json
import re
import struct
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CALLS = [("get_weather", {"city": "Zürich", "days": 3}), ("get_time", {"zone": "Europe/Zurich", "offset": -1.5})]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def date_time_string(self, timestamp=None):
        # The same request gets the same answer.
        return "Tue, 14 Nov 2023 22:13:20 GMT"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        prompt = json.loads(body)["messages"][-1]["content"][0]["text"]
        directives = dict(re.findall(r"\[sim:([a-z]+)=?(\w*)\]", prompt))
        self.request_id = f"req-{zlib.crc32(body):08x}"
        if "error" in directives:
            return self.refuse(int(directives["error"]))
        # boto3 tells which try this is.
        if "flaky" in directives and "attempt=1" in self.headers.get("amz-sdk-request", ""):
            return self.refuse(429)
        answer = Answer(prompt, "tools" in directives)
        if self.path.endswith("/converse"):
            return self.send(200, "application/json", json.dumps(answer.whole).encode())
        self.stream(answer.events, int(directives.get("drip", "0")) / 1000, directives.get("cut") == "body")

    def refuse(self, status):
        kind = {400: "ValidationException", 429: "ThrottlingException"}.get(status, "InternalServerException")
        body = json.dumps({"message": "The simulator refuses."}).encode()
        self.send(status, "application/json", body, ("x-amzn-ErrorType", kind))

    def send(self, status, kind, body, *fields):
        self.send_head(status, kind, ("Content-Length", str(len(body))), *fields)
        self.wfile.write(body)

    def send_head(self, status, kind, *fields):
        self.send_response(status)
        for name, value in [("Content-Type", kind), ("x-amzn-RequestId", self.request_id), *fields]:
            self.send_header(name, value)
        self.end_headers()

    def stream(self, events, pause, cuts):
        self.send_head(200, "application/vnd.amazon.eventstream", ("Transfer-Encoding", "chunked"))
        try:
            for name, payload in events[: len(events) // 2 if cuts else None]:
                message = event_message(name, json.dumps(payload).encode())
                self.wfile.write(b"%x\r\n%s\r\n" % (len(message), message))
                time.sleep(pause)
            if cuts:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")
        except ConnectionError:
            self.close_connection = True


class Answer:
    def __init__(self, prompt, calls_tools):
        text = "" if calls_tools else f'You said: {prompt} — Grüße aus Zürich 😀, "quoted" and\na second line.'
        calls = CALLS if calls_tools else []
        stop = "tool_use" if calls_tools else "end_turn"
        usage = {"inputTokens": 5 + len(prompt), "outputTokens": 3 + len(text)}
        usage["totalTokens"] = sum(usage.values())
        content = [{"text": text}] if text else []
        events = [("messageStart", {"role": "assistant"})]
        for piece in re.findall(r"(?s).{1,7}", text):
            events.append(("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": piece}}))
        if text:
            events.append(("contentBlockStop", {"contentBlockIndex": 0}))
        for index, (name, arguments) in enumerate(calls):
            use = {"toolUseId": f"tooluse_{index}", "name": name}
            content.append({"toolUse": use | {"input": arguments}})
            events.append(("contentBlockStart", {"contentBlockIndex": index, "start": {"toolUse": use}}))
            for piece in re.findall(r".{1,5}", json.dumps(arguments)):
                delta = {"toolUse": {"input": piece}}
                events.append(("contentBlockDelta", {"contentBlockIndex": index, "delta": delta}))
            events.append(("contentBlockStop", {"contentBlockIndex": index}))
        events.append(("messageStop", {"stopReason": stop}))
        events.append(("metadata", {"usage": usage, "metrics": {"latencyMs": 12}}))
        self.events = events
        self.whole = {
            "output": {"message": {"role": "assistant", "content": content}},
            "stopReason": stop,
            "usage": usage,
            "metrics": {"latencyMs": 12},
        }


def event_message(name, payload):
    """One message of `application/vnd.amazon.eventstream`: lengths and checksums around headers and payload."""
    fields = [(":event-type", name), (":content-type", "application/json"), (":message-type", "event")]
    headers = b"".join(
        # Seven is the type of a string.
        bytes([len(key)]) + key.encode() + b"\7" + struct.pack(">H", len(value)) + value.encode()
        for key, value in fields
    )
    prelude = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()
