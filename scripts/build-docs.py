#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Renders the documentation of the public products into .build/documentation, from what `swift build` left: no second build.

An error is each of: a public symbol without a doc comment, a warning of docc, a sample that does not compile. The samples are the Swift
blocks of the catalogues, of the doc comments and of the README; what they take as given is in Given.swift, and one that is a part of a
tested example, to the letter, needs nothing.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
SWIFT = os.environ.get("SWIFT", "swift")
MODULES = [
    "TrainLoop", "TrainLoopAsyncHTTPClient", "TrainLoopServiceLifecycle", "TrainLoopSwiftTesting", "TrainLoopTesting",
]
EXAMPLES = [path.read_text() for path in ROOT.glob("Examples/OpenAPITransport/*.swift")]
# Of a sample that names none.
IMPORTS = [
    "import AsyncHTTPClient", "import Foundation", "import ServiceLifecycle", "import Testing", *(f"import {name}" for name in MODULES),
    "@testable import TrainLoopCore",
]


def run(*command, **options):
    return subprocess.run(command, cwd=ROOT, check=True, **options)


def output(*command):
    return run(*command, stdout=subprocess.PIPE, text=True).stdout


def render(module, graphs, archive, flags):
    """Returns the public symbols that say nothing of themselves."""
    graphs.mkdir()
    run(SWIFT, "symbolgraph-extract", "-module-name", module, *flags, "-output-dir", graphs, "-minimum-access-level", "public",
        "-skip-synthesized-members", "-skip-inherited-docs")
    run("docc", "convert", *(ROOT / "Sources" / module).glob("*.docc"), "--additional-symbol-graph-dir", graphs,
        "--fallback-display-name", module, "--fallback-bundle-identifier", f"trainloop.{module}", "--warnings-as-errors",
        "--output-path", archive)
    symbols = [symbol for graph in graphs.iterdir() for symbol in json.loads(graph.read_text())["symbols"]]
    # A symbol without a place was made by the compiler.
    return [".".join(symbol["pathComponents"]) for symbol in symbols if "docComment" not in symbol and "location" in symbol]


def samples():
    """The samples, each as a file of its own that says where it comes from."""
    folders = [ROOT / "Sources" / module for module in MODULES]
    for path in [ROOT / "README.md", *(path for folder in folders for path in sorted(folder.rglob("*")))]:
        if path.suffix not in (".md", ".swift"):
            continue
        lines = path.read_text().splitlines()
        if path.suffix == ".swift":
            lines = [comment[1] if (comment := re.match(r" *///(?: |$)(.*)", line)) else "" for line in lines]
        text = "\n".join(lines)
        for block in re.finditer(r"^```swift\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            lines = block[1].splitlines()
            if lines[0].startswith("dependencies:"):
                continue  # a part of a manifest
            if any(block[1] in example for example in EXAMPLES):
                continue  # a part of an example, which `swift build` has compiled
            imports = [line for line in lines if line.startswith("import ")]
            code = ["" if line in imports else line for line in lines]
            isDeclaration = any(re.match(r"(@Test|enum|struct|func) ?", line) for line in code)
            place = f'#sourceLocation(file: "{path.relative_to(ROOT)}", line: {text[:block.start(1)].count(chr(10)) + 1})'
            yield "\n".join([
                *(imports or IMPORTS), "#if canImport(FoundationNetworking)", "import FoundationNetworking", "#endif",
                "" if isDeclaration else "private func sample() async throws {", place, *code, "#sourceLocation()", "" if isDeclaration else "}", ""])


def compile_samples(folder, flags, resources):
    folder.mkdir()
    files = [ROOT / "scripts" / "Given.swift"]
    for number, text in enumerate(samples()):
        files.append(folder / f"Sample{number}.swift")
        files[-1].write_text(text)
    run("swiftc", "-typecheck", "-suppress-warnings", "-swift-version", "6", "-parse-as-library", "-module-name", "Samples", *flags,
        "-plugin-path", f"{resources}/host/plugins/testing", *files)
    return len(files) - 1


def main():
    build = pathlib.Path(output(SWIFT, "build", "--show-bin-path").strip())
    target = json.loads(output("swiftc", "-print-target-info"))
    maps = [*build.glob("*.build/module.modulemap"), *ROOT.glob(".build/checkouts/*/Sources/*/include/module.modulemap"),
            *ROOT.glob("Sources/*/module.modulemap")]
    flags = ["-I", build / "Modules", "-target", target["target"]["triple"]]
    flags += [word for path in maps for word in ("-Xcc", f"-fmodule-map-file={path}")]
    site = ROOT / ".build" / "documentation"
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        archives = [folder / f"{module}.doccarchive" for module in MODULES]
        silent = []
        for module, archive in zip(MODULES, archives):
            silent += render(module, folder / module, archive, flags)
        if silent:
            sys.exit("build-docs: public and without a doc comment: " + ", ".join(silent))
        count = compile_samples(folder / "samples", flags, target["paths"]["runtimeResourcePath"])
        shutil.rmtree(site, ignore_errors=True)
        run("docc", "merge", *archives, "--synthesized-landing-page-name", "TrainLoop for Swift", "--output-path", site)
    print(f"build-docs: {len(MODULES)} modules, {count} samples; python3 -m http.server --directory {site.relative_to(ROOT)}")


try:
    main()
except subprocess.CalledProcessError as error:
    sys.exit(f"build-docs: {error.cmd[0]} failed, see above")
