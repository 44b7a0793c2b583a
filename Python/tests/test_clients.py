# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What the matrix of client libraries does not reach: codings, timeouts, network errors, proxies, transports, HTTP/2."""

import ctypes
import json

import pytest

COLLECT = "import trainloop_llm_logging as tl; tl.collect()\nfrom asking import HOST, body\nURL = f'http://{HOST}'\n"
HTTPX = COLLECT + "import httpx\n"
REQUESTS = COLLECT + "import requests\n"
AIOHTTP = COLLECT + "import aiohttp, asyncio\n"


@pytest.fixture(autouse=True)
def _libraries():
    for name in ("httpx", "requests", "aiohttp"):
        pytest.importorskip(name, reason=f"{name} is not installed here")


def run(scene, program, expected=None):
    outcome = scene.run(program)
    assert (outcome.code, outcome.stderr) == (0, ""), outcome
    if expected is not None:
        assert outcome.stdout == expected
    return scene.records()


SENDS = {
    "httpx": HTTPX + "print(httpx.post(f'{URL}/{{}}/v1/chat/completions', content=body('hi'), timeout=httpx.Timeout(30, read={})).status_code)",
    "httpx async": HTTPX + """
import asyncio
async def main():
    async with httpx.AsyncClient(timeout=httpx.Timeout(30, read={1})) as client:
        print((await client.post(f'{{URL}}/{0}/v1/chat/completions', content=body('hi'))).status_code)
asyncio.run(main())""",
    "requests": REQUESTS + "print(requests.post(f'{URL}/{{}}/v1/chat/completions', body('hi'), timeout=(30, {})).status_code)",
    "aiohttp": AIOHTTP + """
async def main():
    timeout = aiohttp.ClientTimeout(sock_read={1})
    async with aiohttp.ClientSession(timeout=timeout) as client:
        async with client.post(f'{{URL}}/{0}/v1/chat/completions', data=body('hi')) as response:
            await response.read()
            print(response.status)
asyncio.run(main())""",
}


def send(client, manner, timeout=30):
    text = SENDS[client]
    if "{0}" in text:
        head, _, tail = text.partition("async def main")
        return head + ("async def main" + tail).format(manner, timeout)
    return text.replace("{{}}", manner).replace("{}", f"{timeout}")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize("client", SENDS)
def test_a_coded_reply_is_recorded_as_its_text(scene, client, coding):
    module = {"br": "brotli", "zstd": "zstandard"}.get(coding)
    if module:
        pytest.importorskip(module, reason=f"{module} is not installed here")
    if (client, coding) == ("aiohttp", "zstd"):
        pytest.skip("aiohttp does not ask for zstd where it cannot decode it")
    [event] = run(scene, send(client, coding), "200\n")
    assert (event["status"], event["output"]["content"]) == ("ok", "hi")
    assert event["usage"]["outputTokens"] == 2


FAILURES = {"hang": "timeout", "mute": "connection_closed", "cut": None}


@pytest.mark.parametrize("manner", FAILURES)
@pytest.mark.parametrize("client", SENDS)
def test_a_failure_of_the_network_is_an_event_and_the_same_exception(scene, client, manner):
    program = send(client, manner, timeout=0.5 if manner == "hang" else 30)
    without = scene.run(program.replace("tl.collect()", "pass"))
    outcome = scene.run(program)
    last = [one.stderr.strip().splitlines()[-1] for one in (without, outcome)]
    assert without.code == outcome.code == 1 and last[0] == last[1]
    [call] = scene.records()
    if manner == "cut":
        assert call["status"] == "incomplete"
    else:
        assert (call["status"], call["error"]["source"], call["error"]["type"]) == ("error", "network", FAILURES[manner])
    assert call["input"] == [{"role": "user", "content": "hi"}]


@pytest.mark.parametrize("client", SENDS)
def test_a_server_that_is_not_there_is_one_event(scene, client):
    scene.environment["TEST_PROVIDER"] = "127.0.0.1:9"
    outcome = scene.run(send(client, "x"))
    assert outcome.code == 1
    [call] = scene.records()
    assert (call["status"], call["error"]["type"]) == ("error", "connection_refused")
    assert call["input"] == [{"role": "user", "content": "hi"}]


