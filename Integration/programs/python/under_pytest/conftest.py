# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""Imports the library before any test, as the conftest of an application does."""

import importlib
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
importlib.import_module(os.environ["TRAINLOOP_MATRIX_PROGRAM"])
