# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Content codings: at every split, several one after the other, and such as claim to be more than they are worth."""

import gzip
import tracemalloc
import zlib

import pytest

from trainloop_llm_logging import _decoders

TEXT = "one, two ü 😀 ".encode() * 9
LARGE = 256 << 20


def brotli():
    return pytest.importorskip("brotli", reason="brotli is not installed here")


def zstd():
    return pytest.importorskip("zstandard", reason="zstandard is not installed here").ZstdCompressor()


CODINGS = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli().compress(body),
    "zstd": lambda body: zstd().compress(body),
}
#: What codes a body that is made piece by piece.
COMPRESSORS = {
    "gzip": lambda: zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16),
    "deflate": lambda: zlib.compressobj(9),
    "br": lambda: brotli().Compressor(quality=2),
    "zstd": lambda: zstd().compressobj(),
}


def decoded(codings, *pieces):
    decoder = _decoders.for_codings(codings)
    outcomes = [decoder.decode(piece) for piece in pieces]
    return b"".join(content for content, _ in outcomes), [problem for _, problem in outcomes if problem]


def large(coding):
    compressor = COMPRESSORS[coding]()
    compress = getattr(compressor, "compress", None) or compressor.process
    zeros = bytes(1 << 20)
    pieces = [compress(zeros) for _ in range(LARGE >> 20)]
    return b"".join(pieces) + (compressor.finish() if coding == "br" else compressor.flush())


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_is_decoded_at_every_split(coding):
    body = CODINGS[coding](TEXT)
    for split in range(len(body) + 1):
        assert decoded([coding], body[:split], body[split:]) == (TEXT, [])


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_several_bodies_one_after_the_other_are_one_at_every_split(coding):
    body = CODINGS[coding](TEXT) + CODINGS[coding](TEXT[::-1])
    for split in range(len(body) + 1):
        assert decoded([coding], body[:split], body[split:]) == (TEXT + TEXT[::-1], [])


def test_a_chain_of_codings_is_taken_off_from_its_end():
    assert decoded(["deflate", "gzip"], gzip.compress(zlib.compress(TEXT))) == (TEXT, [])


def test_what_came_before_the_damage_is_kept():
    content, [problem] = decoded(["gzip"], gzip.compress(TEXT) + b"no member", b"more")
    assert content == TEXT and "damaged" in problem


@pytest.mark.parametrize("coding", CODINGS)
def test_what_a_body_decodes_to_is_bounded_in_bytes_and_memory(coding):
    body = large(coding)
    tracemalloc.start()
    content, [problem] = decoded([coding], body, b"more")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0 < len(content) <= (32 << 20) + 64 * len(body) < LARGE and peak < LARGE / 2
    assert problem == "the rest of a body is not in the record: decoded, it is too large"


def test_a_chain_of_codings_is_bounded_too():
    content, [problem] = decoded(["gzip", "gzip"], gzip.compress(large("gzip")))
    assert len(content) <= 33 << 20 and "too large" in problem


def test_a_long_stream_is_whole():
    lines = b"".join(b'data: {"id": "chatcmpl-1", "choices": [{"delta": {"content": "%d"}}]}\n\n' % n for n in range(700_000))
    assert len(lines) > 40 << 20
    assert decoded(["gzip"], gzip.compress(lines, 1)) == (lines, [])


def test_a_record_says_that_its_body_was_cut(scene):
    pytest.importorskip("httpx", reason="httpx is not installed here")
    outcome = scene.run("""
import trainloop_llm_logging as tl; tl.collect()
import httpx, zlib
from asking import HOST, body
compressor = zlib.compressobj(1, zlib.DEFLATED, 31)
coded = b"".join([compressor.compress(bytes(1 << 20)) for _ in range(256)] + [compressor.flush()])
def handler(request):
    return httpx.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(coded))
client = httpx.Client(transport=httpx.MockTransport(handler))
with client.stream("POST", f"http://{HOST}/v1/chat/completions", content=body("hi")) as response:
    print(b"".join(response.iter_raw()) == coded)
print(tl.stats().recorded, tl.stats().truncated)
""")
    assert (outcome.code, outcome.stdout) == (0, "True\n1 1\n"), outcome
    [record] = scene.records()
    assert record["capture"]["truncated"] and any("too large" in warning for warning in record["capture"]["warnings"])
