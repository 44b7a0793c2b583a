# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""The wheel: small, honest about where it runs, and enough by itself in an empty environment without Swift."""

import glob
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import PACKAGE, TESTS

EXTENSION = PACKAGE / "trainloop_llm_logging" / "_trainloop.abi3.so"
PROGRAM = """
import trainloop_llm_logging as tl
tl.collect()
from asking import ask
print(ask("from the wheel"), tl.stats().recorded)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    pytest.importorskip("hatchling", reason="hatchling is not installed here")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=PACKAGE, check=True,
        capture_output=True)
    [file] = folder.iterdir()
    return file


def interpreters():
    """Every Python from 3.9 on that this machine has, one of a version."""
    named = {}
    candidates = [shutil.which(f"python3.{minor}") for minor in range(9, 20)]
    candidates += glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python3"))
    for python in filter(None, candidates):
        done = subprocess.run([python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True)
        version = tuple(map(int, done.stdout.split())) if done.returncode == 0 else ()
        if version >= (3, 9):
            named.setdefault(f"{version[0]}.{version[1]}", python)
    return named


INTERPRETERS = interpreters()


def test_the_wheel_is_small_and_holds_what_it_should(wheel):
    assert wheel.stat().st_size < 450_000
    assert re.fullmatch(r"trainloop_llm_logging-[\d.]+-cp39-abi3-(manylinux_2_\d+|macosx)_\w+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
        [metadata] = [content.read(name).decode() for name in names if name.endswith("METADATA")]
        [entries] = [content.read(name).decode() for name in names if name.endswith("entry_points.txt")]
    files = [*(PACKAGE / "trainloop_llm_logging").glob("*.py"), *(PACKAGE / "trainloop_llm_logging").glob("*.pyi"), EXTENSION]
    expected = {f"trainloop_llm_logging/{file.name}" for file in files} | {"trainloop_llm_logging/py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "Requires-Dist" not in metadata and "Requires-Python: >=3.9" in metadata
    assert "License-Expression: Apache-2.0" in metadata
    assert entries.split() == ["[pytest11]", "trainloop", "=", "trainloop_llm_logging.pytest_plugin"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="as Linux builds it")
def test_the_extension_asks_for_the_c_library_alone_and_shows_one_symbol():
    if shutil.which("objdump") is None:
        pytest.skip("objdump is not installed here")
    headers = subprocess.check_output(["objdump", "-p", EXTENSION], text=True)
    assert set(re.findall(r"NEEDED\s+(\S+)", headers)) <= {"libc.so.6", "libm.so.6", "libpthread.so.0"}
    assert set(re.findall(r"R(?:UN)?PATH\s+(\S+)", headers)) <= {"$ORIGIN"}
    symbols = subprocess.check_output(["objdump", "-T", EXTENSION], text=True)
    shown = [line.split()[-1] for line in symbols.splitlines() if re.match(r"[0-9a-f]+ ", line) and "*UND*" not in line]
    assert shown == ["PyInit__trainloop"]


def test_auditwheel_agrees_with_the_tag(wheel):
    pytest.importorskip("auditwheel", reason="auditwheel is not installed here")
    tag = wheel.name.rpartition("-")[2].removesuffix(".whl")
    said = subprocess.check_output([sys.executable, "-m", "auditwheel", "show", wheel], text=True)
    assert f'"{tag}"' in re.sub(r"\s+", " ", said).split("This constrains")[0], said


@pytest.mark.parametrize("version", INTERPRETERS)
def test_every_python_records_with_the_one_file(scene, version):
    outcome = scene.run(PROGRAM, python=INTERPRETERS[version])
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "from the wheel 1\n", "")
    assert scene.answers == ["from the wheel"]


def test_an_empty_environment_without_swift_records_a_call(scene, wheel):
    home = scene.folder / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", wheel], check=True)
    scene.environment["PYTHONPATH"] = str(TESTS / "support")
    (scene.folder / "program.py").write_text(PROGRAM)
    command, hidden = [python, "program.py"], toolchain()
    if hidden:
        probe = ["unshare", "-rm", "sh", "-c", f"mount -t tmpfs none {hidden} && exec \"$@\"", "sh"]
        if subprocess.run([*probe, "true"], capture_output=True).returncode == 0:
            command = [*probe, *command]
    done = subprocess.run(command, cwd=scene.folder, env=scene.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "from the wheel 1\n", "")
    [event] = scene.records("events")
    assert Path(event["location"]["file"]).parent == TESTS / "support"


def toolchain():
    """The folder of the Swift toolchain, or None where there is none or it is part of the system."""
    swift = shutil.which("swift")
    folder = Path(swift).resolve().parent.parent if swift else None
    return folder if folder and folder not in (Path("/usr"), Path("/")) else None
