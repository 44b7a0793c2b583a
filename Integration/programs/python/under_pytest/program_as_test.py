# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors

"""A program of the matrix as a test; its name keeps it out of other test runs."""

import os
import sys

import shared


def test_program():
    shared.collect()
    shared.run(vars(sys.modules[os.environ["TRAINLOOP_MATRIX_PROGRAM"]]))
