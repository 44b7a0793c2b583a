# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Content codings, taken off for the record by the same libraries that let the client offer them to the server."""

from __future__ import annotations

import zlib
from typing import Any, Callable


class Decoder:
    """Takes a chain of codings off a body, piece by piece."""

    def __init__(self, steps: list[Callable[[bytes], bytes]], problem: str | None) -> None:
        self._steps = steps
        self._problem = problem

    def decode(self, content: bytes) -> tuple[bytes, str | None]:
        """What could be decoded, and why what is missing is missing: "" when that was said before."""
        if self._problem is not None:
            problem, self._problem = self._problem, ""
            return b"", problem
        try:
            for step in self._steps:
                content = step(content)
            return content, None
        except Exception as error:
            self._problem = ""
            return b"", f"the rest of a body is not in the record: its content coding is damaged ({error})"


def for_codings(codings: list[str]) -> Decoder:
    steps = []
    for coding in reversed(codings):
        step = _step(coding)
        if step is None:
            return Decoder([], f"the response body is not in the record: nothing here decodes {coding}")
        steps.append(step)
    return Decoder(steps, None)


def _step(coding: str) -> Callable[[bytes], bytes] | None:
    if coding in ("gzip", "x-gzip"):
        return _Members(zlib.MAX_WBITS | 16)
    if coding == "deflate":
        return _Deflate()
    if coding == "br":
        return _brotli()
    if coding == "zstd":
        return _zstandard()
    return None


class _Members:
    """gzip, which may be several one after the other."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._decompressor = zlib.decompressobj(window)

    def __call__(self, content: bytes) -> bytes:
        decoded = self._decompressor.decompress(content)
        while self._decompressor.unused_data:
            rest = self._decompressor.unused_data
            self._decompressor = zlib.decompressobj(self._window)
            decoded += self._decompressor.decompress(rest)
        return decoded


class _Deflate:
    """deflate, with its zlib header or, as some servers send it, without."""

    def __init__(self) -> None:
        self._decompressor: Any = None
        self._start = b""

    def __call__(self, content: bytes) -> bytes:
        if self._decompressor is None:
            self._start += content
            if len(self._start) < 2:
                return b""
            first, second = self._start[0], self._start[1]
            has_header = first & 15 == 8 and (first << 8 | second) % 31 == 0
            self._decompressor = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
            content, self._start = self._start, b""
        return self._decompressor.decompress(content)


def _brotli() -> Callable[[bytes], bytes] | None:
    try:
        import brotli
    except ImportError:
        try:
            import brotlicffi as brotli
        except ImportError:
            return None
    decompressor = brotli.Decompressor()
    return getattr(decompressor, "process", None) or decompressor.decompress


def _zstandard() -> Callable[[bytes], bytes] | None:
    for module, make in (
        ("compression.zstd", "ZstdDecompressor"), ("backports.zstd", "ZstdDecompressor"),
        ("zstandard", "ZstdDecompressor"), ("pyzstd", "ZstdDecompressor"),
    ):
        try:
            made = getattr(__import__(module, fromlist=[make]), make)()
        except ImportError:
            continue
        return made.decompressobj().decompress if module == "zstandard" else made.decompress
    return None