def test_a_custom_transport_of_httpx_is_recorded_and_stays(scene):
    [event] = run(scene, HTTPX + """
class Transport(httpx.BaseTransport):
    def __init__(self): self.inner = httpx.HTTPTransport(retries=1)
    def handle_request(self, request):
        assert type(request) is httpx.Request
        return self.inner.handle_request(request)
transport = Transport()
client = httpx.Client(transport=transport)
assert client._transport is transport
print(client.post(f"{URL}/v1/chat/completions", content=body("hi")).status_code)
""", "200\n")
    assert event["output"]["content"] == "hi"


def test_what_else_httpx_gives_a_single_request_is_handed_on(scene):
    """As the timeout, in httpx 0.18 and 0.19."""
    records = run(scene, "import asyncio, httpx\n" + """
real, async_real = httpx.Client._send_single_request, httpx.AsyncClient._send_single_request
def older(self, request, timeout):
    print(timeout)
    return real(self, request)
async def async_older(self, request, timeout):
    print(timeout)
    return await async_real(self, request)
httpx.Client._send_single_request, httpx.AsyncClient._send_single_request = older, async_older
""" + COLLECT + """
request = httpx.Request("POST", f"{URL}/v1/chat/completions", content=body("hi"))
print(httpx.Client()._send_single_request(request, 7).status_code)
print(asyncio.run(httpx.AsyncClient()._send_single_request(request, timeout=8)).status_code)
""", "7\n200\n8\n200\n")
    assert inputs(records) == ["hi"] * 2


def test_a_transport_that_answers_itself_is_recorded(scene):
    [event] = run(scene, HTTPX + """
import provider
def handler(request): return httpx.Response(200, json=provider.answer("mocked"))
client = httpx.Client(transport=httpx.MockTransport(handler))
print(client.post(f"{URL}/v1/chat/completions", content=body("hi")).status_code)
""", "200\n")
    assert event["output"]["content"] == "mocked"


@pytest.mark.parametrize("client", ["httpx", "requests", "urllib"])
def test_through_a_forward_proxy_the_provider_is_named_and_not_the_proxy(scene, client):
    program = COLLECT + {
        "httpx": "import httpx; print(httpx.post(TARGET, content=body('hi')).status_code)",
        "requests": "import requests; print(requests.post(TARGET, body('hi')).status_code)",
        "urllib": "import urllib.request; print(urllib.request.urlopen(TARGET, body('hi')).read() and 200)",
    }[client].replace("TARGET", "'http://llm.example/v1/chat/completions'")
    scene.environment["HTTP_PROXY"] = scene.environment["http_proxy"] = "http://" + scene.provider.host
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "llm.example"
    [event] = run(scene, program, "200\n")
    # The provider here serves as the proxy: it is given the whole URL.
    assert event["url"] == "http://llm.example/v1/chat/completions"
    assert event["output"]["content"] == "hi"


def test_through_any_proxy_the_url_is_the_one_asked_for(scene):
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "llm.example"
    records = run(scene, COLLECT + """
import http.client
PATH = "/v1/chat/completions"
def ask(target, tunnel=None):
    connection = http.client.HTTPConnection(HOST)
    if tunnel: connection.set_tunnel(*tunnel)
    connection.request("POST", target, body(target))
    print(connection.getresponse().status)
ask("http://llm.example" + PATH)
ask("HTTPS://llm.example" + PATH)
ask("https://llm.example:8443" + PATH)
ask(PATH, ("llm.example", 80))
ask(PATH, ("llm.example", 8080))
ask("http://llm.example:port" + PATH)
print(tl.stats()[:3])
""", "200\n" * 6 + "(5, 5, 0)\n")
    assert sorted(record["url"].removesuffix("/v1/chat/completions") for record in records) == [
        "http://llm.example", "http://llm.example", "http://llm.example:8080", "https://llm.example", "https://llm.example:8443"]


def test_http2_is_recorded(scene):
    pytest.importorskip("h2", reason="h2 is not installed here")
    [event] = run(scene, HTTPX + """
import http2
with httpx.Client(http1=False, http2=True) as client:
    response = client.post(f"http://127.0.0.1:{http2.serve()}/v1/chat/completions", content=body("hi"))
    print(response.http_version, response.status_code)
""", "HTTP/2 200\n")
    assert (event["output"]["content"], event["input"][0]["content"]) == ("by two", "hi")


