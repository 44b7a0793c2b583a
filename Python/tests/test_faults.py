# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""Whatever is wrong with us: the application gets the same, and one warning says what is lost."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from conftest import PACKAGE

#: An application that shows all that it gets: bytes, types and exceptions.
APPLICATION = """
import json, sys
{collect}
import http.client
from asking import ask, start

def show(value):
    print(type(value).__module__, type(value).__qualname__, ascii(value))

for prompt in ["one", "two \\u00fc \\U0001f600"]:
    response = start(prompt, headers={tag})
    show(response.status)
    show(response.getheaders()[2:])
    show(response.read())
response = start("streamed", stream=True)
for line in response:
    show(line)
for path in ["/mute/x", "/cut/x"]:
    try:
        show(start("lost", path=path).read())
    except Exception as error:
        show(error)
try:
    start("refused", path="bad path")
except Exception as error:
    show(error)
print("end")
"""
COLLECT = "import trainloop_llm_logging as tl; tl.collect()"


def run(scene, collect=COLLECT, **environment):
    tag = "tl.trainloop_tag('t')" if collect else "{}"
    return scene.run(APPLICATION.replace("{collect}", collect).replace("{tag}", tag), **environment)


def assert_open(scene, *words, **environment):
    """The application notices nothing; there is one warning with these words, or none where there are no words."""
    without = run(scene, collect="")
    assert without.code == 0 and without.stdout.endswith("end\n"), without.stderr
    outcome = run(scene, **environment)
    assert (outcome.code, outcome.stdout) == (0, without.stdout)
    assert outcome.stderr.count("\n") == (1 if words else 0), outcome.stderr
    for word in words:
        assert word in outcome.stderr
    return outcome


def package_copy(scene):
    folder = scene.folder / "package"
    shutil.copytree(PACKAGE / "trainloop_llm_logging", folder / "trainloop_llm_logging")
    _, support = scene.environment["PYTHONPATH"].split(os.pathsep)
    scene.environment["PYTHONPATH"] = os.pathsep.join([str(folder), support])
    return folder / "trainloop_llm_logging"


def test_without_a_fault_nothing_is_said_and_all_is_recorded(scene):
    assert_open(scene)
    assert scene.answers == ["one", "streamed", "two ü 😀"]
    assert sorted(record["status"] for record in scene.records("calls")) == ["error", "incomplete"]


def test_the_data_folder_is_a_file(scene):
    scene.data.write_text("mine")
    assert_open(scene, "a call is lost", str(scene.data))
    assert scene.data.read_text() == "mine"


def test_the_data_folder_cannot_be_written(scene):
    # /proc refuses everybody, root too.
    assert_open(scene, "a call is lost", "/proc/self/trainloop", TRAINLOOP_DATA_FOLDER="/proc/self/trainloop")


def test_the_disk_is_full(scene, tmp_path):
    (scene.data / "events").mkdir(parents=True)
    (scene.data / "calls").mkdir()
    mounted = f"mount -t tmpfs -o size=4k none {scene.data} && head -c 4096 /dev/zero > {scene.data}/full && "
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", mounted + "true"], capture_output=True, text=True)
    if probe.returncode != 0:
        pytest.skip(f"no file system of one's own can be mounted here: {probe.stderr.strip()}")
    without = run(scene, collect="")
    (scene.folder / "full.py").write_text(
        APPLICATION.replace("{collect}", COLLECT).replace("{tag}", "tl.trainloop_tag('t')"))
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", mounted + f"exec {sys.executable} full.py"],
        cwd=scene.folder, env=scene.environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, without.stdout)
    assert done.stderr.count("\n") == 1 and "a call is lost" in done.stderr and "space" in done.stderr, done.stderr


def test_a_body_that_no_parser_understands_is_recorded_without_a_word(scene):
    outcome = scene.run(COLLECT + """
import http.client, asking
connection = http.client.HTTPConnection(asking.HOST)
for path, body in [
    ("/v1/chat/completions", b'{"messages": [{"content": 7}], "model": {"a": 1}}'),
    ("/gzip/v1/chat/completions", b'{"messages": [{"content": [[]]}], "model": [1e999], "stream": 0}'),
    ("/no/such/api", b'{"messages": [{"content": "x"}]}'),
]:
    connection.request("POST", path, body)
    print(len(connection.getresponse().read()) > 0)
print(tl.stats()[:3])
""")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "True\n" * 3 + "(3, 3, 0)\n", "")
    assert len(scene.records()) == 3


def test_an_image_that_cannot_be_stored_is_counted(scene):
    scene.data.mkdir()
    (scene.data / "blobs").write_text("in the way")
    outcome = scene.run(COLLECT + """
import base64, http.client, json, asking
image = "data:image/png;base64," + base64.b64encode(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(3000)).decode()
content = [{"type": "image_url", "image_url": {"url": image}}]
connection = http.client.HTTPConnection(asking.HOST)
connection.request("POST", "/v1/chat/completions", json.dumps({"messages": [{"role": "user", "content": content}]}))
print(len(connection.getresponse().read()) > 0, tl.stats()[:3], tl.stats().lost_media)
""")
    assert (outcome.code, outcome.stdout) == (0, "True (1, 1, 0) 1\n")
    assert outcome.stderr.count("\n") == 1 and "blobs" in outcome.stderr, outcome.stderr


