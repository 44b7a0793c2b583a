# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Records every LLM call of this process as a line of JSON in a folder that you own.

    import trainloop_llm_logging as tl
    tl.collect()                                   # before or after the client libraries: no matter
    client.chat.completions.create(..., extra_headers=tl.trainloop_tag("checkout"))

What passes is never changed, delayed or refused on our account; what cannot be recorded is counted (`stats`) and said once,
by a warning of the logger `trainloop_llm_logging`.
"""

from __future__ import annotations

import os
from typing import Any

from . import _patches, _recorder
from ._recorder import HEADER_NAME, Stats

__all__ = ["HEADER_NAME", "Stats", "collect", "flush", "is_collecting", "stats", "trainloop_tag", "uninstall"]


def collect(trainloop_config_path: str | os.PathLike[str] | None = None, flush_immediately: bool | None = None) -> None:
    """Starts recording the calls of this process; a second call takes in what the first did not find, and does no more.

    Takes its settings from the file `trainloop_config_path` (or `TRAINLOOP_CONFIG_PATH`, `trainloop/trainloop.config.yaml`,
    `trainloop.config.yaml`) and from the variables `TRAINLOOP_DATA_FOLDER`, `TRAINLOOP_HOST_ALLOWLIST`,
    `TRAINLOOP_LOG_LEVEL`, which win over it. Does nothing under `trainloop run`, which records by itself.

    `flush_immediately` is taken for the sake of TrainLoop 0.9: every call is on disk when it has ended, either way.

    Raises TypeError for an argument of another type, and nothing else: settings that cannot be used are one warning, and
    nothing is recorded.
    """
    if not (trainloop_config_path is None or isinstance(trainloop_config_path, (str, os.PathLike))):
        raise TypeError(f"trainloop_config_path must be a path or None, not {type(trainloop_config_path).__name__}")
    if flush_immediately is not None and not isinstance(flush_immediately, bool):
        raise TypeError(f"flush_immediately must be a bool or None, not {type(flush_immediately).__name__}")
    if _recorder.is_under_run():
        return
    try:
        _patches.begin(trainloop_config_path)
    except Exception as error:
        _recorder.say(f"no call is recorded: {error}")


def flush() -> None:
    """Brings the index of call sites (`_registry.json`) up to date; the calls themselves are already on disk."""
    _recorder.flush()


def trainloop_tag(tag: str) -> dict[str, str]:
    """A header that tags a call: merge it into the headers of the request. It is taken off before the request leaves."""
    return {HEADER_NAME: tag}


def is_collecting() -> bool:
    """Whether calls of this process are being recorded from within it."""
    return _recorder.is_open()


def stats() -> Stats:
    """What became of the calls of this process so far."""
    return _recorder.stats()


def uninstall() -> None:
    """Stops recording and puts back every method that `collect` has replaced; exchanges still open are recorded first."""
    _patches.end()


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from . import _trainloop

        return _trainloop.version()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
