# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Processes that come from a process that records: no call is lost, none is recorded twice."""

import sys
import textwrap

import pytest

COLLECT = "import trainloop_llm_logging as tl; tl.collect(); from asking import ask, start\n"


def program(text):
    return COLLECT + textwrap.dedent(text)


def test_forked_children_and_their_parent_record_their_own_calls(scene):
    outcome = scene.run(program("""
        import os
        ask("before")
        children = []
        for number in range(4):
            child = os.fork()
            if child == 0:
                for call in range(10):
                    ask(f"child {number} {call}")
                os._exit(0)
            children.append(child)
        for call in range(10):
            ask(f"parent {call}")
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
        print(tl.stats().recorded)
    """))
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "11\n", "")
    assert scene.answers == sorted(
        ["before"] + [f"parent {n}" for n in range(10)] + [f"child {c} {n}" for c in range(4) for n in range(10)])
    assert len({record["capture"]["pid"] for record in scene.records()}) == 5
    assert len({record["id"] for record in scene.records()}) == 51


def test_a_stream_that_is_open_at_a_fork_is_recorded_by_the_parent_alone(scene):
    outcome = scene.run(program("""
        import os
        response = start("abc", stream=True)
        child = os.fork()
        if child == 0:
            del response
            ask("child")
            os._exit(0)
        os.waitpid(child, 0)
        response.read()
    """))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == ["abc", "child"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_record_whichever_way_they_start(scene, method):
    outcome = scene.run(f"""
        import multiprocessing, os
        from concurrent.futures import ProcessPoolExecutor
        from asking import ask, start

        def work(number):
            return ask(f"worker {{number}}")

        def leave_open():
            globals()["kept"] = start("left open", path="/stall/v1/chat/completions", stream=True)
            kept.read(10)

        if __name__ == "__main__":
            import trainloop_llm_logging as tl
            tl.collect()
            context = multiprocessing.get_context("{method}")
            with context.Pool(2) as pool:
                print(pool.map(work, range(6)))
                pool.close()
                pool.join()
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                print(list(pool.map(work, range(6, 8))))
            process = context.Process(target=leave_open)
            process.start()
            process.join()
            print(process.exitcode, sorted(vars(process).keys() & {{"_trainloop"}}))
    """)
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.splitlines()[-1] == "0 []"
    assert scene.answers == [f"worker {n}" for n in range(8)]
    [cut] = scene.records("calls")
    assert cut["status"] == "incomplete"


def test_a_spawned_worker_without_the_package_runs_as_ever(scene):
    outcome = scene.run("""
        import multiprocessing, sys

        def work():
            print("worked", "trainloop_llm_logging" in sys.modules)

        class Hidden:
            def find_spec(self, name, path=None, target=None):
                if name.startswith("trainloop_llm_logging"):
                    raise ImportError("hidden")

        if __name__ == "__main__":
            import trainloop_llm_logging as tl
            tl.collect()
            process = multiprocessing.get_context("spawn").Process(target=work)
            process.start()
            process.join()
            print(process.exitcode)
        else:
            sys.meta_path.insert(0, Hidden())
    """)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "worked False\n0\n", "")


def test_prefork_servers_with_threads_lose_nothing(scene):
    """As gunicorn does: load the application, which collects, then fork workers that run threads."""
    outcome = scene.run(program("""
        import os, threading
        ask("warm")
        workers = []
        for worker in range(3):
            pid = os.fork()
            if pid == 0:
                threads = [
                    threading.Thread(target=lambda t=t: [ask(f"{worker} {t} {n}") for n in range(5)])
                    for t in range(4)]
                [thread.start() for thread in threads]
                [thread.join() for thread in threads]
                os._exit(0)
            workers.append(pid)
        assert [os.waitpid(pid, 0)[1] for pid in workers] == [0] * 3
    """))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == sorted(["warm"] + [f"{w} {t} {n}" for w in range(3) for t in range(4) for n in range(5)])


def test_forks_under_busy_threads_neither_hang_nor_tear(scene):
    outcome = scene.run(program("""
        import os, threading, warnings
        warnings.simplefilter("ignore", DeprecationWarning)
        has_ended = threading.Event()
        # Python itself imports a codec at the first connection, under a lock that a child would wait for in vain.
        ask("first")

        def work(number):
            count = 0
            while not has_ended.is_set():
                ask(f"thread {number} {count}")
                count += 1
            print(count)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
        [thread.start() for thread in threads]
        for number in range(20):
            pid = os.fork()
            if pid == 0:
                ask(f"fork {number}")
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0
        has_ended.set()
        [thread.join() for thread in threads]
    """))
    assert (outcome.code, outcome.stderr) == (0, "")
    by_threads = [answer for answer in scene.answers if answer.startswith("thread")]
    assert len(by_threads) == sum(int(line) for line in outcome.stdout.split())
    assert len(scene.answers) - len(by_threads) == 21


def test_a_program_that_is_started_records_when_it_collects_itself(scene):
    outcome = scene.run(program("""
        import subprocess, sys
        ask("parent")
        child = "import asking; asking.ask('{0}')"
        subprocess.run([sys.executable, "-c", child.format("unseen")], check=True)
        collects = "import trainloop_llm_logging as tl; tl.collect(); " + child.format("seen")
        subprocess.run([sys.executable, "-c", collects], check=True)
    """))
    assert (outcome.code, outcome.stderr) == (0, "")
    assert scene.answers == ["parent", "seen"]


def test_gunicorn_with_preload_records_every_worker(scene):
    pytest.importorskip("gunicorn", reason="gunicorn is not installed here")
    (scene.folder / "application.py").write_text(COLLECT + """
def application(environ, start_response):
    answer = ask("for " + environ["PATH_INFO"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [answer.encode()]
""")
    outcome = scene.run(f"""
        import http.client, os, re, signal, subprocess, sys
        server = subprocess.Popen(
            [{sys.executable!r}, "-m", "gunicorn", "--preload", "-w", "2", "--threads", "2", "-b", "127.0.0.1:0",
             "--pythonpath", ".", "--no-control-socket", "application:application"],
            stderr=subprocess.PIPE, text=True)
        for line in server.stderr:
            listening = re.search(r"Listening at: http://(\\S+)", line)
            if listening:
                break
        for number in range(20):
            connection = http.client.HTTPConnection(listening[1], timeout=20)
            connection.request("GET", f"/{{number}}")
            assert connection.getresponse().read() == f"for /{{number}}".encode()
        server.terminate()
        server.communicate(timeout=20)
        print(server.returncode)
    """)
    assert (outcome.code, outcome.stdout) == (0, "0\n"), outcome.stderr
    assert scene.answers == sorted(f"for /{n}" for n in range(20))


def test_a_process_that_takes_no_attributes_starts_and_records(scene):
    outcome = scene.run("""
        import multiprocessing
        import trainloop_llm_logging as tl
        from asking import ask

        class Strict(multiprocessing.get_context("spawn").Process):
            def __setattr__(self, name, value):
                if "trainloop" in name:
                    raise AttributeError(name)
                super().__setattr__(name, value)

        if __name__ == "__main__":
            tl.collect()
            process = Strict(target=ask, args=["from a worker"])
            process.start()
            process.join()
            print(process.exitcode, "_trainloop" in vars(process))
    """)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "0 False\n", "")
    assert scene.answers == ["from a worker"]
