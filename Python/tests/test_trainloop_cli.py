# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The TrainLoop for Swift authors
"""TrainLoop's own command line reads the events as its own."""

import json
import subprocess
import sys

import pytest

from conftest import PACKAGE

HOME = PACKAGE / ".venvs" / "trainloop-cli"
SUITE = """
from trainloop_cli.eval_core.helpers import tag

def says_what_was_asked(sample):
    return int(sample.output["content"] == sample.input[-1]["content"] and sample.model == "simulated-1")

def has_a_location(sample):
    return int(sample.location["file"].endswith("asking.py") and int(sample.location["lineNumber"]) > 0)

results = tag("checkout").check(says_what_was_asked, has_a_location)
"""


@pytest.fixture(scope="module")
def trainloop():
    program = HOME / "bin" / "trainloop"
    if not program.exists():
        for command in (
            [sys.executable, "-m", "venv", "--clear", HOME],
            [HOME / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
             "trainloop-cli==0.9.0"],
        ):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"trainloop-cli cannot be installed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    return program


def test_its_eval_scores_what_was_recorded(scene, trainloop):
    project = scene.folder / "trainloop"
    scene.data = project / "data"
    scene.environment["TRAINLOOP_DATA_FOLDER"] = str(scene.data)
    outcome = scene.run("""
        import trainloop_llm_logging as tl
        tl.collect()
        from asking import ask, start
        tag = tl.trainloop_tag("checkout")
        for prompt in ["plain", "lines\\u2028that\\u0085others\\nsplit", "\\U0001f600 \\\\ \\""]:
            ask(prompt, headers=tag)
        start("streamed", headers=tag, stream=True).read()
        ask("untagged")
        start("cut", path="/stall/v1/chat/completions", headers=tag, stream=True).close()
    """)
    assert outcome.code == 0, outcome
    (project / "eval" / "suites").mkdir(parents=True)
    for folder in (project / "eval", project / "eval" / "suites"):
        (folder / "__init__.py").touch()
    (project / "eval" / "suites" / "ours.py").write_text(SUITE)
    (project / "trainloop.config.yaml").write_text("trainloop:\n  data_folder: ./data\n")
    done = subprocess.run(
        [trainloop, "eval"], cwd=project, capture_output=True, text=True, timeout=120,
        env={**scene.environment, "PYTHONPATH": "", "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*"})
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Warning" not in done.stdout and "Error" not in done.stdout, done.stdout
    [file] = scene.data.rglob("results/**/ours.jsonl")
    results = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(results) == 8 and all(result["passed"] == 1 for result in results), results
