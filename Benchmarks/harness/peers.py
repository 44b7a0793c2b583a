# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The Python peers, in an environment of their own below the build folder."""
import os
import shutil
import subprocess
import sys

from .machine import Skip


class Peers:
    def __init__(self, folder):
        self.folder = folder
        self.problem = None
        self.is_ready = False

    def _prepare(self):
        if self.is_ready:
            return
        if self.problem:
            raise Skip(self.problem)
        python = f"{self.folder}/bin/python"
        done = f"{self.folder}/.done"
        if not os.path.exists(done):
            print("Benchmarks/run: installing mitmproxy into a virtual environment", file=sys.stderr)
            steps = [
                [sys.executable, "-m", "venv", self.folder],
                [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "mitmproxy"],
            ]
            for step in steps:
                result = subprocess.run(step, capture_output=True, text=True)
                if result.returncode != 0:
                    words = (result.stderr or result.stdout).strip().splitlines()
                    self.problem = f"`{' '.join(step[1:4])}` failed: {words[-1] if words else 'no message'}"
                    raise Skip(self.problem)
            open(done, "w").close()
        self.is_ready = True

    def mitmdump(self):
        """The one of the virtual environment, else one that is installed."""
        try:
            self._prepare()
        except Skip:
            installed = shutil.which("mitmdump")
            if installed is None:
                raise
            return installed
        return f"{self.folder}/bin/mitmdump"
