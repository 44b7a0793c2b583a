# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Which methods are replaced, and when: threads, imports under way, mocks, libraries as they were not known."""

import pytest

COLLECT = "import sys, trainloop_llm_logging as tl\n"
#: A call, and the counts after it.
ASK = """
import httpx
from asking import HOST, body
print(httpx.post(f"http://{HOST}/v1/chat/completions", content=body("hi")).status_code)
print(tl.stats()[:3])
"""
FINDERS = "print([type(finder).__name__ for finder in sys.meta_path].count('_Finder'))\n"


def run(scene, program):
    outcome = scene.run(program)
    assert (outcome.code, outcome.stderr) == (0, ""), outcome
    return outcome.stdout


def test_threads_that_collect_at_once_collect_once(scene):
    assert run(scene, COLLECT + """
import threading
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(8)
def begin():
    barrier.wait()
    tl.collect()
    assert tl.is_collecting()
threads = [threading.Thread(target=begin) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
""" + FINDERS + ASK) == "1\n200\n(1, 1, 0)\n"


def test_a_package_that_is_imported_anew_finds_its_finder(scene):
    assert run(scene, COLLECT + """
tl.collect()
for name in [name for name in sys.modules if name.startswith("trainloop_llm_logging")]: del sys.modules[name]
import trainloop_llm_logging as tl
tl.collect()
""" + FINDERS + ASK) == "1\n200\n(1, 1, 0)\n"


def test_a_method_that_is_not_there_is_named_and_what_is_there_is_recorded(scene):
    outcome = scene.run(COLLECT + """
import httpx
del httpx.AsyncClient._send_single_request
tl.collect()
""" + ASK)
    assert (outcome.code, outcome.stdout) == (0, "200\n(1, 1, 0)\n"), outcome
    [warning] = outcome.warnings
    assert "httpx._client" in warning and "AsyncClient._send_single_request" in warning


MOCKS = {
    "class": "mock.patch('httpx._client.Client')",
    "class of another": "mock.patch('httpx._client.Client', type('Client', (), {'_send_single_request': print}))",
    "method": "mock.patch.object(httpx.Client, '_send_single_request')",
}


def test_while_a_mock_stands_in_its_place_that_is_said_and_a_later_collect_replaces_the_real_one(scene):
    for kind, mock in MOCKS.items():
        outcome = scene.run(COLLECT + f"""
from unittest import mock
import httpx
with {mock}: tl.collect()
tl.collect()
""" + ASK)
        assert (outcome.code, outcome.stdout) == (0, "200\n(1, 1, 0)\n"), (kind, outcome)
        [warning] = outcome.warnings
        assert "httpx._client" in warning, kind


@pytest.mark.parametrize("program", ["tl.collect()\nimport urllib3\n", "import urllib3\ntl.collect()\ntl.collect()\n"])
def test_connections_of_urllib3_that_are_not_those_of_http_client_are_said(scene, program):
    """As those of urllib3-future, which is installed in its place."""
    pytest.importorskip("urllib3", reason="urllib3 is not installed here")
    future = """
import http.client
real = http.client.HTTPConnection
http.client.HTTPConnection = type("Connection", (), {"default_port": 80})
import urllib3.connection
http.client.HTTPConnection = real
"""
    assert scene.run(COLLECT + program).stderr == ""
    outcome = scene.run(COLLECT + future + program)
    assert outcome.code == 0, outcome
    [warning] = outcome.warnings
    assert "urllib3-future" in warning and "trainloop run" in warning


def test_what_was_replaced_in_the_patch_of_another_is_replaced_anew_by_the_collect_after_it(scene):
    assert run(scene, COLLECT + """
from unittest import mock
import httpx
real = httpx.Client._send_single_request
patch = mock.patch.object(httpx.Client, "_send_single_request", lambda self, request: real(self, request))
patch.start()
tl.collect()
""" + ASK + """
patch.stop()
tl.collect()
""" + ASK + """
tl.uninstall()
print(httpx.Client._send_single_request is real)
""") == "200\n(1, 1, 0)\n200\n(2, 2, 0)\nTrue\n"


def test_where_a_subclass_stands_in_its_place_the_class_itself_is_replaced(scene):
    assert run(scene, COLLECT + """
import http.client
real = http.client.HTTPConnection
class Mine(real):
    def putrequest(self, *arguments, **keywords): return super().putrequest(*arguments, **keywords)
http.client.HTTPConnection = Mine
tl.collect()
http.client.HTTPConnection = real
from asking import ask
print(ask("hi"), tl.stats()[:3])
""") == "hi (1, 1, 0)\n"


