# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""A chat provider on loopback that answers at once: the shape of the answer is the query of the target."""
import asyncio
import json
import os
import sys

sys.dont_write_bytecode = True


def completion(text):
    return json.dumps({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "gpt-4o-mini-2024-07-18",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 200, "total_tokens": 500},
    }).encode()


def chunk(text, finish=None):
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    fields = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000,
        "model": "gpt-4o-mini-2024-07-18", "choices": [choice],
    }
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def whole(body):
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


def streamed(pieces):
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


ANSWERS = {
    b"2k": whole(completion("All work and no play. " * 75)),
    b"1m": whole(completion("Grüße aus Zürich, \"quoted\". " * 32000)),
    b"stream": streamed([chunk(f"word {number} ") for number in range(199)] + [chunk("", "stop"), b"data: [DONE]\n\n"]),
}


class Connection(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.received = transport, b""

    def data_received(self, data):
        self.received += data
        while True:
            head, blank, rest = self.received.partition(b"\r\n\r\n")
            if not blank:
                return
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line[15:])
            if len(rest) < length:
                return
            self.received = rest[length:]
            self.transport.write(ANSWERS[head.split(b" ", 2)[1].partition(b"?")[2]])


async def main():
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if os.cpu_count() > 1 and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {1})
asyncio.run(main())
