#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Holds the floors of ARCHITECTURE.md: each target imports only what is listed here, and the core stays pure.

The package manager sees missing dependencies on sibling targets only; this sees every import of every file.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBC = {"Glibc", "Musl", "Darwin", "Dispatch", "Synchronization"}
NIO = {"NIOCore", "NIOPosix", "NIOTLS", "NIOConcurrencyHelpers", "NIOSSL"}

ALLOWED = {
    "TrainLoopCore": set(),
    "TrainLoopJournal": {"TrainLoopCore", "CTrainLoopSystem"},
    "TrainLoopFront": {"TrainLoopCore", "TrainLoopJournal", "CTrainLoopSystem"},
    "TrainLoopGuest": {"TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "CTrainLoopSystem"},
    "TrainLoopABI": {"TrainLoopCore", "TrainLoopFront", "TrainLoopGuest", "CTrainLoop", "CTrainLoopSystem"},
    "TrainLoopCapture": {
        "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "CTrainLoopZlib", "CTrainLoopSystem",
    } | LIBC,
    "TrainLoopQuery": {"TrainLoopCore", "TrainLoopJournal"} | LIBC,
    "TrainLoopCertificates": {"NIOCore", "NIOSSL", "X509", "SwiftASN1", "Crypto", "FoundationEssentials", "Foundation"} | LIBC,
    "TrainLoopProxy": {
        "TrainLoopCore", "TrainLoopFront", "TrainLoopCapture", "TrainLoopCertificates", "CTrainLoopSystem",
        "ServiceLifecycle", "Logging",
    } | LIBC | NIO,
    "TrainLoopTesting": {"TrainLoopCore", "TrainLoopCertificates", "CTrainLoopZlib", "NIOHTTP1"} | LIBC | NIO,
    "TrainLoopIntegration": {
        "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopQuery", "TrainLoopCertificates", "TrainLoopTesting",
        "FoundationEssentials", "Foundation",
    } | LIBC | NIO,
    "TrainLoopCommands": {
        "TrainLoopCore", "TrainLoopJournal", "TrainLoopFront", "TrainLoopCapture", "TrainLoopQuery",
        "TrainLoopCertificates", "TrainLoopProxy", "TrainLoopTesting", "TrainLoopIntegration", "CTrainLoopSystem", "ArgumentParser", "ServiceLifecycle", "Logging",
        "UnixSignals", "SwiftASN1", "Crypto",
    } | LIBC,
    "TrainLoopMain": {"TrainLoopCommands"},
}

# Words that may not stand in code of the core: it has no clock, no concurrency, no output and no trap of its own.
FORBIDDEN_IN_CORE = re.compile(
    r"\b(async|await|throws|print|fatalError|precondition|preconditionFailure|assert|assertionFailure|try!|as!)\b"
)
IMPORT = re.compile(
    r"^\s*(?:@\w+(?:\(\w+\))?\s+)*(?:public |package |internal |private |fileprivate )?import\s+"
    r"(?:struct |class |enum |protocol |func |var |let |typealias )?(\w+)"
)


def code_lines(path):
    """The lines of a file without comments and string contents, numbered from 1."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        yield number, re.sub(r'"(?:\\.|[^"\\])*"', '""', line.split("//")[0])


def breaches():
    targets = sorted(path for path in (ROOT / "Sources").iterdir() if path.name.startswith("TrainLoop"))
    targets.append(ROOT / "C/Sources/TrainLoopABI")
    for target in targets:
        if target.name not in ALLOWED:
            yield f"Sources/{target.name}: no floor is listed for this target in scripts/check-layers.py"
            continue
        own = target / "ABI" if target.name == "TrainLoopABI" else target  # beside it are links to the others' sources
        for path in sorted(own.rglob("*.swift")):
            place = path.relative_to(ROOT)
            for number, line in code_lines(path):
                imported = IMPORT.match(line)
                if imported and imported[1] not in ALLOWED[target.name] | {target.name}:
                    yield f"{place}:{number}: {target.name} may not import {imported[1]}"
                if target.name == "TrainLoopCore" and (word := FORBIDDEN_IN_CORE.search(line)):
                    yield f"{place}:{number}: the core may not say '{word[0]}'"


def main():
    found = list(breaches())
    print("\n".join(found) or "layers: every import is where it may be", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
