#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Makes an oracle: what the official clients make of the responses of a corpus; see docs/conformance.md."""
import argparse
import json
import os
import subprocess
import sys
import warnings
from collections import Counter
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
HOME = HERE.parent / ".build" / "clients"
VERSIONS = {"openai": "3.57.0", "anthropic": "2.14.0"}

sys.path.insert(0, str(HERE))
import corpus


def enter_environment(packages):
    """Goes on in an environment that has these packages, made by pip below the build folder."""
    stamp = HOME / "complete"
    if Path(sys.prefix) == HOME and stamp.exists() and stamp.read_text() == " ".join(packages):
        return
    if not stamp.exists() or stamp.read_text() != " ".join(packages):
        subprocess.run([sys.executable, "-m", "venv", "--clear", HOME], check=True)
        pip = [HOME / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *packages], check=True)
        stamp.write_text(" ".join(packages))
    os.execv(HOME / "bin" / "python", [HOME / "bin" / "python", __file__, *sys.argv[1:]])


def write_oracle(source, target):
    """Writes the lines; returns their number, why some are excluded, and which APIs were passed over, both counted."""
    from replay import Replayer

    replayer = Replayer()
    written, excluded, passed_over = 0, Counter(), Counter()
    with corpus.open_lines(target, "wt") as out:
        for exchange in corpus.read_exchanges(source):
            line = replayer.line(exchange)
            if line is None:
                passed_over[exchange.get("api") or "?"] += 1
                continue
            written += 1
            if "exclude" in line:
                excluded[line["exclude"]] += 1
            print(json.dumps(line), file=out)
    return written, excluded, passed_over


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("oracle", help="the file to write")
    for package, version in VERSIONS.items():
        parser.add_argument(f"--{package}", metavar="VERSION", default=version, help=f"another than {version}")
    options = parser.parse_args()
    enter_environment([f"{package}=={getattr(options, package)}" for package in VERSIONS])
    # The clients warn of models that end, and pydantic of members that it did not expect.
    warnings.simplefilter("ignore")
    written, excluded, passed_over = write_oracle(options.corpus, options.oracle)
    for reason, count in excluded.most_common():
        print(f"excluded {count}: {reason[:100]}", file=sys.stderr)
    print(f"passed over: {', '.join(f'{api} {count}' for api, count in passed_over.most_common())}", file=sys.stderr)
    print(f"{written} lines, of which {excluded.total()} excluded; {passed_over.total()} exchanges passed over")


if __name__ == "__main__":
    main()
