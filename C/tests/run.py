#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Tests the built library from outside: its symbols, the header under each compiler, the example, the contract.

Usage: make c-test. Needs a C compiler and binutils; what else is not there (g++, clang, valgrind) is skipped, and said.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent.parent
HEADER = HERE / "build/include/trainloop.h"
LIBRARY = HERE / "build/lib/libtrainloop.so"
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic", f"-I{HEADER.parent}"]
C99 = ["-std=c99", "-D_DEFAULT_SOURCE"]
CASES = ["null", "order", "wire", "forks", "closing", "lost", "configuration", "threads"]
VALGRIND = ["valgrind", "--quiet", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=definite"]

passed = failed = 0


def check(holds, what):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}")


def skip(what):
    print(f"skipped: {what}")


def run(*command, environment=None):
    return subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, timeout=300,
        env={"PATH": os.environ["PATH"], **(environment or {})})


def output(*command):
    result = run(*command)
    check(result.returncode == 0, f"{command[0]}: {result.stderr}")
    return result.stdout


def records(folder):
    files = sorted(pathlib.Path(folder).glob("*/[0-9]*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def compile_header(work):
    """The header says what it says to every compiler, without a warning."""
    source = work / "header.c"
    main = "int main(void) { return trainloop_abi_version() != TRAINLOOP_ABI_VERSION; }"
    source.write_text(f'#include "trainloop.h"\n{main}\n', encoding="utf-8")
    for command in (["gcc", "-std=c99"], ["g++", "-std=c++98", "-Wno-long-long", "-x", "c++"],
                    ["g++", "-std=c++20", "-x", "c++"], ["clang", "-std=c99", "-Weverything"],
                    ["clang++", "-std=c++17", "-x", "c++"]):
        if shutil.which(command[0]) is None:
            skip(f"{command[0]} is not here")
            continue
        result = run(*command, *WARNINGS, "-fsyntax-only", source)
        check(result.returncode == 0, f"{' '.join(command)}: {result.stderr}")


def look_at_symbols():
    """Nothing but the header's functions is exported, nothing but an old C library is needed."""
    text = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    declared = set(re.findall(r"^int32_t (trainloop_\w+)\(", text, re.MULTILINE))
    exported = {line.split()[-1] for line in output("nm", "-D", "--defined-only", LIBRARY).splitlines()}
    check(len(declared) > 20, f"the header declares {len(declared)} functions")
    check(exported == declared, f"exported or declared alone: {sorted(exported ^ declared)}")
    needed = set(re.findall(r"NEEDED.*\[(.+)\]", output("readelf", "-d", LIBRARY)))
    check(needed <= {"libc.so.6", "libm.so.6"}, f"needs {sorted(needed)}")
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", output("objdump", "-T", LIBRARY))
    check(max((int(a), int(b)) for a, b in versions) <= (2, 17), "loads where glibc is 2.17")


def build(work, source, *extra):
    program = work / source.stem
    result = run("cc", *C99, *WARNINGS, source, f"-L{LIBRARY.parent}", "-ltrainloop", *extra,
                 f"-Wl,-rpath,{LIBRARY.parent}", "-o", program)
    check(result.returncode == 0, f"{source.name}: {result.stderr}")
    return program


def run_example(program, folder, *before):
    result = run(*before, program, environment={"TRAINLOOP_DATA_FOLDER": str(folder)})
    check(result.returncode == 0, f"the example: {result.stderr}")
    check(result.stderr == "2 seen, 2 recorded\n", f"the example's counts: {result.stderr}")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    check(lines == records(folder) and len(lines) == 2, "the example prints the lines that were written")
    check("sk-example" not in result.stdout, "no secret is in them")
    plain, streamed = (lines + [{}, {}])[:2]
    question = [{"role": "user", "content": "Which river flows through Köln?"}]
    check(plain.get("input") == question, "the plain call's input")
    check(plain.get("output", {}).get("content") == "The Rhine.", "the plain call's output")
    check(plain.get("usage", {}).get("inputTokens") == 14, "the plain call's usage")
    check(plain.get("tag") == "rivers" and plain.get("status") == "ok", "the plain call's tag and status")
    check(plain.get("location", {}).get("file", "").endswith("record.c"), "the plain call's place")
    check(plain.get("capture", {}).get("by") == "c-example/1.0", "who recorded the plain call")
    check(streamed.get("output", {}).get("content") == "One, two.", "the streamed call's output")
    check(streamed.get("tag") == "numbers" and streamed.get("status") == "ok", "the streamed call's tag and status")
    check(streamed.get("stream", {}).get("endedBy") == "done", "the stream's end")
    check(streamed.get("http", {}).get("requestBytes") == 85, "the streamed call's request")


def run_case(program, name, work, *before):
    folder = work / f"{name}{len(before)}"
    if name == "lost":
        folder.write_text("a file, no folder")
    result = run(*before, program, name, environment={"TRAINLOOP_DATA_FOLDER": str(folder)})
    check(result.returncode == 0, f"{name}: exit status {result.returncode}: {result.stderr}")
    check(result.stderr == "", f"{name}: nothing is printed, but: {result.stderr}")
    lines = result.stdout.splitlines()
    check(len(lines) > 0, f"{name}: it checks something")
    for line in lines:
        check(line.startswith("ok "), f"{name}: {line}")
    look_at_records(name, records(folder) if folder.is_dir() else [])


def look_at_records(name, written):
    statuses = sorted(record["status"] for record in written)
    expected = {"order": ["ok"], "wire": ["ok"] * 2, "forks": ["incomplete", "ok"], "closing": ["incomplete"] * 2,
                "threads": ["ok"] * 200}.get(name, [])
    check(statuses == expected, f"{name}: {statuses[:8]} are written, not {expected[:8]}")
    whole = [record for record in written if record["status"] == "ok"]
    right = ["Hello", [{"role": "user", "content": "Hi"}], "https://api.openai.com/v1/chat/completions", None]
    said = [[record["output"]["content"], record["input"], record["url"], record["capture"].get("warnings")]
            for record in whole]
    check(all(one == right for one in said), f"{name}: {said[:2]}")
    if name == "order":
        check(written[0]["tag"] == "orderly", "order: the tag")
    if name == "forks":
        check(len({record["capture"]["pid"] for record in written}) == 2, "forks: two processes have recorded")


def run_random(program, work, *before, rounds):
    """Calls in random order: the process lives, each exchange begun is a line, and each line is JSON."""
    folder = work / f"random{len(before)}"
    result = run(*before, program, 1, rounds, environment={"TRAINLOOP_DATA_FOLDER": str(folder)})
    check(result.returncode == 0, f"random: exit status {result.returncode}: {result.stderr}")
    check(f"{len(records(folder))}\n" == result.stdout, f"random: {len(records(folder))} lines, not {result.stdout}")


def run_guide(work):
    """The Python of docs/c.md does what is said there."""
    guide = (HERE.parent / "docs/c.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", guide, re.DOTALL)[1]
    folder = work / "guide"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=HERE.parent, capture_output=True, text=True, timeout=60,
        env={**os.environ, "TRAINLOOP_DATA_FOLDER": str(folder), "TRAINLOOP_RUN": ""})
    check(result.returncode == 0, f"docs/c.md: {result.stderr}")
    check([record["output"]["content"] for record in records(folder)] == ["Hello"], "docs/c.md: the record")


def main():
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        compile_header(work)
        look_at_symbols()
        example = build(work, HERE / "example/record.c")
        contract = build(work, HERE / "tests/contract.c", "-lpthread")
        run_example(example, work / "example")
        for name in CASES:
            run_case(contract, name, work)
        random = build(work, HERE / "tests/random.c")
        run_random(random, work, rounds=500)
        run_guide(work)
        if shutil.which("valgrind") is None:
            skip("valgrind is not here")
        else:
            run_example(example, work / "example-valgrind", *VALGRIND)
            for name in CASES:
                run_case(contract, name, work, *VALGRIND)
            run_random(random, work, *VALGRIND, rounds=5)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
