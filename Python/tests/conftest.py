# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""What the tests share: a provider, and programs that run in processes of their own beside it."""

import json
import os
import subprocess
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PACKAGE = TESTS.parent

sys.path[:0] = [str(TESTS / "support"), str(PACKAGE)]

from provider import Provider  # noqa: E402


@dataclass
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def warnings(self):
        return [line for line in self.stderr.splitlines() if line.startswith("TrainLoop: ")]


class Scene:
    """A provider, a data folder, and programs that use both."""

    def __init__(self, provider, folder):
        self.provider = provider
        self.folder = folder
        self.data = folder / "data"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "PYTHONPATH": os.pathsep.join([str(PACKAGE), str(TESTS / "support")]),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TEST_PROVIDER": provider.host,
            "TRAINLOOP_DATA_FOLDER": str(self.data),
            "TRAINLOOP_HOST_ALLOWLIST": "127.0.0.1",
        }

    def start(self, program, python=sys.executable, **environment):
        file = self.folder / "program.py"
        file.write_text(textwrap.dedent(program))
        return subprocess.Popen(
            [python, file], env={**self.environment, **environment}, cwd=self.folder, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, program, **more):
        process = self.start(program, **more)
        try:
            stdout, stderr = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return Outcome(process.returncode, stdout, stderr)

    def records(self, kind="*"):
        """All lines on disk; each must be whole."""
        files = sorted(self.data.glob(f"{kind}/*.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text().split("\n") if line]

    @property
    def answers(self):
        return sorted(record["output"]["content"] for record in self.records("events"))


@pytest.fixture(scope="session")
def provider():
    provider = Provider()
    yield provider
    provider.close()


@pytest.fixture
def scene(provider, tmp_path):
    provider.headers.clear()
    return Scene(provider, tmp_path)
