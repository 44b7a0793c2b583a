# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The figures as Markdown."""
import os

ORDER = ["direct", "trainloop proxy", "trainloop gateway", "nginx", "nginx, TLS in", "mitmdump"]


def table(head, rows):
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join([' --- '] + [' ---: '] * (len(head) - 1))}|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows]) + "\n"


def number(value, digits=0):
    return "-" if value is None else f"{value:,.{digits}f}"


def ratio(value, base, digits=2):
    return "-" if not value or not base or base <= 0 else f"{value / base:,.{digits}f}"


def rows_of(results, scenario):
    found = results[scenario]
    return [(name, found[name]) for name in ORDER if name in found]


def throughput(results, scenario):
    found = results[scenario]
    ours = found["trainloop proxy"]
    return table(
        ["way", "req/s", "trainloop proxy / this", "CPU us/req", "trainloop proxy / this"],
        [
            [
                name, number(row["per_second"]), ratio(ours["per_second"], row["per_second"]),
                number(row["cpu_us"], 1) if name != "direct" else "-",
                ratio(ours["cpu_us"], row["cpu_us"]) if name != "direct" else "-",
            ]
            for name, row in rows_of(results, scenario)
        ])


def latency(results, scenario):
    found = results[scenario]
    direct, ours = found["direct"], found["trainloop proxy"]
    added = lambda row, figure: row[figure] - direct[figure]
    return table(
        ["way", "p50 us", "p99 us", "added p50", "added p99", "trainloop proxy's added p50 / this", "CPU us/req"],
        [
            [
                name, number(row["p50"]), number(row["p99"]),
                *(
                    [number(added(row, "p50")), number(added(row, "p99")), ratio(added(ours, "p50"), added(row, "p50")),
                     number(row["cpu_us"], 1)]
                    if name != "direct" else ["-"] * 4),
            ]
            for name, row in rows_of(results, scenario)
        ])


def streams(results):
    return table(
        ["way", "first event p50 us", "p99", "write -> read, per event, p50 us", "p99", "CPU us/stream"],
        [
            [name, number(row["first_p50"]), number(row["first_p99"]), number(row["event_p50"]),
             number(row["event_p99"]), number(row["cpu_us"]) if name != "direct" else "-"]
            for name, row in rows_of(results, "stream")
        ])


def big_bodies(results):
    return table(
        ["way", "MB/s", "p50 us", "CPU us/req"],
        [
            [name, number(row["megabytes_per_second"]), number(row["p50"]),
             number(row["cpu_us"]) if name != "direct" else "-"]
            for name, row in rows_of(results, "1 MiB")
        ])


def start_times(starts):
    return table(
        ["process", "start to listening, median ms", "shortest"],
        [[name, number(times[len(times) // 2] * 1e3, 1), number(times[0] * 1e3, 1)] for name, times in starts.items()])


def resident(memory):
    return table(
        ["process", "after one request, MiB", "streams", "with the streams open, MiB", "KiB a stream"],
        [
            [name, number(idle / 1024, 1), number(count), number(full / 1024, 1), number((full - idle) / count, 1)]
            for name, (idle, full, count) in memory.items()
        ])


def recorded(account):
    sent, lines = account["sent"], account["lines"]
    verdict = "every exchange was recorded" if sent == lines else f"**{sent - lines:,} exchanges are missing**"
    return (
        f"Sent through trainloop: {sent:,}; lines in the data folder: {lines:,}: {verdict}.\n\n"
        f"Its last words: `{account['summary'] or 'none'}`\n")


def markdown(facts, results, account, starts, memory, bench):
    facts = [*facts, f"load average over the last five minutes at the end {os.getloadavg()[1]:.2f}"]
    parts = ["# Benchmark\n", "".join(f"- {fact}\n" for fact in facts)]
    if bench.is_quick:
        parts.append("A quick run: the figures only show that it works.\n")
    parts += [
        "Written by `make bench`; what each figure means: `Benchmarks/README.md`. Medians of rounds in which every way "
        "had its turn. Capture is on, and each record is written at once.\n",
        "## Nothing lost\n", recorded(account),
        "## Requests per second, 32 connections\n", "Answers of 200 bytes:\n",
        throughput(results, "tiny, 32 connections"), "Answers of 2 KiB:\n", throughput(results, "chat, 32 connections"),
        "## Latency, 1 connection\n", "Answers of 200 bytes:\n", latency(results, "tiny, 1 connection"),
        "Answers of 2 KiB:\n", latency(results, "chat, 1 connection"),
        "A new connection for each request:\n", latency(results, "new connections"),
        "## Streams: 20 events, 5 ms apart\n", streams(results), "## Answers of 1 MiB\n", big_bodies(results),
        "## Start\n", start_times(starts), "## Memory\n", resident(memory),
    ]
    if bench.skipped:
        parts += ["## Skipped\n", "".join(f"- SKIP {name}: {reason}\n" for name, reason in bench.skipped.items())]
    if bench.problems:
        parts += ["## Problems\n", "".join(f"- {problem}\n" for problem in bench.problems)]
    return "\n".join(parts)