def test_the_library_is_missing(scene):
    (package_copy(scene) / "_trainloop.abi3.so").unlink()
    assert_open(scene, "no call is recorded", "_trainloop", "Install the package again")
    assert not scene.data.exists()


def test_the_library_is_damaged(scene):
    (package_copy(scene) / "_trainloop.abi3.so").write_bytes(b"\x7fELF, and then nothing")
    assert_open(scene, "no call is recorded", "_trainloop")


def test_the_library_is_of_another_version(scene):
    package = package_copy(scene)
    (package / "_trainloop.abi3.so").unlink()
    (package / "_trainloop.py").write_text("def abi(): return 999\n")
    assert_open(scene, "no call is recorded", "999")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("trainloop:\n  data_folder: [a, b]\n", "data_folder"),
        ("trainloop:\n  host_allowlist: {a: b}\n", "config.yaml:2"),
        ("trainloop:\n  host_allowlist: ['not a host']\n", "not a host"),
        ("trainloop:\n  log_level: loud\n", "loud"),
        ("trainloop:\n  flush_immediately: perhaps\n", "perhaps"),
        ("trainloop:\n  'unclosed\n", "config.yaml:2"),
        ("trainloop: [\n", "config.yaml"),
    ])
def test_a_configuration_that_cannot_be_used(scene, text, word):
    (scene.folder / "trainloop.config.yaml").write_text(text, encoding="latin-1")
    scene.environment.pop("TRAINLOOP_DATA_FOLDER")
    scene.environment.pop("TRAINLOOP_HOST_ALLOWLIST")
    assert_open(scene, "no call is recorded", word)


@pytest.mark.parametrize("value", ["/no/such/file.yaml", "", "\x01", "a" * 5000, "."])
def test_a_configuration_file_that_cannot_be_read(scene, value):
    outcome = assert_open(scene, *([] if not value else ["no call is recorded"]), TRAINLOOP_CONFIG_PATH=value)
    assert len(outcome.stderr) < 6000


def test_a_wrong_variable_is_named(scene):
    assert_open(scene, "no call is recorded", "TRAINLOOP_LOG_LEVEL", TRAINLOOP_LOG_LEVEL="loud")


def test_foreign_files_lie_in_the_data_folder(scene):
    (scene.data / "events").mkdir(parents=True)
    foreign = {
        "events/backup.jsonl": "not ours", "events/99999999999999999999999.jsonl": "{", "events/-1.jsonl": "",
        "events/1.jsonl": "torn line without an end", "_registry.json": "[]", "notes.txt": "mine",
    }
    for name, text in foreign.items():
        (scene.data / name).write_text(text)
    (scene.data / "events" / "2.jsonl").mkdir()
    assert_open(scene, "was no registry")
    del foreign["_registry.json"]
    for name, text in foreign.items():
        assert (scene.data / name).read_text() == text
    files = json.loads((scene.data / "_registry.json").read_text())["files"]
    assert sum(site["count"] for file in files.values() for site in file.values()) == 3


@pytest.mark.parametrize("registry", ["{", "null", '{"schema": 1, "files": 7}'])
def test_a_registry_that_is_damaged_costs_no_call(scene, registry):
    scene.data.mkdir()
    (scene.data / "_registry.json").write_text(registry)
    assert_open(scene, "was no registry")
    assert scene.answers == ["one", "streamed", "two ü 😀"]


@pytest.mark.parametrize("name", ["begin", "begin_wire", "request_wire", "response_wire", "is_whole", "end", "warning"])
def test_a_fault_of_our_own_is_counted_and_said_once(scene, name):
    collect = COLLECT + f"""
from trainloop_llm_logging import _recorder
class Core:
    def __getattr__(self, name, core=_recorder._core):
        return self.broken if name == {name!r} else getattr(core, name)
    def broken(self, *arguments):
        raise ZeroDivisionError("ours")
_recorder._core = Core()
import atexit
atexit.register(lambda: print(tl.stats().lost > 0))
"""
    without = run(scene, collect="")
    outcome = run(scene, collect)
    assert (outcome.code, outcome.stdout) == (0, without.stdout + "True\n")
    assert outcome.stderr.count("\n") == 1 and "ZeroDivisionError('ours')" in outcome.stderr, outcome.stderr


def test_only_arguments_of_a_wrong_type_raise(scene):
    outcome = scene.run("""
import trainloop_llm_logging as tl
for arguments in [(7,), (b"bytes",), (["list"],), (None, 1), (None, "true")]:
    try:
        tl.collect(*arguments)
    except TypeError as error:
        print(error)
    assert not tl.is_collecting()
tl.collect("/no/such/file.yaml")
assert not tl.is_collecting()
""")
    assert outcome.code == 0, outcome.stderr
    assert len(outcome.stdout.splitlines()) == 5
    assert len(outcome.warnings) == 1
