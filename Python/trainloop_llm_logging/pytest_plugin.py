# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The pytest plugin `trainloop`.

    def test_asks_for_the_weather(trainloop_events):
        agent.run("Will it rain in Zürich?")
        [event] = trainloop_events
        assert event["output"]["messages"][0]["finishReason"] == "tool_call"

    pytest --trainloop                      # records the whole run
    pytest --trainloop-folder build/calls   # records the whole run there

Without the fixture and the options it does nothing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Iterator

import pytest

from . import _patches, _recorder

_FOLDER_VARIABLE = "TRAINLOOP_DATA_FOLDER"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("trainloop", "recording of calls to language models")
    group.addoption("--trainloop", action="store_true", help="record the calls of the whole run")
    group.addoption(
        "--trainloop-folder", metavar="FOLDER",
        help="record the calls of the whole run in this data folder (default: that of the configuration)")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    # Before the first file of the application is imported.
    _begin_if_asked(early_config, early_config.known_args_namespace)


def pytest_configure(config: pytest.Config) -> None:
    _begin_if_asked(config, config.option)


def _begin_if_asked(config: pytest.Config, options: Any) -> None:
    folder = options.trainloop_folder
    if folder is not None:
        # Absolute also for the workers of pytest-xdist, which take over the options of their controller.
        folder = config.option.trainloop_folder = os.path.abspath(config.invocation_params.dir / folder)
    if (folder is not None or options.trainloop) and not _recorder.is_under_run():
        try:
            _begin(config, folder)
        except _recorder.CannotOpen as error:
            raise pytest.UsageError(f"--trainloop: nothing can be recorded: {error}") from None


def pytest_report_header(config: pytest.Config) -> str | None:
    if not (config.getoption("trainloop") or config.getoption("trainloop_folder")):
        return None
    if _recorder.is_under_run():
        return "trainloop: `trainloop run` records this run"
    return f"trainloop: recording in {_recorder.settings()[0]}" if _recorder.is_open() else None


@pytest.fixture
def trainloop_events(request: pytest.FixtureRequest) -> Iterator[Events]:
    """The calls that this test has made so far, as a sequence of dicts, oldest first; it grows as calls end.

    Where nothing else has begun the recording (an option, or `collect` in the code under test), they are recorded in a
    temporary folder, from the first test with this fixture to the end of the run.
    """
    if not _recorder.is_open():
        try:
            _begin(request.config, request.getfixturevalue("tmp_path_factory").mktemp("trainloop"))
        except _recorder.CannotOpen as error:
            pytest.fail(f"trainloop_events: nothing can be recorded: {error}")
    events = Events()
    yield events
    events._stop()


class Events(Sequence):
    """The events of a test; each look at them sees all that have been recorded by then."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._is_live = True
        _recorder.keep_lines(True)
        _recorder.take_lines()

    def __getitem__(self, index: Any) -> Any:
        return self._seen()[index]

    def __len__(self) -> int:
        return len(self._seen())

    def __eq__(self, other: object) -> bool:
        return self._seen() == (other._seen() if isinstance(other, Events) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(self._seen())

    def _seen(self) -> list[dict[str, Any]]:
        if self._is_live:
            self._events += [json.loads(line) for line in _recorder.take_lines()]
        return self._events

    def _stop(self) -> None:
        self._seen()
        self._is_live = False
        _recorder.keep_lines(False)


def _begin(config: pytest.Config, folder: str | Path | None) -> None:
    """Opens the recorder until the end of the run, also for programs that the tests start and that call `collect`."""
    if _recorder.is_open():
        return
    _patches.begin(None, folder)
    before = os.environ.get(_FOLDER_VARIABLE)
    os.environ[_FOLDER_VARIABLE] = _recorder.settings()[0]

    def end() -> None:
        _patches.end()
        if before is None:
            os.environ.pop(_FOLDER_VARIABLE, None)
        else:
            os.environ[_FOLDER_VARIABLE] = before

    config.add_cleanup(end)
