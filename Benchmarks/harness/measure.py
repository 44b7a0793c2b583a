# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The measurements: every target in turn, round by round, so that a disturbed minute disturbs all alike."""
import json
import os
import re
import statistics
import subprocess
import sys
import time

from . import machine
from .servers import Gateway, Mitmdump, Nginx, SecureNginx, TrainLoop, Upstream


class Bench:
    """What all measurements share."""

    def __init__(self, root, builds, peers, is_quick):
        self.root = root
        self.builds = builds
        self.peers = peers
        self.is_quick = is_quick
        self.rounds = 1 if is_quick else 3
        self.seconds = 0.5 if is_quick else 2.0
        self.skipped = {}
        self.problems = []
        self.upstream = Upstream(self)

    def folder(self, name):
        path = f"{self.root}/{name}"
        os.makedirs(path, exist_ok=True)
        return path

    def product(self, name):
        return f"{self.builds}/{name}"

    def say(self, text):
        print(f"Benchmarks/run: {text}", file=sys.stderr, flush=True)

    def load(self, target, *arguments):
        output = subprocess.run(
            [self.product("load"), *target.way(), *map(str, arguments)], capture_output=True, text=True, timeout=300)
        if output.returncode != 0:
            raise RuntimeError(f"load through {target.name} failed: {output.stderr.strip()[-500:]}")
        result = json.loads(output.stdout)
        if result["errors"]:
            self.problems.append(f"{target.name}: {result['errors']} errors, first: {result.get('error')}")
        return result


class Scenario:
    def __init__(self, name, *arguments):
        self.name = name
        self.arguments = arguments


def scenarios(bench):
    scale = 0.2 if bench.is_quick else 1
    requests = lambda count: max(10, int(count * scale))
    return [
        Scenario("tiny, 32 connections", "--wish", "tiny", "--connections", 32, "--seconds", bench.seconds),
        Scenario("chat, 32 connections", "--wish", "chat", "--connections", 32, "--seconds", bench.seconds),
        Scenario("tiny, 1 connection", "--wish", "tiny", "--requests", requests(2000), "--seconds", 20),
        Scenario("chat, 1 connection", "--wish", "chat", "--requests", requests(2000), "--seconds", 20),
        Scenario(
            "new connections", "--wish", "tiny", "--new-connections", "--requests", requests(200), "--seconds", 20),
        Scenario("stream", "--wish", "sse 20 5", "--requests", requests(30), "--warm-up", 2, "--seconds", 30),
        Scenario("1 MiB", "--wish", "big", "--requests", requests(100), "--warm-up", 3, "--seconds", 20),
    ]


def targets(bench):
    """Starts all that can be had."""
    started = [bench.upstream]
    for kind in (TrainLoop, Nginx, Mitmdump):
        target = kind(bench)
        try:
            target.start()
        except machine.Skip as reason:
            bench.skipped[kind.name] = str(reason)
            bench.say(f"SKIP {kind.name}: {reason}")
            continue
        started.append(target)
        if kind is TrainLoop:
            started.append(Gateway(bench, target))
        if kind is Nginx:
            started.append(SecureNginx(bench, target))
    return started


def traffic(bench):
    """Returns {scenario: {target: {figure: median over the rounds}}} and the recorder's account."""
    started = targets(bench)
    proxy = next(target for target in started if isinstance(target, TrainLoop))
    rounds, sent = {}, 0
    try:
        for scenario in scenarios(bench):
            bench.say(scenario.name)
            for number in range(bench.rounds):
                # The order turns, so that nobody is always the one after mitmdump.
                for target in started[number % len(started):] + started[:number % len(started)]:
                    before = machine.settled_cpu_nanoseconds(target.process.pid)
                    result = bench.load(target, *scenario.arguments)
                    spent = machine.settled_cpu_nanoseconds(target.process.pid) - before
                    result["cpu_us"] = spent / 1e3 / max(1, result["total"])
                    rounds.setdefault(scenario.name, {}).setdefault(target.name, []).append(result)
                    if isinstance(target, TrainLoop):
                        sent += result["total"]
    finally:
        processes = [target for target in started[1:] if not isinstance(target, (Gateway, SecureNginx))]
        words = {target.name: target.stop() for target in processes}
    return medians(rounds), account(proxy, sent, words[proxy.name])


def medians(rounds):
    return {
        scenario: {
            name: {
                figure: statistics.median(result[figure] for result in results)
                for figure, value in results[0].items()
                if isinstance(value, (int, float)) and all(result.get(figure) is not None for result in results)
            }
            for name, results in by_target.items()
        }
        for scenario, by_target in rounds.items()
    }


def account(proxy, sent, words):
    """What was sent, what the proxy says it recorded, and what lies in the folder."""
    line = next((line for line in words.splitlines() if "exchanges seen" in line), "")
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (?:exchanges )?(\w+)", line)}
    return {"sent": sent, "lines": proxy.recorded_lines(), "summary": line.split(" -> ")[0], **counts}


def starts(bench):
    """Seconds from the start to the first connection that is accepted."""
    found = {}
    for kind in (TrainLoop, Nginx, Mitmdump):
        if kind.name in bench.skipped:
            continue
        bench.say(f"start of {kind.name}")
        times = []
        target = kind(bench, "-start")
        count = 2 if bench.is_quick else kind.start_count
        # The first start, which makes keys that are kept, is not counted.
        for _ in range(count + 1):
            times.append(target.start())
            target.stop()
        found[kind.name] = sorted(times[1:])
    return found


def memory(bench):
    """Resident memory of a fresh process with many streams open, each bringing an event a second."""
    count = 100 if bench.is_quick else 1000
    found = {}
    for kind in (TrainLoop, Nginx, Mitmdump):
        if kind.name in bench.skipped:
            continue
        bench.say(f"{count} open streams through {kind.name}")
        target = kind(bench, "-memory")
        target.start()
        holder = None
        try:
            bench.load(target, "--requests", 1)
            idle = machine.resident_kibibytes(target.process.pid)
            holder = subprocess.Popen(
                [
                    bench.product("load"), *target.way(), "--hold", "--wish", "sse 100000 1000",
                    "--connections", str(count),
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            if not holder.stdout.readline().startswith("READY"):
                words = holder.stderr.read()[-300:]
                bench.problems.append(f"{kind.name}: {count} streams could not be opened: {words}")
                continue
            time.sleep(3)
            found[kind.name] = (idle, machine.resident_kibibytes(target.process.pid), count)
        finally:
            if holder:
                machine.stop(holder)
            target.stop()
    return found
