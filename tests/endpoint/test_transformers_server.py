"""What cannot be served by transformers is told before anything large is loaded; no torch is needed for that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synth_builder.endpoint import transformers_server
from synth_builder.endpoint.transformers_server import TransformersServer
from synth_builder.errors import SynthBuilderError
from tests.endpoint.scripted import Answer, scripted

CONFIG = {"model_type": "llama", "max_position_embeddings": 4096}
NO_MODEL = Answer(404, {"error": "Repository not found"}, {"x-error-code": "RepoNotFound"})
CHAT = {"chat_template": "{{ messages }}"}


@pytest.fixture
def _packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transformers_server, "_refuse_missing_packages", lambda: None)


def model_folder(folder: Path, **files: object) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return str(folder)


@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({}, "has no config.json"),
        ({"adapter_config": {}, "tokenizer_config": CHAT}, "has no config.json"),
        ({"config": CONFIG}, "has no chat template"),
        ({"config": CONFIG, "tokenizer_config": {"eos_token": "</s>"}}, "has no chat template"),
        ({"config": "{", "tokenizer_config": CHAT}, "config.json cannot be read: Expecting property name"),
    ],
)
def test_a_folder_that_is_no_chat_model(tmp_path: Path, files: dict[str, object], what: str) -> None:
    with pytest.raises(SynthBuilderError) as caught:
        TransformersServer(model_folder(tmp_path, **files))
    assert what in caught.value.what
    assert caught.value.todo


@pytest.mark.usefixtures("_packages")
def test_a_folder_with_an_at_sign(tmp_path: Path) -> None:
    folder = model_folder(tmp_path / "model@home", config=CONFIG, tokenizer_config=CHAT)
    with pytest.raises(SynthBuilderError, match=r"cannot serve .*model@home\.\nCause: It takes what follows an @"):
        TransformersServer(folder)


@pytest.mark.usefixtures("_packages")
def test_a_folder_is_named_without_its_path_and_has_a_revision_of_its_own(tmp_path: Path) -> None:
    def server(folder: str, **files: object) -> TransformersServer:
        return TransformersServer(model_folder(tmp_path / folder, **files))

    first = server("mine", config=CONFIG, tokenizer_config=CHAT)
    assert (first.name, first.model) == ("mine", str(tmp_path / "mine"))
    assert first.revision == TransformersServer(first.model).revision
    saved_anew = server("mine", config={**CONFIG, "vocab_size": 7})
    assert len({first.revision, saved_anew.revision, server("mine", weights="x").revision}) == 3


@pytest.mark.usefixtures("_packages")
def test_what_is_no_file_of_the_model_does_not_change_its_revision(tmp_path: Path) -> None:
    folder = model_folder(tmp_path, config=CONFIG, tokenizer_config=CHAT)

    def revision_with(name: str) -> str:
        (tmp_path / name).write_text("x")
        return TransformersServer(folder).revision

    before = TransformersServer(folder).revision
    assert {revision_with(name) for name in ("README.md", ".cached.json", "training.log")} == {before}
    names = ("chat.jinja", "a.safetensors", "a.bin", "tokenizer.model", "merges.txt", "b.json")
    assert len({before, *map(revision_with, names)}) == 1 + len(names)


@pytest.mark.parametrize("package", ["torch", "fastapi"])
def test_missing_packages_are_named_with_the_line_that_installs_them(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # Python's own way to say that there is none
    with pytest.raises(SynthBuilderError) as caught:  # before anything else
        TransformersServer(str(tmp_path / "nowhere"))
    assert package in caught.value.what
    assert caught.value.todo == 'Run: pip install "synth-builder[transformers]"'


PROGRAM = """
import sys
from synth_builder.endpoint import transformers_server
transformers_server._refuse_missing_packages = lambda: None
transformers_server.TransformersServer(sys.argv[1])
"""
OFFLINE, UNREACHED, HUB = {"HF_HUB_OFFLINE": "1"}, {"HF_ENDPOINT": "http://127.0.0.1:9"}, {"HF_ENDPOINT": ""}


@pytest.mark.parametrize(
    ("name", "variables", "cause", "todo"),
    [
        ("./nowhere", OFFLINE, "There is no such folder", "Check the path"),
        ("./nowhere", UNREACHED, "There is no such folder", "Check the path"),
        ("nobody/nothing", OFFLINE, "HF_HUB_OFFLINE is set", "Unset HF_HUB_OFFLINE"),
        ("nobody/nothing@v1", OFFLINE, "HF_HUB_OFFLINE is set", "Unset HF_HUB_OFFLINE"),
        ("nowhere", UNREACHED, "The Hub cannot be reached", "Check the network, or the path"),
        (
            "nobody/nothing",
            HUB,
            "RepositoryNotFoundError",
            "the name; for a private or gated model, run `hf auth login`",
        ),
    ],
)
def test_a_name_that_leads_nowhere(tmp_path: Path, name: str, variables: dict[str, str], cause: str, todo: str) -> None:
    # huggingface_hub reads these variables when it is imported.
    environment = {**os.environ, "HF_HOME": str(tmp_path), **variables}
    with scripted(gets={"/api/models/nobody/nothing/revision/main": NO_MODEL}) as hub:
        if variables is HUB:
            environment["HF_ENDPOINT"] = hub.url
        command = [sys.executable, "-c", PROGRAM, name]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert f"{name.partition('@')[0]!r} is neither a folder nor a model that the Hub hands out." in ran.stderr
    assert f"Cause: {cause}" in ran.stderr
    assert todo in ran.stderr.rpartition("What to do: ")[2]
    assert "During handling" not in ran.stderr
