# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""A provider of OpenAI's chat, on loopback, for the tests: it answers every prompt with the prompt.

The path may ask for more: `/gzip/...`, `/deflate/...`, `/br/...`, `/zstd/...` for a coded body, `/hang/...` for none within
a minute, `/mute/...` to close without an answer, `/cut/...` to close in its midst, `/stall/...` to say nothing more from there on.
It is a proxy too, that answers itself: a whole URL, and what comes through a tunnel.
"""

import gzip
import importlib
import json
import threading
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Provider:
    def __init__(self):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        #: The headers of every request, as they came.
        self.headers = []
        self.server.provider = self
        self.has_ended = self.server.has_ended = threading.Event()
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.has_ended.set()
        self.server.shutdown()
        self.server.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_CONNECT(self):
        self.close_connection = False
        self.send_response(200)
        self.end_headers()

    def do_POST(self):
        self.server.provider.headers.append(self.headers)
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        prompt = request["messages"][-1]["content"]
        manner = self.path.split("/")[1]
        if manner == "hang":
            self.server.has_ended.wait(60)
        if manner in ("hang", "mute"):
            self.close_connection = True
            return
        if request.get("stream"):
            kind, body = "text/event-stream", b"".join(stream(prompt))
        else:
            kind, body = "application/json", json.dumps(answer(prompt)).encode()
        coding = CODINGS.get(manner)
        if coding is not None:
            body = coding(body)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if coding is not None:
            self.send_header("Content-Encoding", manner)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if manner in ("cut", "stall"):
            body = body[: len(body) // 2]
            self.close_connection = True
        self.wfile.write(body)
        if manner == "stall":
            self.server.has_ended.wait(60)


def answer(prompt):
    message = {"role": "assistant", "content": prompt}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "simulated-1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
    }


def stream(prompt):
    for word in [*prompt, None]:
        choice = {"index": 0, "delta": {"content": word} if word else {}, "finish_reason": None if word else "stop"}
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "simulated-1", "choices": [choice]}
        yield b"data: " + json.dumps(chunk).encode() + b"\n\n"
    yield b"data: [DONE]\n\n"


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: importlib.import_module("brotli").compress(body),
    "zstd": lambda body: importlib.import_module("zstandard").ZstdCompressor().compress(body),
}
