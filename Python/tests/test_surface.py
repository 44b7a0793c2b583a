# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The public functions, as a program written for TrainLoop 0.9 uses them."""

import re

from conftest import PACKAGE

COLLECT = "import trainloop_llm_logging as tl; tl.collect(); from asking import ask, start\n"


def run(scene, program):
    outcome = scene.run(program)
    assert (outcome.code, outcome.stderr) == (0, ""), outcome
    return outcome.stdout


def test_a_program_written_for_0_9_runs_unchanged(scene):
    (scene.folder / "trainloop.config.yaml").write_text(
        "trainloop:\n  data_folder: ./data\n  host_allowlist: [127.0.0.1]\n  log_level: WARN\n  flush_immediately: false\n")
    for variable in ("TRAINLOOP_DATA_FOLDER", "TRAINLOOP_HOST_ALLOWLIST"):
        del scene.environment[variable]
    assert run(scene, """
from trainloop_llm_logging import collect, flush, trainloop_tag, HEADER_NAME
from trainloop_llm_logging.register import collect as same
assert collect is same
collect("trainloop.config.yaml", flush_immediately=False)
collect()
from asking import ask
ask("hello", headers={"X-Custom": "1", **trainloop_tag("checkout")})
flush()
print(HEADER_NAME, trainloop_tag("checkout"))
""") == "X-Trainloop-Tag {'X-Trainloop-Tag': 'checkout'}\n"
    [event] = scene.records("events")
    assert (event["tag"], event["output"]["content"]) == ("checkout", "hello")
    [headers] = scene.provider.headers
    assert headers["X-Custom"] == "1" and "X-Trainloop-Tag" not in headers


def test_uninstall_puts_back_every_method_and_collect_begins_anew(scene):
    assert run(scene, """
import http.client, sys
import multiprocessing
classes = [http.client.HTTPConnection, http.client.HTTPResponse, multiprocessing.Process]
before = [dict(vars(owner)) for owner in classes]
finders = list(sys.meta_path)
import trainloop_llm_logging as tl
from asking import ask
assert tl.stats() == (0, 0, 0, 0, 0, 0) and not tl.is_collecting()
for number in range(2):
    tl.collect()
    tl.collect()
    assert tl.is_collecting()
    ask(f"recorded {number}")
    print(tl.stats())
    tl.uninstall()
    tl.uninstall()
    assert not tl.is_collecting()
    ask("not recorded")
    tl.flush()
    assert [dict(vars(owner)) for owner in classes] == before and sys.meta_path == finders
""") == "Stats(seen=1, recorded=1, lost=0, unparsed=0, truncated=0, lost_media=0)\n" * 2
    assert scene.answers == ["recorded 0", "recorded 1"]


def test_under_trainloop_run_the_proxy_records_and_collect_does_nothing(scene):
    assert run(scene, "import os; os.environ['TRAINLOOP_RUN'] = '1'\n" + COLLECT + "ask('x'); print(tl.is_collecting())") \
        == "False\n"
    assert scene.records() == []


def test_other_hosts_are_left_alone(scene):
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "api.openai.com"
    assert run(scene, COLLECT + "print(ask('x'), tl.stats().seen)") == "x 0\n"
    assert not scene.data.exists()


def test_nothing_is_printed_logged_or_set_up_and_importing_loads_no_extension(scene):
    assert run(scene, """
import logging, os, sys
environment, loggers = dict(os.environ), sys.modules["logging"]
import trainloop_llm_logging as tl
assert "trainloop_llm_logging._trainloop" not in sys.modules
tl.collect()
from asking import ask
ask("x")
assert dict(os.environ) == environment
assert not logging.getLogger().handlers
""") == ""


def test_the_version_is_that_of_the_sources(scene):
    source = (PACKAGE.parent / "Sources/TrainLoopFront/TrainLoopVersion.swift").read_text()
    version = re.search(r'text = "(.+)"', source)[1]
    assert run(scene, "import trainloop_llm_logging as tl; print(tl.__version__)") == version + "\n"
    run(scene, COLLECT + "ask('x')")
    assert scene.records()[0]["capture"]["by"] == f"trainloop-python/{version}"


def test_bodies_of_every_kind_reach_the_server_as_they_would(scene):
    assert run(scene, COLLECT + """
import array, http.client, io, asking
body = asking.body("hello")
kinds = [body, bytearray(body), memoryview(body), array.array("B", body), io.BytesIO(body), io.StringIO(body.decode()),
         iter([body[:9], body[9:]]), [body]]
for kind in kinds:
    connection = http.client.HTTPConnection(asking.HOST)
    connection.request("POST", "/v1/chat/completions", kind, {"Content-Length": str(len(body))})
    response = connection.getresponse()
    print(response.status, end=" ")
    response.read()
for wrong in ["\\u20ac", 7, [7]]:
    try:
        http.client.HTTPConnection(asking.HOST).request("POST", "/v1", wrong, {"Content-Length": "1"})
    except Exception as error:
        print(type(error).__name__, end=" ")
""") == "200 " * 8 + "UnicodeEncodeError TypeError TypeError "
    assert scene.answers == ["hello"] * 8
    assert all(event["input"][0]["content"] == "hello" for event in scene.records("events"))