def test_an_early_break_leaves_what_was_read(scene):
    [call] = run(scene, HTTPX + """
with httpx.stream("POST", f"{URL}/stall/v1/chat/completions", content=body("abcdefgh", stream=True)) as response:
    for line in response.iter_lines():
        if '"content": "b"' in line: break
print("left")
""", "left\n")
    assert call["status"] == "incomplete" and call["output"]["content"].startswith("ab")


def test_a_coroutine_that_is_closed_in_another_context_is_closed_in_silence(scene):
    [call] = run(scene, HTTPX + """
import contextvars
class Suspended:
    def __await__(self): yield
class Transport(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request): await Suspended()
coroutine = httpx.AsyncClient(transport=Transport()).post(f"{URL}/v1/chat/completions", content=body("hi"))
contextvars.copy_context().run(coroutine.send, None)
coroutine.close()
print(tl.stats()[:3])
""", "(1, 1, 0)\n")
    assert call["status"] == "incomplete"


def test_a_key_in_headers_query_or_body_reaches_no_file(scene):
    run(scene, HTTPX + """
key = "sk-canary-0000000000000000000000000000000000000000"
httpx.post(f"{URL}/v1/chat/completions?key={key}", content=body("my key is " + key), headers={"Authorization": "Bearer " + key})
""")
    assert not [file for file in scene.data.rglob("*") if file.is_file() and b"canary" in file.read_bytes()]
    assert "REDACTED" in json.dumps(scene.records())


def test_a_server_of_aiohttp_answers_as_ever(scene):
    assert run(scene, AIOHTTP + """
from aiohttp import web
async def answer(request): return web.Response(text=await request.text())
async def main():
    application = web.Application()
    application.router.add_post("/v1/chat/completions", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with aiohttp.ClientSession() as client:
        port = site._server.sockets[0].getsockname()[1]
        async with client.post(f"http://127.0.0.1:{port}/v1/chat/completions", data=body("hi")) as response:
            print(response.status, await response.read() == body("hi"))
    await runner.cleanup()
asyncio.run(main())
print(tl.stats()[:3])
""", "200 True\n(1, 1, 0)\n")[0]["input"][0]["content"] == "hi"


def test_a_connection_that_takes_nothing_of_ours_works_as_ever(scene):
    outcome = scene.run(COLLECT + """
import http.client
class Strict(http.client.HTTPConnection):
    def __setattr__(self, name, value):
        if "trainloop" in name or name == "response_class": raise AttributeError(name)
        super().__setattr__(name, value)
class Settled(http.client.HTTPConnection):
    def __setattr__(self, name, value):
        if name == "response_class": raise AttributeError(name)
        super().__setattr__(name, value)
for kind in (Strict, Settled):
    connection = kind(HOST)
    connection.request("POST", "/v1/chat/completions", body("hi"))
    print(connection.getresponse().status, tl.stats().lost > 0)
connection = http.client.HTTPConnection(HOST)
connection.putrequest("POST", "/v1/chat/completions")
class Odd:
    def __len__(self): return 15
for header, value in [(Odd(), "x"), (7, "x"), ("X-Trainloop-Tag", Odd())]:
    try: print(connection.putheader(header, value))
    except TypeError as error: print(type(error).__name__)
""")
    assert (outcome.code, outcome.stdout) == (0, "200 True\n200 True\nTypeError\nTypeError\nNone\n"), outcome


def test_a_connection_that_has_no_host_is_no_loss(scene):
    assert run(scene, COLLECT + """
import http.client
host, _, port = HOST.partition(":")
class Hostless(http.client.HTTPConnection):
    def connect(self):
        self.host = host
        super().connect()
        self.host = None
connection = Hostless("localhost", int(port))
connection.host = None
connection.request("POST", "/v1/chat/completions", body("hi"), {"Host": "localhost"})
print(connection.getresponse().status, tl.stats()[:3])
""", "200 (0, 0, 0)\n") == []


def inputs(records):
    return sorted(record["input"][0]["content"] for record in records)


def test_a_call_that_is_made_by_the_content_of_another_is_recorded(scene):
    assert inputs(run(scene, REQUESTS + """
import httpx, asyncio
URL += "/v1/chat/completions"
def content():
    yield body("outer")[:5]
    requests.post(URL, body("inner"))
    yield body("outer")[5:]
async def async_content():
    yield body("async outer")[:5]
    async with httpx.AsyncClient() as client: await client.post(URL, content=body("async inner"))
    yield body("async outer")[5:]
def length(prompt): return {"Content-Length": str(len(body(prompt)))}
async def main():
    async with httpx.AsyncClient() as client:
        await client.post(URL, content=async_content(), headers=length("async outer"))
httpx.post(URL, content=content(), headers=length("outer"))
asyncio.run(main())
""")) == ["async inner", "async outer", "inner", "outer"]