#: A thread imports httpx; at one step it waits until a finder has been inserted or `collect` has returned.
IMPORTING = COLLECT + """
import importlib.machinery, threading
reached, go = threading.Event(), threading.Event()
class Path(list):
    def insert(self, *arguments):
        super().insert(*arguments)
        go.set()
class Holding:
    def find_spec(self, name, path, target=None):
        if name == MODULE:
            self.spec = importlib.machinery.PathFinder.find_spec(name, path, target)
            self.loader, self.spec.loader = self.spec.loader, self
            return self.spec
    def create_module(self, spec): self.hold("create_module")
    def exec_module(self, module):
        self.hold("exec_module")
        self.loader.exec_module(module)
    def hold(self, step):
        if step == STEP:
            reached.set()
            assert go.wait(30)
sys.meta_path = Path([Holding(), *sys.meta_path])
thread = threading.Thread(target=importlib.import_module, args=["httpx"])
thread.start()
reached.wait()
tl.collect()
go.set()
thread.join()
""" + ASK


@pytest.mark.parametrize(
    ("module", "step"), [("httpx._client", "create_module"), ("httpx._client", "exec_module"), ("httpx._urls", "exec_module")])
def test_a_library_that_another_thread_is_importing_is_recorded(scene, module, step):
    assert run(scene, IMPORTING.replace("MODULE", repr(module)).replace("STEP", repr(step))) == "200\n(1, 1, 0)\n"


def test_a_library_whose_own_import_collects_is_said_and_recorded_after_the_next_collect(scene):
    outcome = scene.run(COLLECT + """
class Collecting:
    def find_spec(self, name, path, target=None):
        if name == "httpx._transports.base": tl.collect()
sys.meta_path.insert(0, Collecting())
import httpx
tl.collect()
""" + ASK)
    assert (outcome.code, outcome.stdout) == (0, "200\n(1, 1, 0)\n"), outcome
    [warning] = outcome.warnings
    assert "httpx._client" in warning and "call it again" in warning


def test_a_wrapper_that_was_there_before_is_told_the_instance(scene):
    assert run(scene, COLLECT + """
import http.client, httpx
instances = []
class Wrapper:
    def __init__(self, wrapped, instance=None): self.wrapped, self.instance = wrapped, instance
    def __get__(self, instance, owner): return Wrapper(self.wrapped.__get__(instance, owner), instance)
    def __call__(self, *arguments, **keywords):
        instances.append(type(self.instance).__name__)
        return self.wrapped(*arguments, **keywords)
before = []
for owner, name in [(http.client.HTTPConnection, "putrequest"), (httpx.Client, "_send_single_request")]:
    before.append(Wrapper(owner.__dict__[name]))
    setattr(owner, name, before[-1])
tl.collect()
from asking import ask
ask("hi")
""" + ASK + """
print(instances)
tl.uninstall()
print(before == [http.client.HTTPConnection.__dict__["putrequest"], httpx.Client.__dict__["_send_single_request"]])
""") == "200\n(2, 2, 0)\n['HTTPConnection', 'Client']\nTrue\n"


def test_what_somebody_has_wrapped_records_once_after_an_end_and_a_new_begin(scene):
    pytest.importorskip("aiohttp", reason="aiohttp is not installed here")
    assert run(scene, COLLECT + """
import aiohttp.client_proto, asyncio, http.client, httpx
from asking import HOST, ask, body
def wrap(owner, name):
    original = owner.__dict__[name]
    def wrapper(self, *arguments, **keywords): return original(self, *arguments, **keywords)
    setattr(owner, name, wrapper)
async def ask_by_aiohttp():
    async with aiohttp.ClientSession() as client:
        async with client.post(f"http://{HOST}/v1/chat/completions", data=body("hi")) as response: await response.read()
tl.collect()
for owner, name in [
    (http.client.HTTPConnection, "putrequest"), (http.client.HTTPConnection, "send"), (httpx.Client, "_send_single_request"),
    (aiohttp.ClientRequest, "send"), (aiohttp.client_proto.ResponseHandler, "data_received"),
]: wrap(owner, name)
for number in range(2):
    tl.uninstall()
    ask("not recorded")
    tl.collect()
ask("hi")
asyncio.run(ask_by_aiohttp())
print(tl.stats()[:3])
""" + ASK) == "(2, 2, 0)\n200\n(3, 3, 0)\n"
    assert scene.answers == ["hi"] * 3
