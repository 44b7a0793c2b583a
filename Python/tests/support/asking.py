# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""For the programs of the tests: asks the provider that the environment names, by http.client."""

import http.client
import json
import os

HOST = os.environ.get("TEST_PROVIDER", "")


def body(prompt, **more):
    return json.dumps({"model": "simulated-1", "messages": [{"role": "user", "content": prompt}], **more}).encode()


def start(prompt, path="/v1/chat/completions", headers=None, **more):
    """The response, its body unread."""
    connection = http.client.HTTPConnection(HOST, timeout=30)
    headers = {"Content-Type": "application/json", "Authorization": "Bearer sk-test-0000000000000000", **(headers or {})}
    connection.request("POST", path, body(prompt, **more), headers)
    return connection.getresponse()


def ask(prompt, **more):
    """What the provider says, as an application reads it."""
    return json.loads(start(prompt, **more).read())["choices"][0]["message"]["content"]