def test_what_a_transport_asks_of_another_host_is_a_call_and_of_its_own_is_none(scene):
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "127.0.0.1,outer.example"
    assert inputs(run(scene, REQUESTS + """
import httpx
class Gateway(httpx.BaseTransport):
    def handle_request(self, request):
        answer = requests.post(f"{URL}/v1/chat/completions", request.content)
        return httpx.Response(answer.status_code, content=answer.content)
client = httpx.Client(transport=Gateway())
client.post("http://outer.example/v1/chat/completions", content=body("to the gateway"))
client.post(f"{URL}/v1/chat/completions", content=body("to itself"))
""")) == ["to itself", "to the gateway", "to the gateway"]


def test_a_task_that_outlives_the_call_that_began_it_is_recorded(scene):
    assert inputs(run(scene, HTTPX + """
import asyncio, provider
URL += "/v1/chat/completions"
answered, tasks = asyncio.Event(), []
async def background():
    await answered.wait()
    async with httpx.AsyncClient() as client: await client.post(URL, content=body("background"))
async def handler(request):
    tasks.append(asyncio.create_task(background()))
    return httpx.Response(200, json=provider.answer("mocked"))
async def main():
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        await client.post(URL, content=body("first"))
    answered.set()
    await tasks[0]
asyncio.run(main())
""")) == ["background", "first"]


def test_a_context_that_outlives_the_call_in_which_it_was_made_keeps_no_request(scene):
    run(scene, HTTPX + """
import contextvars, gc, provider, weakref
contexts, requests = [], []
def handler(request):
    requests.append(weakref.ref(request))
    contexts.append(contextvars.copy_context())
    return httpx.Response(200, json=provider.answer("x"))
client = httpx.Client(transport=httpx.MockTransport(handler))
for content in (body("hi"), iter([body("hi")])):
    client.post(f"{URL}/v1/chat/completions", content=content, headers=tl.trainloop_tag("t"))
del content
gc.collect()
print([request() for request in requests])
""", "[None, None]\n")


def test_wherever_a_signal_raises_the_next_call_is_recorded(scene):
    """A signal's handler runs as a function is entered, or as one of C returns: so does what is raised here."""
    run(scene, HTTPX + """
import provider, requests, sys
URL += "/v1/chat/completions"
class Interrupt(BaseException): pass
client = httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, json=provider.answer("x"))))
def interrupt(after):
    count = 0
    def profile(frame, event, argument):
        nonlocal count
        if event in ("call", "c_return") and frame.f_code.co_filename.endswith(("_httpx.py", "_recorder.py")):
            count += 1
            if count == after:
                sys.setprofile(None)
                raise Interrupt
    sys.setprofile(profile)
    try:
        client.post(URL, content=body("interrupted"))
    except Interrupt:
        return True
    finally:
        sys.setprofile(None)
    return False
after = 1
while interrupt(after):
    before = tl.stats().seen
    requests.post(URL, body("next"))
    assert tl.stats().seen == before + 1, after
    after += 1
assert after > 20, after
""")


def test_what_a_transport_does_to_a_request_stays(scene):
    program = HTTPX + """
import provider
class Transport(httpx.BaseTransport):
    answers = 0
    def handle_request(self, request):
        assert "X-Trainloop-Tag" not in request.headers or not tl.is_collecting()
        request.read()
        request.headers["X-Added"] = "1"
        self.answers += 1
        if self.answers == 1: return httpx.Response(307, headers={"Location": "/again"})
        return httpx.Response(200, json=provider.answer("x"))
class Replacing(httpx.BaseTransport):
    def handle_request(self, request):
        request.headers = httpx.Headers({"X-New": "1"})
        return httpx.Response(200, json=provider.answer("x"))
tag = tl.trainloop_tag("t")
for headers in ({}, tag):
    content = (piece for piece in [body("hi")])
    client = httpx.Client(transport=Transport(), follow_redirects=True)
    response = client.post(f"{URL}/v1/chat/completions", content=content, headers=headers)
    for request in [response.history[0].request, response.request]:
        print(response.status_code, request.headers.get("X-Added"), request.headers.get("X-Trainloop-Tag"))
    response = httpx.Client(transport=Replacing()).post(f"{URL}/v1/chat/completions", content=body("hi"), headers=headers)
    print(dict(response.request.headers))
"""
    without = scene.run(program.replace("tl.collect()", "pass"))
    assert (without.code, without.stderr) == (0, "")
    records = run(scene, program, without.stdout)
    assert sorted(record["tag"] for record in records) == [""] * 3 + ["t"] * 3
    assert inputs(records) == ["hi"] * 6


