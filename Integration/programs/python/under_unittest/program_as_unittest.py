# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""A program of the matrix as a test of unittest; the library is there before the SDK, as in an application's tests."""

import importlib
import os
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
program = importlib.import_module(os.environ["TRAINLOOP_MATRIX_PROGRAM"])

import shared  # noqa: E402


class ProgramTest(unittest.TestCase):
    def test_program(self):
        shared.collect()
        shared.run(vars(program))
