# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""multiprocessing: a worker records as the process that started it does, whichever way it was started.

A forked worker inherits the recorder; one that was spawned, or forked from a server, begins as a fresh interpreter, and
is told by what it unpickles first. Neither runs Python's exit functions at its end, but multiprocessing's own.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import _patches, _recorder


def patch_process(module: ModuleType) -> None:
    def make_start(original: Any) -> Any:
        def start(self: Any) -> Any:
            _tell(self)
            try:
                return original(self)
            finally:
                self.__dict__.pop("_trainloop", None)

        return start

    _patches.replace(module, "BaseProcess.start", make_start)


def _tell(process: Any) -> None:
    if not _recorder.is_open():
        return
    try:
        data_folder, _, path = _recorder.settings()
        # Not by setattr, which a subclass may have restricted.
        process.__dict__["_trainloop"] = _Collect(path, data_folder)
    except Exception as error:
        _recorder.say(f"no call of a worker process is recorded: {error!r}")


class _Collect:
    """Pickled, it is the call that begins the recording where it is unpickled; there a fault of ours must not show."""

    _CODE = (
        "try:\n"
        "    from trainloop_llm_logging import _multiprocessing\n"
        "    _multiprocessing.collect({0!r}, {1!r})\n"
        "except Exception:\n"
        "    pass\n"
    )

    def __init__(self, path: str | None, data_folder: str) -> None:
        self._code = self._CODE.format(path, data_folder)

    def __reduce__(self) -> Any:
        return exec, (self._code, {})


def collect(path: str | None, data_folder: str) -> None:
    """Begins the recording in a worker, unless the application has begun it there itself."""
    if _recorder.is_open():
        return
    try:
        _patches.begin(path, data_folder)
    except Exception as error:
        _recorder.say(f"no call of a worker process is recorded: {error}")


class _Anchor:
    """multiprocessing calls functions after a fork for as long as the object that they are for lives."""


_anchor: _Anchor | None = None


def patch_util(module: ModuleType) -> None:
    global _anchor
    if _anchor is None:
        _anchor = _Anchor()
        module.register_after_fork(
            _anchor, lambda _: module.Finalize(None, _recorder.at_exit, exitpriority=-100))
