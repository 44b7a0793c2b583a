#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""Proves that the Python SDK records every client library truly, and that no application notices.

Each cell runs one program twice in fresh processes against a local provider simulator, without and with the SDK, and
compares what the application got; then it holds the records on disk against what the library itself reported.
"""

import argparse
import ast
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bedrock_server import BedrockServer

HERE = Path(__file__).resolve().parent
PYTHON = HERE.parent.parent
REPOSITORY = PYTHON.parent

CASES = [
    "plain",
    "streamed",
    "tool-call",
    "streamed-tool-call",
    "error",
    "retry",
    "early-break",
    "async",
    "threads",
    "pre-imported",
    "pre-built",
    "under-pytest",
]
# These need no function of their own: they run what plain and streamed run, begun in another way.
MODES = {"pre-imported", "pre-built", "under-pytest"}
PROGRAM_SECONDS = 120


@dataclass
class Client:
    """A row: a library in a version, the program that uses it, and what pip installs for it."""

    name: str
    program: str
    library: str
    requirements: list[str]
    pytest_plugins: list[str] = field(default_factory=lambda: ["pytest-httpx", "requests-mock"])
    # Of which package the version is shown; none for what comes with Python.
    distribution: str | None = None
    server: str = "simulator"

    @property
    def to_install(self):
        return [*self.requirements, "pytest", *self.pytest_plugins]

    @property
    def program_file(self):
        return HERE / "clients" / f"{self.program}.py"

    @property
    def cases(self):
        tree = ast.parse(self.program_file.read_text())
        functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        return [case for case in CASES if case in MODES or "case_" + case.replace("-", "_") in functions]


def client(name, program, library, *requirements, **more):
    return Client(name, program, library, list(requirements), distribution=library, **more)


HTTPX2_PLUGINS = {"pytest_plugins": ["httpx2-pytest", "requests-mock"]}

CLIENTS = [
    client("openai-1.97.0", "openai_client", "openai", "openai==1.97.0"),
    client("openai-newest", "openai_client", "openai", "openai"),
    client("anthropic-0.58.2", "anthropic_client", "anthropic", "anthropic==0.58.2"),
    client("anthropic-newest", "anthropic_client", "anthropic", "anthropic"),
    client("litellm-1.56.5", "litellm_client", "litellm", "litellm==1.56.5"),
    client("litellm-newest", "litellm_client", "litellm", "litellm"),
    client("httpx-0.28.1", "httpx_client", "httpx", "httpx[brotli,zstd]==0.28.1"),
    client("httpx2-newest", "httpx_client", "httpx2", "httpx2", **HTTPX2_PLUGINS),
    client("requests-newest", "requests_client", "requests", "requests"),
    client("urllib3-newest", "urllib3_client", "urllib3", "urllib3[brotli,zstd]"),
    client("urllib3-1.26.20", "urllib3_client", "urllib3", "urllib3==1.26.20"),
    Client("http.client", "http_client", "http.client", []),
    client("aiohttp-newest", "aiohttp_client", "aiohttp", "aiohttp"),
    client("boto3-newest", "boto3_client", "boto3", "boto3", server="bedrock"),
]


class CannotInstall(Exception):
    pass


def prepare(client, folder):
    """Makes the virtual environment of a client unless it is there; returns the library's version."""
    home = folder / client.name
    python = home / "bin" / "python"
    made = home / "requirements.txt"
    wanted = "\n".join(client.to_install) + "\n"
    if not made.exists() or made.read_text() != wanted:
        print(f"making {home}", flush=True)
        for command in (
            [sys.executable, "-m", "venv", "--clear", home],
            [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *client.to_install],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                raise CannotInstall((done.stderr.strip().splitlines() or ["pip failed"])[-1])
        made.write_text(wanted)
    if not client.distribution:
        return f"Python {sys.version.split()[0]}"
    question = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    return subprocess.check_output([python, "-c", question, client.distribution], text=True).strip()


class Simulator:
    """The project's provider simulator, for the whole run."""

    def __init__(self, program):
        self.process = subprocess.Popen(
            [program, "simulate", "--port", "0", "--tls-port", "0"], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline().strip()
        if not line.startswith("http="):
            sys.exit(f"the simulator did not start: {line!r}")
        self.url = line.removeprefix("http=")

    def close(self):
        self.process.terminate()
        self.process.wait()


@dataclass
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def expected(self):
        lines = [line for line in self.stdout.splitlines() if line.startswith("EXPECT ")]
        return json.loads(lines[-1].removeprefix("EXPECT ")) if lines else []


def start(client, case, options, data_folder, with_sdk):
    """Runs a program in a fresh process."""
    python = options.venvs / client.name / "bin" / "python"
    # Nothing of the developer's own settings (proxies, keys) reaches a program.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(data_folder.parent),
        "LANG": "C.UTF-8",
        "PYTHONIOENCODING": "utf-8",
        "PYTHONPATH": str(options.package),
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "*",
        # LiteLLM would fetch its list of prices from the network when it is imported.
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "TRAINLOOP_DATA_FOLDER": str(data_folder),
        "TRAINLOOP_HOST_ALLOWLIST": "127.0.0.1",
        "TRAINLOOP_MATRIX_CASE": case,
        "TRAINLOOP_MATRIX_BASE": options.servers[client.server],
        "TRAINLOOP_MATRIX_LIBRARY": client.library,
        "TRAINLOOP_MATRIX_PROGRAM": client.program,
    }
    if with_sdk:
        environment["TRAINLOOP_MATRIX_SDK"] = "1"
    command = [python, client.program_file]
    if case == "under-pytest":
        test = HERE / "clients" / "under_pytest" / "program_as_test.py"
        # Its summary of warnings depends on when threads warn; without the plugin they go to stderr, as elsewhere.
        switched_off = ["-p", "no:cacheprovider", "-p", "no:warnings"]
        command = [python, "-m", "pytest", "-q", "-s", *switched_off, "--rootdir", test.parent, test]
    try:
        done = subprocess.run(
            command,
            env=environment,
            cwd=data_folder.parent,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=PROGRAM_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        return Outcome(-1, (error.stdout or b"").decode(), f"no end after {PROGRAM_SECONDS} s")
    return Outcome(done.returncode, re.sub(r" in \d+\.\d+s", "", done.stdout), done.stderr)


def run_cell(client, case, options):
    """What is wrong with a cell; nothing when it is green."""
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        data_folders = [Path(folder) / name / "data" for name in ("first", "second")]
        for data_folder in data_folders:
            data_folder.mkdir(parents=True)
        without = start(client, case, options, data_folders[0], with_sdk=False)
        if without.code != 0 or not without.expected:
            last_lines = [line[:300] for line in (without.stdout + without.stderr).splitlines()[-20:]]
            return ["\n".join([f"the program fails without the SDK: exit {without.code}", *last_lines])]
        second = start(client, case, options, data_folders[1], with_sdk=not options.self_check)
        problems = differences(without, second)
        if not options.self_check:
            records, more = read_records(data_folders[1])
            problems += more + compare_all(second.expected or without.expected, records, client.program_file)
            problems += find_keys(data_folders[1])
        return problems


def differences(without, second):
    problems = []
    if without.code != second.code:
        problems.append(f"transparency: exit {without.code} became {second.code}")
    for name in ("stdout", "stderr"):
        before, after = (getattr(outcome, name).splitlines() for outcome in (without, second))
        lines = list(difflib.unified_diff(before, after, "without", "with", lineterm="", n=0))
        if lines:
            shown = "\n".join(line[:300] for line in lines[:30])
            problems.append(f"transparency: {name} differs\n{shown}")
    return problems


def read_records(data_folder):
    """The records in the order of their calls, and the lines that are none."""
    records, problems = [], []
    for kind in ("events", "calls"):
        for file in sorted((data_folder / kind).glob("*.jsonl")):
            for line in file.read_text().split("\n"):
                try:
                    records += [json.loads(line) | {"kind": kind}] if line else []
                except ValueError:
                    problems.append(f"truth: no JSON in {kind}: {line[:200]}")
    records.sort(key=lambda record: record["startTimeMs"])
    return records, problems


def compare_all(expected, records, program_file):
    problems = []
    if len(records) != len(expected):
        problems.append(f"once: {len(expected)} exchanges, {len(records)} records")
    rest = list(records)
    unmatched = []
    # Calls at the same time come in any order: a record belongs to the first exchange that it fits wholly.
    for entry in expected:
        fitting = next((record for record in rest if not compare(entry, record)), None)
        if fitting is None:
            unmatched.append(entry)
        else:
            rest.remove(fitting)
    for entry, record in zip(unmatched, rest):
        problems.append("truth: " + "; ".join(compare(entry, record)))
    for entry in unmatched[len(rest) :]:
        problems.append(f"once: no record of {short(entry)}")
    for record in rest[len(unmatched) :]:
        problems.append(f"once: a record too many: {short(record)}")
    return problems + check_locations(expected, records, program_file)


def check_locations(expected, records, program_file):
    lines = enumerate(program_file.read_text().splitlines(), 1)
    calls = {str(number) for number, line in lines if line.endswith("# CALL")}
    # Which of concurrent calls a record is of, its text may not tell: so many may lack a location, whichever they are.
    allowance = sum(1 for entry in expected if entry.get("mayLackLocation"))
    problems = []
    for record in records:
        file, line = record["location"]["file"], record["location"]["lineNumber"]
        if file == "unknown" and allowance:
            allowance -= 1
        elif Path(file) != program_file or line not in calls:
            problems.append(f"location: {file}:{line} is no line of a call")
    return problems


def compare(entry, record):
    """In what a record differs from what the library reported."""
    output = record["output"]
    messages = output.get("messages") or [{}]
    reply = messages[0]
    calls = [
        {"name": part.get("name"), "arguments": part.get("arguments")}
        for part in (part for message in messages for part in message.get("parts", []))
        if part["type"] == "tool_call"
    ]
    http = record.get("http", {})
    values = {
        "status": record.get("status"),
        "http": http.get("status"),
        "text": output["content"],
        "toolCalls": calls,
        "model": record["model"],
        "responseModel": record.get("responseModel"),
        "inputTokens": record.get("usage", {}).get("inputTokens"),
        "outputTokens": record.get("usage", {}).get("outputTokens"),
        # Where the common word for the reason differs from the provider's own, a record has both.
        "finishReason": reply.get("finishReasonRaw", reply.get("finishReason")),
    }
    names = set(entry) & set(values)
    if record.get("api") == "unknown":
        names &= {"status", "http"}
    problems = [
        f"{name} is {short(values[name])}, the library has {short(entry[name])}"
        for name in values
        if name in names and values[name] != entry[name]
    ]
    prefix = entry.get("textPrefix", "")
    if record.get("api") != "unknown" and not output["content"].startswith(prefix):
        problems.append(f"text {short(output['content'])} does not start with {short(prefix)}")
    has_reply = record.get("api") != "unknown" and bool(entry.get("text") or entry.get("toolCalls"))
    if entry["status"] == "ok" and has_reply != (record["kind"] == "events"):
        problems.append(f"it lies in {record['kind']}/")
    return problems


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 200 else text[:200] + "…"


def find_keys(data_folder):
    return [
        f"clean: a key is in {file.relative_to(data_folder)}"
        for file in sorted(data_folder.rglob("*"))
        if file.is_file() and b"canary" in file.read_bytes().lower()
    ]


def table(clients, results, versions):
    """Header and rows of text."""
    cases = [case for case in CASES if any((client.name, case) in results for client in clients)]
    rows = [["client", "version", *cases]]
    for client in clients:
        cells = [results.get((client.name, case), "-") for case in cases]
        rows.append([client.name, versions[client.name], *("FAIL" if isinstance(c, list) else c for c in cells)])
    return rows


def text_table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def markdown_table(rows):
    head, *body = ("| " + " | ".join(row) + " |" for row in rows)
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body]) + "\n"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--client", action="append", help="only clients whose name contains this; repeatable")
    parser.add_argument("--case", action="append", choices=CASES, help="only this case; repeatable")
    parser.add_argument("--jobs", type=int, default=2, help="cells that run at once (default 2)")
    parser.add_argument("--venvs", type=Path, default=PYTHON / ".venvs", help="where the environments are kept")
    parser.add_argument("--package", type=Path, default=PYTHON, help="the folder that holds trainloop_llm_logging")
    default = os.environ.get("TRAINLOOP", REPOSITORY / ".build/debug/trainloop")
    parser.add_argument("--trainloop", type=Path, default=default, help="the program with the simulator")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there, too")
    parser.add_argument("--self-check", action="store_true", help="run twice without the SDK: is a cell stable?")
    parser.add_argument("--list", action="store_true", help="only tell which cells there are")
    return parser.parse_args()


