"""A whole run against a real model: what a model without training writes is left out by rule and breaks nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from synth_builder.recipe import check_recipe
from synth_builder.run.pipeline import run_recipe
from tests.processes import children_of
from tests.torch.tiny_model import make_tiny_model

pytestmark = pytest.mark.torch


def test_a_run_ends_its_server_and_leaves_balanced_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}.items():
        monkeypatch.setenv(name, value)
    make_tiny_model(tmp_path / "model", positions=4096)
    before = set(children_of(os.getpid()))
    address = {"url": f"transformers:{tmp_path / 'model'}"}
    settings = {"endpoint": "writer", "max_tokens": 8}
    stages = {name: settings for name in ("extract_concepts", "level1", "level2", "level3")}
    recipe = check_recipe(
        {
            "name": "garbage",
            "documents": {"source": "sample", "limit": 3},
            "endpoints": {"writer": address, "solver": address},
            "stages": stages | {"answer": {"endpoint": "solver", "max_tokens": 8}},
        },
        "test",
    )
    run = run_recipe(recipe, tmp_path / "run")
    assert set(children_of(os.getpid())) <= before
    assert run.complete
    for book in run.books:
        assert book.inputs == book.carried + sum(book.filtered.values()) + sum(book.failed.values())
        assert set(book.failed) <= {"invalid"}
    assert run.books[1].failed == {"invalid": 3}
    assert run.books[1].prompt_tokens > 0
    (identity,) = set(run.identities)
    assert identity.server.startswith("transformers serve ")
    assert identity.max_total_tokens == 4096
