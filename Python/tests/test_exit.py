# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""However a process ends, the calls that had ended are on disk; what was still open is recorded where Python lets us."""

import json
import signal

import pytest

COLLECT = "import trainloop_llm_logging as tl; tl.collect({}); from asking import ask, start\n"
ENDS = {
    "the last line": ("", 0),
    "sys.exit": ("import sys; sys.exit(3)", 3),
    "an uncaught exception": ("raise RuntimeError('the application fails')", 1),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", -signal.SIGINT),
    "os._exit after flush": ("import os; tl.flush(); os._exit(4)", 4),
    "os._exit": ("import os; os._exit(5)", 5),
    "os.abort": ("import os; os.abort()", -signal.SIGABRT),
    "SIGTERM": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", -signal.SIGTERM),
    "SIGKILL": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
    "exec": ("import os, sys; os.execv(sys.executable, [sys.executable, '-c', ''])", 0),
}
#: After these, Python has run its exit functions.
ORDERLY = {"the last line", "sys.exit", "an uncaught exception", "KeyboardInterrupt"}
STALL = 'kept = start("open", path="/stall/v1/chat/completions", stream=True); kept.read(10)\n'


@pytest.mark.parametrize("flush_immediately", [True, False])
@pytest.mark.parametrize("end", ENDS)
def test_a_call_that_has_ended_is_on_disk_after(scene, end, flush_immediately):
    statement, code = ENDS[end]
    collect = COLLECT.format(f"flush_immediately={flush_immediately}")
    outcome = scene.run(collect + "for n in range(3): ask(f'call {n}')\n" + STALL + statement)
    assert outcome.code == code, outcome.stderr
    assert scene.answers == ["call 0", "call 1", "call 2"]
    cut = scene.records("calls")
    assert [record["status"] for record in cut] == (["incomplete"] if end in ORDERLY else [])
    assert outcome.warnings == []
    if end in ORDERLY or "flush" in end:
        [sites] = json.loads((scene.data / "_registry.json").read_text())["files"].values()
        assert [site["count"] for site in sites.values()] == [3]


def test_a_killed_process_leaves_whole_lines(scene):
    process = scene.start(COLLECT.format("") + """
import threading
def work(number):
    for call in range(1000):
        ask(f"{number} {call} " + "x" * 20000)
        print(number, call, flush=True)
for number in range(3):
    threading.Thread(target=work, args=(number,)).start()
""")
    acknowledged = {" ".join(process.stdout.readline().split()) for _ in range(60)}
    process.kill()
    acknowledged |= set(process.communicate()[0].splitlines())
    assert process.returncode == -signal.SIGKILL
    [file] = (scene.data / "events").glob("*.jsonl")
    text = file.read_text()
    # The system may end a write between two pages when the process is killed: only the last line can be such.
    lines = text[: text.rfind("\n") + 1].splitlines()
    on_disk = {" ".join(json.loads(line)["output"]["content"].split()[:2]) for line in lines}
    assert acknowledged <= on_disk | {""}
    assert len(acknowledged) >= 60


def test_daemon_threads_and_generators_at_shutdown_neither_print_nor_hang(scene):
    outcome = scene.run(COLLECT.format("") + """
import threading
def work():
    while True:
        ask("daemon")
threads = [threading.Thread(target=work, daemon=True) for _ in range(3)]
[thread.start() for thread in threads]
def lines():
    response = start("generator", path="/stall/v1/chat/completions", stream=True)
    while True:
        yield response.read(1)
generator = lines()
next(generator)
ask("main")
""")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "")
    assert "main" in scene.answers
    assert [record["status"] for record in scene.records("calls") if "generator" in json.dumps(record)] == ["incomplete"]


def test_a_thread_that_outlives_the_main_thread_is_recorded(scene):
    outcome = scene.run(COLLECT.format("") + """
import threading
def work():
    threading.main_thread().join()
    for number in range(3):
        ask(f"late {number}")
threading.Thread(target=work).start()
""")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == ["late 0", "late 1", "late 2"]


def test_a_call_in_an_exit_function_is_recorded(scene):
    outcome = scene.run("import atexit\nfrom asking import ask\natexit.register(ask, 'goodbye')\n" + COLLECT.format(""))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == ["goodbye"]


def test_worker_threads_as_of_a_task_queue_are_recorded(scene):
    outcome = scene.run(COLLECT.format("") + """
import queue, threading
tasks = queue.Queue()
def work():
    while (task := tasks.get()) is not None:
        ask(f"task {task}")
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[tasks.put(number) for number in range(100)]
[tasks.put(None) for _ in threads]
[thread.join() for thread in threads]
assert tl.stats() == (100, 100, 0, 0, 0, 0), tl.stats()
""")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == sorted(f"task {n}" for n in range(100))
