#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
#
# Makes the environment of Python's tests in Python/.venvs/tests, and installs there what is named and is not there yet.
#
# Usage: scripts/python-environment.sh PACKAGE...        exit status 77: pip could not install, for the reason that it gave
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
home=$root/Python/.venvs/tests
[ -x "$home/bin/python" ] || "${PYTHON:-python3}" -m venv "$home"
if ! "$home/bin/python" -m pip install --quiet --disable-pip-version-check "$@"; then
    echo "python-environment: pip could not install $*" >&2
    exit 77
fi
