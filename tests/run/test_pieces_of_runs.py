"""The pieces of whole runs: several commands make the same files as one, and nothing in them is stale."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_builder.parquet import read_rows
from synth_builder.run import execute, pieces
from synth_builder.run.control import Budget, BudgetSpentError, Control
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import run_recipe
from tests.endpoint.scripted import Answer, Request
from tests.run.taught import asked, digests, recipe, say, stage_of, teach, teaching


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (execute, pieces):
        monkeypatch.setattr(module, "INPUTS_PER_PIECE", 2)


def test_a_run_that_grew_has_the_same_files_as_one_that_was_made_at_once(tmp_path: Path) -> None:
    with teaching() as server:
        for limit in (3, 6):
            run_recipe(recipe(tmp_path, server.url, f"documents.limit={limit}"), tmp_path / "grown")
        run_recipe(recipe(tmp_path, server.url, "documents.limit=6"), tmp_path / "at once")
    assert digests(tmp_path / "grown") == digests(tmp_path / "at once")


def test_rows_of_an_interrupted_retry_are_those_of_the_new_replies(tmp_path: Path) -> None:
    is_well = False

    async def decline(request: Request) -> Answer:
        return await teach(request) if is_well or not stage_of(request) else say("I do not know what you mean")

    def run(*, control: Control | None = None, retry_failed: bool = False) -> list[str]:
        small = recipe(tmp_path, server.url, "documents.limit=10", "endpoints.teacher.max_concurrency=1")
        run_recipe(small, tmp_path / "run", until="extract_concepts", control=control, retry_failed=retry_failed)
        return [row["reason"] for row in read_rows(RunFolder(tmp_path / "run").part("extract_concepts"))]

    with teaching(decline) as server:
        assert run() == ["invalid"] * 10
        is_well = True
        with pytest.raises(BudgetSpentError):
            run(control=Control(Budget(requests=5)), retry_failed=True)
        since = len(server.posted)
        assert sorted(run()) == [""] * 5 + ["invalid"] * 5
        assert asked(server, since) == {}
        assert run(retry_failed=True) == [""] * 10
        assert asked(server, since) == {"extract_concepts": 5}
