# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The figures as Markdown."""
import math
import os

from harness.report import number, table


def rate(size, seconds):
    return size / 1e6 / seconds if seconds and math.isfinite(seconds) else None


def cells(groups):
    """Of one group or several: exchanges, bytes, MB/s of both, and the ratio."""
    size, core, peer = (sum(getattr(group, name) for group in groups) for name in ("bytes", "core", "peer"))
    exchanges = sum(group.exchanges for group in groups)
    ratio = peer / core if math.isfinite(peer) else None
    return [
        number(exchanges), number(size / exchanges), number(rate(size, core)), number(rate(size, peer)),
        number(ratio, 2), number(core / exchanges * 1e6, 1)]


COLUMNS = ["exchanges", "bytes each", "core MB/s", "orjson MB/s", "core / orjson", "core us each"]


def by(groups, *names):
    found = {}
    for group in groups:
        found.setdefault(tuple(getattr(group, name) for name in names), []).append(group)
    return sorted(found.items())


def large(sizes):
    rows = []
    for shape, bound, megabytes, best in sizes:
        rows.append([
            f"{shape.name}, {megabytes} MB", f"{bound >> 20:,} MiB", number(best["seconds"] * 1e3, 1),
            number(rate(best["bytes"], best["seconds"])), number(best["held"] / 2**20, 1),
            number(best["line"] / 2**20, 1), number(best["peak"] / 1024, 1)])
    return table(
        ["response", "bound", "ms", "MB/s", "held at most, MiB", "record, MiB", "process at most, MiB"], rows)


def markdown(facts, options, groups, made, sizes):
    source = "a corpus given by `--corpus`" if options.corpus else "the fixtures of the tests, small exchanges of every API"
    whole = [group for group in groups if group.streamed != "not JSON"]
    parts = [
        "# The core, beside orjson\n", "".join(f"- {fact}\n" for fact in [
            *facts, f"load average over the last five minutes at the end {os.getloadavg()[1]:.2f}"]),
        f"Written by `Benchmarks/core/run`; what each figure means: `Benchmarks/README.md`. Processor time on one thread: the shortest pass of "
        f"{options.rounds} rounds of {options.milliseconds} ms, in which core and orjson had their turns group by group.\n",
        "## Made bodies of common shapes\n",
        table(["shape", *COLUMNS], [[group.api, *cells([group])] for group in made]),
        f"## By API\n\nOf {source}.\n",
        table(["api", "streamed", *COLUMNS], [
            *([*key, *cells(found)] for key, found in by(groups, "api", "streamed")), ["all that is JSON", "", *cells(whole)]]),
        "## By provider and API\n",
        table(["provider", "api", "streamed", *COLUMNS], [
            [*key, *cells(found)] for key, found in by(groups, "provider", "api", "streamed")]),
    ]
    if refused := sum(group.refused for group in groups):
        parts.append(f"orjson refuses {refused} of these texts, such as half of a surrogate pair; they cost it nothing here.\n")
    if sizes:
        parts += ["## Large bodies, each in a process of its own\n", large(sizes)]
    return "\n".join(parts)
