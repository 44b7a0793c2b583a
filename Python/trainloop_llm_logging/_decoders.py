# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Content codings, taken off for the record by the same libraries that let the client offer them to the server."""

from __future__ import annotations

import zlib
from typing import Any, Callable, Iterable, Iterator

#: Takes one coding off a piece of a body.
Step = Callable[[bytes], Iterable[bytes]]

#: Decoded content of one body that is given to the core, which keeps as much of a plain one; a long stream may have more, in
#: proportion to what came. So the work is linear in the bytes received, and memory bounded, whatever they claim to be.
_DECODED_BYTE_COUNT = 32 << 20
_DECODED_BYTES_PER_BYTE = 64
#: Coded content that a step takes at once; of so much zlib makes 1 MiB at most, and zstd 32 MiB.
_PIECE_BYTE_COUNT = 1024
#: Decoded content that brotli, which knows no such bound, may give at once.
_BROTLI_BYTE_COUNT = 1 << 20


class Decoder:
    """Takes a chain of codings off a body, piece by piece."""

    def __init__(self, steps: list[Step], problem: str | None) -> None:
        self._steps = steps
        self._problem = problem
        self._room = _DECODED_BYTE_COUNT

    def decode(self, content: bytes) -> tuple[bytes, str | None]:
        """What could be decoded, and why what is missing is missing: "" when that was said before."""
        if self._problem is not None:
            problem, self._problem = self._problem, ""
            return b"", problem
        self._room += _DECODED_BYTES_PER_BYTE * len(content)
        pieces: Iterable[bytes] = (content,)
        for step in self._steps:
            pieces = self._through(step, pieces)
        decoded = []
        try:
            for piece in pieces:
                decoded.append(piece)
            return b"".join(decoded), None
        except _Full:
            reason = "decoded, it is too large"
        except Exception as error:
            reason = f"its content coding is damaged ({error})"
        self._problem = ""
        return b"".join(decoded), f"the rest of a body is not in the record: {reason}"

    def _through(self, step: Step, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            for start in range(0, len(piece), _PIECE_BYTE_COUNT):
                for decoded in step(piece[start : start + _PIECE_BYTE_COUNT]):
                    self._room -= len(decoded)
                    if self._room < 0:
                        raise _Full
                    yield decoded


class _Full(Exception):
    """A body has no room for what was decoded."""


def for_codings(codings: list[str]) -> Decoder:
    steps = []
    for coding in reversed(codings):
        step = _step(coding)
        if step is None:
            return Decoder([], f"the response body is not in the record: nothing here decodes {coding}")
        steps.append(step)
    return Decoder(steps, None)


def _step(coding: str) -> Step | None:
    if coding in ("gzip", "x-gzip"):
        return _Members(lambda: zlib.decompressobj(zlib.MAX_WBITS | 16))
    if coding == "deflate":
        return _Deflate()
    if coding == "br":
        return _brotli()
    if coding == "zstd":
        return _zstandard()
    return None


class _Members:
    """A coding whose content may be several one after the other: gzip's members, zstd's frames."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._decompressor = make()

    def __call__(self, content: bytes) -> Iterator[bytes]:
        while content:
            if getattr(self._decompressor, "eof", False):
                self._decompressor = self._make()
            yield self._decompressor.decompress(content)
            content = getattr(self._decompressor, "unused_data", b"")


class _Deflate:
    """deflate, with its zlib header or, as some servers send it, without."""

    def __init__(self) -> None:
        self._decompressor: Any = None
        self._start = b""

    def __call__(self, content: bytes) -> Iterator[bytes]:
        if self._decompressor is None:
            self._start += content
            if len(self._start) < 2:
                return
            first, second = self._start[0], self._start[1]
            has_header = first & 15 == 8 and (first << 8 | second) % 31 == 0
            self._decompressor = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
            content, self._start = self._start, b""
        yield self._decompressor.decompress(content)


def _brotli() -> Step | None:
    try:
        import brotli
    except ImportError:
        try:
            import brotlicffi as brotli
        except ImportError:
            return None
    decompressor = brotli.Decompressor()
    process = getattr(decompressor, "process", None) or decompressor.decompress
    is_ready = getattr(decompressor, "can_accept_more_data", None)

    def step(content: bytes) -> Iterator[bytes]:
        if is_ready is None:
            # Before brotli 1.2 there is no bound on what it gives at once.
            yield process(content)
            return
        yield process(content, output_buffer_limit=_BROTLI_BYTE_COUNT)
        while not is_ready():
            yield process(b"", output_buffer_limit=_BROTLI_BYTE_COUNT)

    return step


def _zstandard() -> Step | None:
    for module, make in (
        ("compression.zstd", "ZstdDecompressor"), ("backports.zstd", "ZstdDecompressor"),
        ("zstandard", "ZstdDecompressor"), ("pyzstd", "ZstdDecompressor"),
    ):
        try:
            decompressor = getattr(__import__(module, fromlist=[make]), make)
        except ImportError:
            continue
        return _Members((lambda: decompressor().decompressobj()) if module == "zstandard" else decompressor)
    return None
