# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Where in the application a call was made: its file and line, from frames alone, without reading a source file."""

from __future__ import annotations

import os
import sys

_APPLICATION, _LIBRARY, _LOOP = range(3)

_kinds: dict[str, tuple[int, str]] = {}
_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STANDARD_LIBRARY = os.path.dirname(os.path.abspath(os.__file__)) + os.sep
#: More frames of libraries than any client has; so the cost is bounded however deep the stack is.
_MAXIMUM_DEPTH = 200


def of_caller() -> tuple[str | None, int]:
    """The innermost frame of the application, or (None, 0) where none is on the stack.

    In a task of its own, such as one of `asyncio.gather`, a library's coroutine has no caller; the loop's own caller is
    not it.
    """
    try:
        # Each frame that is looked at is made an object: the three that are ours are passed over.
        frame = sys._getframe(3)
    except ValueError:
        return None, 0
    for _ in range(_MAXIMUM_DEPTH):
        if frame is None:
            break
        name = frame.f_code.co_filename
        known = _kinds.get(name)
        if known is None:
            known = _kinds[name] = _classify(name)
        if known[0] == _APPLICATION:
            return known[1], frame.f_lineno
        if known[0] == _LOOP:
            break
        frame = frame.f_back  # type: ignore[assignment]
    return None, 0


def _classify(name: str) -> tuple[int, str]:
    if name.startswith("<"):
        # Such as <stdin> and <string>; <frozen ...> is Python's own.
        return (_LIBRARY if name.startswith("<frozen") else _APPLICATION), name
    path = os.path.abspath(name)
    if path.startswith(_STANDARD_LIBRARY):
        folder, file = os.path.split(path)
        if os.path.basename(folder) == "asyncio" and file in ("base_events.py", "events.py", "runners.py"):
            return _LOOP, path
        return _LIBRARY, path
    parts = path.split(os.sep)
    if path.startswith(_PACKAGE) or "site-packages" in parts or "dist-packages" in parts:
        return _LIBRARY, path
    return _APPLICATION, path
