#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
#
# Builds the extension for Python and puts it into Python/trainloop_llm_logging, so that PYTHONPATH=Python suffices.
# Needs the headers of any Python from 3.9 on; the file serves all of them.
#
# Usage: scripts/build-python.sh        (PYTHON, SWIFT and TRAINLOOP_PYTHON_INCLUDE name others than those on the path)
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)
python=${PYTHON:-python3}
swift=${SWIFT:-swift}

include=${TRAINLOOP_PYTHON_INCLUDE:-$("$python" -c 'import sysconfig; print(sysconfig.get_path("include"))')}
if [ ! -f "$include/Python.h" ]; then
    echo "build-python: no Python.h in $include: install the headers of $python (python3-dev, python3-devel)" \
        "or name their folder in TRAINLOOP_PYTHON_INCLUDE" >&2
    exit 1
fi

TRAINLOOP_PYTHON_INCLUDE=$include
export TRAINLOOP_PYTHON_INCLUDE
"$swift" build --package-path "$root/Python" -c release --product TrainLoopPython
built=$("$swift" build --package-path "$root/Python" -c release --show-bin-path)
# Renamed into place: a process that has the old one loaded keeps it.
target=$root/Python/trainloop_llm_logging/_trainloop.abi3.so
cp "$built/libTrainLoopPython.so" "$target.new"
mv "$target.new" "$target"
PYTHONPATH=$root/Python "$python" -c 'from trainloop_llm_logging import _trainloop as core; print("trainloop_llm_logging", core.version())'
