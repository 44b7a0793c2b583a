# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Which methods are replaced, and when: threads, imports under way, mocks, libraries as they were not known."""

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
