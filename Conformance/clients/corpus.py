# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Reads and writes the files of docs/conformance.md: one JSON object a line, under gzip where the name says so."""
import base64
import gzip
import json
import sys
import urllib.parse

# What an API's path ends in, for a corpus that does not name its APIs so.
PATH_ENDS = {"chat.completions": "/chat/completions", "responses": "/responses", "messages": "/v1/messages"}
# The corpus has bodies without their content codings and transfer codings.
CODING_FIELDS = {"content-encoding", "content-length", "transfer-encoding"}


def open_lines(path, mode):
    """A text file, to read or to write (`rt`, `wt`)."""
    return (gzip.open if str(path).endswith(".gz") else open)(path, mode, encoding="utf-8")


def read_exchanges(path):
    """The exchanges of a corpus; a line that is no JSON object with an id is named and passed over."""
    with open_lines(path, "rt") as lines:
        for number, line in enumerate(lines, 1):
            try:
                exchange = json.loads(line)
                exchange["id"]
            except (ValueError, TypeError, KeyError) as error:
                print(f"{path}:{number}: {error!r}; passed over", file=sys.stderr)
            else:
                yield exchange


def api(exchange):
    """`chat.completions`, `responses`, `messages`, or None for any other."""
    if exchange.get("api") in PATH_ENDS:
        return exchange["api"]
    path = urllib.parse.urlsplit(exchange.get("url") or "").path
    return next((name for name, end in PATH_ENDS.items() if path.endswith(end)), None)


def response_fields(exchange):
    """The header fields of the response, pairs, as they belong to its decoded body."""
    fields = exchange.get("response_headers") or []
    return [(name, value) for name, value in fields if name.lower() not in CODING_FIELDS]


def response_body(exchange):
    """The bytes of the response; none where the corpus has none."""
    body = exchange.get("response_body") or ""
    if exchange.get("response_body_encoding") == "base64":
        return base64.b64decode(body)
    return body.encode("utf-8", "surrogatepass")


def is_streamed(exchange):
    """True for server-sent events, by the corpus' word or the response's own."""
    types = [value for name, value in response_fields(exchange) if name.lower() == "content-type"]
    return exchange.get("streaming") == "sse" or any(value.startswith("text/event-stream") for value in types)