def test_a_transport_of_an_async_client_may_read_a_form_at_once(scene):
    [record] = run(scene, HTTPX + """
import asyncio, provider
class Transport(httpx.AsyncBaseTransport):
    async def handle_async_request(self, request):
        print(b"whisper-1" in request.read())
        return httpx.Response(200, json=provider.answer("x"))
async def main():
    async with httpx.AsyncClient(transport=Transport()) as client:
        form = {"files": {"file": ("a.wav", b"RIFF")}, "data": {"model": "whisper-1"}}
        print((await client.post(f"{URL}/v1/audio/transcriptions", **form)).status_code)
asyncio.run(main())
""", "True\n200\n")
    assert record["model"] == "whisper-1"


def test_a_connection_of_aiohttp_that_is_given_up_is_an_event(scene):
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "llm.example"
    records = run(scene, AIOHTTP + """
class Resolver(aiohttp.abc.AbstractResolver):
    async def resolve(self, *arguments, **keywords): await asyncio.Event().wait()
    async def close(self): pass
async def main(total, given_up):
    connector = aiohttp.TCPConnector(resolver=Resolver())
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=total)) as client:
        try:
            await asyncio.wait_for(client.post("http://llm.example/v1/chat/completions", data=body("hi")), given_up)
        except asyncio.TimeoutError as error:
            print(type(error).__name__)
asyncio.run(main(0.2, None))
asyncio.run(main(None, 0.2))
""", "TimeoutError\nTimeoutError\n")
    assert [(record["status"], record.get("error", {}).get("type")) for record in records] == [
        ("error", "timeout"), ("incomplete", None)]
    assert inputs(records) == ["hi"] * 2


def test_the_tunnel_of_aiohttp_through_a_proxy_is_no_event_of_its_own(scene):
    scene.environment["TRAINLOOP_HOST_ALLOWLIST"] = "llm.example"
    [record] = run(scene, AIOHTTP + """
async def tunnel(reader, writer):
    print((await reader.readuntil(b"\\r\\n\\r\\n")).split()[:2])
    writer.write(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
    await reader.read(1)
    writer.close()
async def main():
    server = await asyncio.start_server(tunnel, "127.0.0.1", 0)
    proxy = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with aiohttp.ClientSession() as client:
        try:
            await client.post("https://llm.example/v1/chat/completions", data=body("hi"), proxy=proxy)
        except aiohttp.ClientError as error:
            print("refused")
    server.close()
asyncio.run(main())
""", "[b'CONNECT', b'llm.example:443']\nrefused\n")
    assert (record["status"], inputs([record])) == ("error", ["hi"])


def test_http2_of_urllib3_is_recorded(scene):
    pytest.importorskip("h2", reason="h2 is not installed here")
    records = run(scene, COLLECT + """
import http2, io, urllib3
from urllib3.http2.connection import HTTP2Connection
class Plain(HTTP2Connection):
    def connect(self):
        self.sock = self._new_conn()
        self.is_verified = True
        with self._h2_conn as connection:
            connection.initiate_connection()
        self.flush()
    def send(self, data):
        super().send(data)
        self.flush()  # As it forgets to for a file and for pieces.
    def flush(self):
        with self._h2_conn as connection: self.sock.sendall(connection.data_to_send())
pool = urllib3.HTTPSConnectionPool("127.0.0.1", http2.serve())
pool.ConnectionCls = Plain
for content in [body("hi"), body("hi").decode(), io.BytesIO(body("hi")), [body("hi")[:9], body("hi")[9:]]]:
    response = pool.request("POST", "/v1/chat/completions", body=content, headers=tl.trainloop_tag("t"))
    print(response.version, response.status, len(response.data) > 0, "x-trainloop-tag" in http2.headers[-1])
pool = urllib3.HTTPSConnectionPool("127.0.0.1", 9)
pool.ConnectionCls = Plain
try: pool.request("POST", "/v1/chat/completions", body=body("hi"), retries=False)
except urllib3.exceptions.HTTPError as error: print(type(error).__name__)
print(tl.stats()[:3])
""", "20 200 True False\n" * 4 + "NewConnectionError\n(5, 5, 0)\n")
    assert sorted((record["status"], record["tag"]) for record in records) == [("error", "")] + [("ok", "t")] * 4
    assert inputs(records) == ["hi"] * 5
    assert [record["output"]["content"] for record in records if record["status"] == "ok"] == ["by two"] * 4


