# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""One block of one way in a process of its own: prints the time of each call, in nanoseconds, and the processor's in all."""
import json
import os
import sys
import time

sys.dont_write_bytecode = True
way, case, port, calls = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
WARM_UP = 30
URL = f"http://127.0.0.1:{port}/v1/chat/completions"


def steady():
    """The client has a processor of its own, and nobody takes it away, where the machine allows it."""
    try:
        if os.cpu_count() > 1:
            os.sched_setaffinity(0, {0})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except (AttributeError, OSError):
        pass


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def start_up():
    before = time.perf_counter_ns()
    if way != "none":
        import trainloop_llm_logging

        trainloop_llm_logging.collect(flush_immediately=True)
    return {"ns": [time.perf_counter_ns() - before], "kb": resident()}


steady()
if case == "start":
    print(json.dumps(start_up()))
    sys.exit()

if way != "none":
    import trainloop_llm_logging

    trainloop_llm_logging.collect(flush_immediately=True)

client_name, _, rest = case.partition(" ")
shape, _, more = rest.partition(" ")
body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "Tell me. " * 40}], "stream": shape == "stream"}
content = json.dumps(body).encode()
headers = {"content-type": "application/json", "authorization": "Bearer none"}
url = f"{URL}?{shape}"

if client_name == "httpx":
    import httpx

    client = httpx.Client(trust_env=False)

    def call():
        if shape == "stream":
            with client.stream("POST", url, content=content, headers=headers) as response:
                for _ in response.iter_lines():
                    pass
        else:
            client.post(url, content=content, headers=headers).json()

elif client_name == "requests":
    import requests

    session = requests.Session()
    session.trust_env = False

    def call():
        session.post(url, data=content, headers=headers).json()

else:
    import urllib.request

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def call():
        request = urllib.request.Request(url, content, headers)
        with opener.open(request) as response:
            json.loads(response.read())


def deep(frames):
    return deep(frames - 1) if frames else call()


def sites(count):
    """As many functions as there are call sites, each on a line of its own."""
    source = "".join(f"def site_{number}(): return call()\n" for number in range(count))
    names = {"call": call}
    exec(compile(source, __file__, "exec"), names)
    return [names[f"site_{number}"] for number in range(count)]


if more == "100-frames":
    def once(_): deep(100)
elif more == "1000-sites":
    functions = sites(1000)
    for function in functions:
        function()

    def once(number): functions[number % 1000]()
else:
    def once(_): call()

for number in range(WARM_UP):
    once(number)
times = []
cpu = time.process_time_ns()
for number in range(calls):
    before = time.perf_counter_ns()
    once(number)
    times.append(time.perf_counter_ns() - before)
print(json.dumps({"ns": times, "cpu": (time.process_time_ns() - cpu) / calls, "calls": calls + WARM_UP}))
