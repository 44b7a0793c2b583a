# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The plugin, in runs of pytest of their own."""

import subprocess
import sys
import textwrap

import pytest

PLUGIN = ["-p", "trainloop_llm_logging.pytest_plugin", "-p", "no:cacheprovider"]
USES_FIXTURE = """
    from asking import ask, start

    def test_first(trainloop_events):
        assert trainloop_events == [] and not trainloop_events
        ask("one")
        [event] = trainloop_events
        assert event["output"]["content"] == "one"
        start("two", stream=True).read()
        assert [e["output"]["content"] for e in trainloop_events] == ["one", "two"]
        assert len(trainloop_events) == 2 and trainloop_events[-1]["status"] == "ok"

    def test_second(trainloop_events):
        assert len(trainloop_events) == 0
        ask("three")
        assert repr(trainloop_events).startswith("[{'durationMs'")

    def test_without():
        ask("nobody looks")
"""


def run(scene, text, *options, conftest="", environment=()):
    (scene.folder / "test_it.py").write_text(textwrap.dedent(text))
    (scene.folder / "conftest.py").write_text(textwrap.dedent(conftest))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *PLUGIN, *options], cwd=scene.folder, capture_output=True, text=True,
        env={**scene.environment, **dict(environment)}, stdin=subprocess.DEVNULL, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_fixture_gives_the_events_of_its_test_and_leaves_the_data_folder_alone(scene):
    code, output = run(scene, USES_FIXTURE)
    assert code == 0 and "3 passed" in output, output
    assert not scene.data.exists()


def test_without_fixture_and_options_nothing_is_loaded_or_recorded(scene):
    code, output = run(scene, """
        import sys
        from asking import ask

        def test_it():
            ask("x")
            assert "trainloop_llm_logging.pytest_plugin" in sys.modules
            assert "trainloop_llm_logging._trainloop" not in sys.modules
    """)
    assert code == 0, output
    assert not scene.data.exists()


def test_the_option_records_the_whole_run_also_of_libraries_that_are_imported_first(scene):
    code, output = run(
        scene, USES_FIXTURE, "--trainloop", conftest="import http.client, asking; asking.ask('as the conftest is read')")
    assert code == 0 and f"trainloop: recording in {scene.data}" in output, output
    assert scene.answers == ["as the conftest is read", "nobody looks", "one", "three", "two"]


def test_the_folder_option_records_there(scene):
    code, output = run(scene, USES_FIXTURE, "--trainloop-folder", "elsewhere")
    assert code == 0, output
    assert not scene.data.exists()
    assert len(list((scene.folder / "elsewhere" / "events").glob("*.jsonl"))) == 1


def test_under_trainloop_run_the_options_do_nothing_and_the_fixture_is_filled(scene):
    code, output = run(scene, USES_FIXTURE, "--trainloop", environment={"TRAINLOOP_RUN": "1"}.items())
    assert code == 0 and "3 passed" in output and "trainloop: `trainloop run` records this run" in output, output
    assert not scene.data.exists()


def test_workers_of_xdist_record_together_and_see_their_own_events(scene):
    pytest.importorskip("xdist", reason="pytest-xdist is not installed here")
    text = "from asking import ask\nimport pytest\n@pytest.mark.parametrize('n', range(20))\n" + textwrap.dedent("""
        def test_it(trainloop_events, n):
            ask(f"call {n}")
            assert [event["output"]["content"] for event in trainloop_events] == [f"call {n}"]
    """)
    code, output = run(scene, text, "-n", "2", "--trainloop-folder", "data")
    assert code == 0 and "20 passed" in output, output
    assert scene.answers == sorted(f"call {n}" for n in range(20))
    assert len({record["capture"]["pid"] for record in scene.records()}) == 2
    code, output = run(scene, text, "-n", "2")
    assert code == 0 and len(scene.answers) == 20, output


def test_what_the_code_under_test_has_begun_itself_goes_on(scene):
    collects = "import trainloop_llm_logging\ntrainloop_llm_logging.collect()\n"
    code, output = run(scene, collects + textwrap.dedent(USES_FIXTURE))
    assert code == 0, output
    assert scene.answers == ["nobody looks", "one", "three", "two"]


def test_an_option_that_cannot_be_served_ends_the_run_and_a_fixture_its_test(scene):
    wrong = {"TRAINLOOP_LOG_LEVEL": "loud"}.items()
    code, output = run(scene, USES_FIXTURE, "--trainloop", environment=wrong)
    assert code == 4 and "--trainloop: nothing can be recorded" in output and "TRAINLOOP_LOG_LEVEL" in output
    code, output = run(scene, USES_FIXTURE, environment=wrong)
    assert code == 1 and "trainloop_events: nothing can be recorded" in output
    assert "1 passed, 2 errors" in output


MOCKS = {
    # The mock stands in for the transport, below the layer that records: the call is recorded.
    "pytest-httpx": ("pytest_httpx", 1, """
        import httpx, provider

        def test_it(trainloop_events, httpx_mock):
            httpx_mock.add_response(json=provider.answer("mocked"))
            httpx.post("https://api.openai.com/v1/chat/completions", content=asking.body("hi"))
            assert len(trainloop_events) == EXPECTED
    """),
    "respx": ("respx", 1, """
        import httpx, provider, respx

        @respx.mock
        def test_it(trainloop_events):
            respx.post("https://api.openai.com/v1/chat/completions").respond(json=provider.answer("mocked"))
            httpx.post("https://api.openai.com/v1/chat/completions", content=asking.body("hi"))
            assert len(trainloop_events) == EXPECTED
    """),
    # The mock stands above HTTP: no exchange takes place, and none is recorded.
    "requests-mock": ("requests_mock", 0, """
        import provider, requests

        def test_it(trainloop_events, requests_mock):
            requests_mock.post("https://api.openai.com/v1/chat/completions", json=provider.answer("mocked"))
            requests.post("https://api.openai.com/v1/chat/completions", asking.body("hi"))
            assert len(trainloop_events) == EXPECTED
    """),
    "responses": ("responses", 0, """
        import provider, requests, responses

        @responses.activate
        def test_it(trainloop_events):
            responses.post("https://api.openai.com/v1/chat/completions", json=provider.answer("mocked"))
            requests.post("https://api.openai.com/v1/chat/completions", asking.body("hi"))
            assert len(trainloop_events) == EXPECTED
    """),
}


@pytest.mark.parametrize("mock", MOCKS)
def test_a_call_that_a_mock_answers_is_recorded_where_http_is_spoken(scene, mock):
    module, count, text = MOCKS[mock]
    pytest.importorskip(module, reason=f"{mock} is not installed here")
    del scene.environment["TRAINLOOP_HOST_ALLOWLIST"]
    code, output = run(scene, "import asking\n" + textwrap.dedent(text).replace("EXPECTED", str(count)))
    assert code == 0, output


def test_unittest_needs_collect_alone(scene):
    outcome = scene.run("""
        import unittest
        import trainloop_llm_logging
        from asking import ask

        def setUpModule():
            trainloop_llm_logging.collect()

        class Case(unittest.TestCase):
            def test_it(self):
                self.assertEqual(ask("from unittest"), "from unittest")

        unittest.main()
    """)
    assert outcome.code == 0, outcome
    assert scene.answers == ["from unittest"]