#: Prints whether half of what 40 calls were given, each a megabyte, is still held when they have ended.
KEPT = AIOHTTP + """
import ctypes, gc, os
from trainloop_llm_logging import _recorder
def held():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
def aiohttp_connections():
    async def post(client, length):
        async with client.post(f"{URL}/v1/chat/completions", data=body("x" * length)) as response: await response.read()
    async def main():
        async with aiohttp.ClientSession() as client:
            await post(client, 1)
            before = held()
            await asyncio.gather(*[post(client, 1_000_000) for _ in range(40)])
            return held() - before
    return asyncio.run(main())
def handles_of_the_extension():
    core, content, kept, before = _recorder._core, b"x" * 1_000_000, [], held()
    for _ in range(40):
        kept.append(core.begin("python:test", None, 0))
        core.request(kept[-1], "POST", True, "127.0.0.1", 443, "/v1/chat/completions", [])
        core.request_body(kept[-1], content)
        core.end(kept[-1], 0, "", "")
    return held() - before
print(KEEPER() > 20_000_000)
"""


@pytest.mark.parametrize("keeper", ["aiohttp_connections", "handles_of_the_extension"])
def test_what_is_kept_of_a_call_that_has_ended_holds_no_bodies(scene, keeper):
    if not hasattr(ctypes.CDLL(None), "malloc_trim"):
        pytest.skip("what is let go of stays with the C library here")
    assert len(run(scene, KEPT.replace("KEEPER", keeper), "False\n")) == 40 + (keeper == "aiohttp_connections")


def test_where_bytes_and_text_must_not_be_compared_every_client_is_recorded(scene):
    outcome = scene.run("""
import os, sys
if not sys.flags.bytes_warning: os.execv(sys.executable, [sys.executable, "-bb", *sys.argv])
""" + REQUESTS + """
import httpx
URL += "/v1/chat/completions"
print(httpx.post(URL, content=body("hi")).status_code, requests.post(URL, body("hi")).status_code, tl.stats()[:3])
""")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "200 200 (2, 2, 0)\n", "")


def test_a_cancellation_of_any_library_is_the_client_that_closed(scene):
    [record] = run(scene, HTTPX + """
class Cancelled(BaseException): pass
def handler(request): raise Cancelled
try: httpx.Client(transport=httpx.MockTransport(handler)).post(f"{URL}/v1/chat/completions", content=body("hi"))
except Cancelled: print("cancelled")
""", "cancelled\n")
    assert (record["status"], record.get("error")) == ("incomplete", None)


RESET = COLLECT + """
import http.client
class Socket:
    def __init__(self, sock): self.sock = sock
    def sendall(self, data):
        self.sock.sendall(data)
        if b"messages" in data: raise ConnectionResetError(104, "Connection reset by peer")
    def __getattr__(self, name): return getattr(self.sock, name)
class Closed(http.client.HTTPConnection):
    def connect(self):
        super().connect()
        self.sock = Socket(self.sock)
connection = Closed(HOST)
try: connection.request("POST", "/v1/chat/completions", body("hi"))
except ConnectionResetError as error: print(error)
"""


def test_a_server_that_closes_while_it_is_sent_to_is_the_error_of_the_call(scene):
    [record] = run(scene, RESET + "del connection", "[Errno 104] Connection reset by peer\n")
    assert (record["status"], record["error"]["type"]) == ("error", "connection_reset")
    assert record["error"]["message"] == "[Errno 104] Connection reset by peer"


def test_the_answer_of_a_server_that_closes_while_it_is_sent_to_is_recorded(scene):
    program = RESET.replace('body("hi")', 'body("long" * 9999)') + """
response = connection.getresponse()
del connection
print(len(response.read()) > 9999)
"""
    [record] = run(scene, program, "[Errno 104] Connection reset by peer\nTrue\n")
    assert (record["status"], record["output"]["content"]) == ("ok", "long" * 9999)
