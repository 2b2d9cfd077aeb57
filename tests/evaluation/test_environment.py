"""`--setup` makes lighteval's environment as make does, and the Makefile's commands are the documented ones."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.eval_tasks.data import ROOT

LIGHTEVAL = "lighteval-0.13.0-py3-none-any.whl"


def write_wheel(folder: Path) -> None:
    """A package that only has lighteval's name and the folder of its tasks."""
    info = "lighteval-0.13.0.dist-info"
    files = {
        "lighteval/tasks/tasks/__init__.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: lighteval\nVersion: 0.13.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / LIGHTEVAL, "w") as wheel:
        for name, text in [*files.items(), (f"{info}/RECORD", record)]:
            wheel.writestr(name, text)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the tasks alone, beside lighteval's wheel."""
    shutil.copytree(ROOT / "eval_tasks", tmp_path / "eval_tasks", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "constraints").mkdir()
    write_wheel(tmp_path)
    return tmp_path


def set_up(checkout: Path, requirement: str) -> subprocess.CompletedProcess[str]:
    (checkout / "constraints" / "eval.txt").write_text(requirement)
    variables = {**os.environ, "PIP_NO_INDEX": "1", "PYTHONPATH": f"{checkout}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "synth_builder", "evaluate", "--setup"]
    return subprocess.run(command, cwd=checkout, env=variables, capture_output=True, text=True, check=False)


def test_setup_makes_the_environment_and_lets_plain_lighteval_start_offline(checkout: Path) -> None:
    (checkout / ".venv-eval").mkdir()
    (checkout / ".venv-eval" / "left over").touch()
    done = set_up(checkout, str(checkout / LIGHTEVAL))
    assert done.returncode == 0, done.stderr
    assert f"lighteval's environment: {checkout / '.venv-eval'}" in done.stdout
    (empty,) = checkout.glob(".venv-eval/lib/python3.*/site-packages/lighteval/tasks/tasks/tinyBenchmarks.pkl")
    assert empty.read_bytes() == b""
    assert (checkout / ".venv-eval" / ".done").exists()
    assert not (checkout / ".venv-eval" / "left over").exists()


def test_setup_that_fails_says_how_to_do_it_by_hand(checkout: Path) -> None:
    done = set_up(checkout, "lighteval==0.12.9\n")
    assert done.returncode == 1
    assert "No matching distribution found for lighteval==0.12.9" in done.stderr
    assert f"The environment {checkout / '.venv-eval'} cannot be made." in done.stderr
    folder, said = checkout / ".venv-eval", " ".join(done.stderr.split())
    assert f"-m venv {folder}" in said
    assert f"{folder}/bin/python -m pip install -r {checkout}/constraints/eval.txt" in said
    assert not (checkout / ".venv-eval" / ".done").exists()


def make(*arguments: str) -> str:
    """The commands that make would run."""
    return subprocess.run(
        ["make", "-n", "--no-print-directory", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


def test_make_eval_names_checkpoint_tasks_and_options() -> None:
    assert make("eval", "MODEL=ckpt").rstrip().endswith("synth-builder evaluate ckpt")
    told = make("eval", "MODEL=ckpt", "TASKS=gsm8k,math500", "ARGS=--max-samples 100")
    assert "synth-builder evaluate ckpt --tasks gsm8k,math500 --max-samples 100" in told


def test_make_push_results_names_corpus_folder_and_version() -> None:
    assert "synth-builder push org/x --evaluations evaluations" in make("push-results", "REPO=org/x")
    told = make("push-results", "REPO=org/x", "EVALS=mine", "VERSION=v2.0.0", "ARGS=--private")
    assert "synth-builder push org/x --evaluations mine --version v2.0.0 --private" in told


@pytest.mark.parametrize(("target", "missing"), [("eval", "MODEL=folder"), ("push-results", "REPO=org/name")])
def test_make_asks_for_what_is_missing(target: str, missing: str) -> None:
    assert f"make {target} {missing}" in make(target)
    assert 'test -n ""' in make(target)