def main():
    options = parse_options()
    options.venvs, options.package = options.venvs.resolve(), options.package.resolve()
    clients = [c for c in CLIENTS if not options.client or any(part in c.name for part in options.client)]
    cells = [(c, case) for c in clients for case in c.cases if not options.case or case in options.case]
    if options.list:
        print("\n".join(f"{client.name} {case}" for client, case in cells))
        return

    versions, reasons = {}, {}

    def prepare_one(client):
        try:
            versions[client.name] = prepare(client, options.venvs)
        except CannotInstall as error:
            versions[client.name], reasons[client.name] = "?", str(error)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(prepare_one, clients))

    simulator = Simulator(options.trainloop)
    bedrock = BedrockServer()
    options.servers = {"simulator": simulator.url, "bedrock": bedrock.url}
    results = {}

    def run_one(cell):
        client, case = cell
        if client.name in reasons:
            results[client.name, case] = "SKIP"
            return
        try:
            problems = run_cell(client, case, options)
        except Exception as error:
            problems = [f"the runner could not judge: {type(error).__name__}: {error}"]
        results[client.name, case] = problems or "ok"
        print(f"[{len(results)}/{len(cells)}] {client.name} {case}: {'FAIL' if problems else 'ok'}", flush=True)

    try:
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(run_one, cells))
    finally:
        simulator.close()
        bedrock.close()

    rows = table(clients, results, versions)
    print("\n" + text_table(rows))
    for (name, case), problems in sorted(results.items()):
        if isinstance(problems, list):
            print(f"\n{name} {case}:")
            for problem in problems:
                print("  " + problem.replace("\n", "\n    "))
    for name, reason in reasons.items():
        print(f"\n{name} skipped: {reason}")
    if options.markdown:
        options.markdown.write_text(markdown_table(rows))
    green = sum(1 for result in results.values() if result == "ok")
    print(f"\nmatrix: {green} of {len(cells)} cells green")
    # A skipped cell is not proved, but says nothing against the SDK either.
    if green == 0 or any(isinstance(result, list) for result in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()
