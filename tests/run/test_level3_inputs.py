"""Level 3 reads documents by their ids: its inputs hold no copies of them, and still change with them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow.parquet as pq
import pytest
from datasets import Dataset, Features

from synth_builder.documents.read import read_documents
from synth_builder.graph.concept_graph import ConceptGraph
from synth_builder.graph.walk import Combination, sample_combinations
from synth_builder.parquet import read_rows, write_rows
from synth_builder.row import Row
from synth_builder.run import compute
from synth_builder.run.folder import RunFolder
from synth_builder.run.parts import Parts
from synth_builder.run.pipeline import run_recipe
from tests.endpoint.scripted import Script
from tests.run.taught import asked, digests, recipe, teaching


class Small(NamedTuple):
    """A run up to level 3 of documents that can be changed, and the server that it asks."""

    folder: Path
    server: Script

    def write(self, *documents: Row) -> None:
        """Change the source of documents."""
        columns = ("id", "text", "title", "source")
        lines = (json.dumps({name: document[name] for name in columns}) + "\n" for document in documents)
        (self.folder / "documents.jsonl").write_text("".join(lines))

    def go(self, *changes: str, out: str = "run", until: str = "level3") -> dict[str, int]:
        """Run, or go on; returns the requests that were sent, by stage."""
        source = f"documents={{source: {self.folder / 'documents.jsonl'}}}"
        small = recipe(self.folder, self.server.url, source, "graph.max_combinations=5", *changes)
        before = len(self.server.posted)
        run_recipe(small, self.folder / out, until=until)
        return asked(self.server, before)

    def rows(self, stage: str) -> list[Row]:
        return list(read_rows(self.part(stage)))

    def part(self, stage: str, out: str = "run") -> Path:
        return RunFolder(self.folder / out).part(stage)

    def inputs(self) -> Dataset:
        """What level 3 reads."""
        scratch = self.folder / "scratch"
        scratch.mkdir()
        return Parts(RunFolder(self.folder / "run"), scratch, 1).grounded_combinations()


@pytest.fixture
def documents() -> list[Row]:
    return [dict(row) for row in read_documents("sample", limit=4)]


@pytest.fixture
def small(tmp_path: Path, documents: list[Row]) -> Iterator[Small]:
    """A finished run of three documents."""
    with teaching() as server:
        small = Small(tmp_path, server)
        small.write(*documents[:3])
        small.go()
        yield small


def test_an_input_has_its_documents_as_soon_as_it_is_read_and_no_copies_of_them(small: Small) -> None:
    inputs = small.inputs()
    known = {row["id"]: row for row in small.rows("documents")}
    generators = {row["input_id"]: row["generator"] for row in small.rows("extract_concepts")}
    assert len(inputs) == 5
    carried = [row for row in small.rows("combinations") if row["status"] == "carried"]
    for combination, row in zip(carried, inputs, strict=True):
        assert row["id"] == combination["id"]
        assert [document["id"] for document in row["grounding"]] == combination["documents"]
        for document in row["grounding"]:
            assert document["text"] == known[document["id"]]["text"]
            assert document["generator"] == generators[document["id"]]
    texts = sum(len(document["text"]) for row in inputs for document in row["grounding"])
    assert inputs.data.nbytes < texts / 5


def test_where_no_combination_is_carried_there_is_nothing_to_read(small: Small) -> None:
    left_out = [{**row, "status": "filtered"} for row in small.rows("combinations")]
    write_rows(
        small.part("combinations"), left_out, Features.from_arrow_schema(pq.read_schema(small.part("combinations")))
    )
    assert list(small.inputs()) == []


def test_a_changed_text_sends_what_reads_it_and_another_licence_changes_rows_alone(
    small: Small, documents: list[Row]
) -> None:
    combinations = small.part("combinations").read_bytes()
    changed = documents[1]["id"]
    documents[1]["text"] += "\nThe end.\n"
    small.write(*documents[:3])
    sent = small.go()
    after = small.rows("combinations")
    reading = [row for row in after if changed in row["documents"]]
    assert 0 < len(reading) < len(after)
    assert sent["level3"] == len(reading)
    assert small.part("combinations").read_bytes() != combinations

    assert {license for row in small.rows("level3") for license in row["licenses"]} == {"unknown"}
    assert small.go("documents.license=CC0-1.0") == {}
    assert {license for row in small.rows("level3") for license in row["licenses"]} == {"CC0-1.0"}


@pytest.fixture
def walks(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Grows with each time that the graph is walked."""
    walked: list[None] = []

    def count_and_sample(graph: ConceptGraph, **settings: Any) -> Iterator[Combination]:
        walked.append(None)
        return sample_combinations(graph, **settings)

    monkeypatch.setattr(compute, "sample_combinations", count_and_sample)
    return walked


def test_combinations_are_not_sampled_again_while_nothing_has_changed(small: Small, walks: list[None]) -> None:
    before, state = digests(small.folder), small.part("combinations").stat()
    for changes in ([], ["stages.level3.temperature=0.2"], ["endpoints.teacher.max_concurrency=2"]):
        small.go(*changes, until="combinations")
    assert not walks
    assert small.part("combinations").stat() == state
    small.go()
    assert digests(small.folder) == before


@pytest.mark.parametrize(
    "change",
    [
        *("seed=1", "graph.epochs=2", "graph.max_combinations=3", "graph.grounding_documents=1"),
        *("documents.limit=2", "documents.license=CC0-1.0", "a text", "a document more"),
        *("the part is cut", "the part is gone", "the seal is torn", "the seal is gone"),
    ],
)
def test_whatever_has_changed_has_combinations_sampled_again(
    small: Small, documents: list[Row], walks: list[None], change: str
) -> None:
    part = small.part("combinations")
    seal = part.with_name(".seal.json")
    changes = []
    if change == "a text":
        documents[2]["text"] += "\nThe end.\n"
        small.write(*documents[:3])
    elif change == "a document more":
        small.write(*documents)
    elif change == "the part is cut":
        part.write_bytes(part.read_bytes()[:-9])
    elif change == "the part is gone":
        part.unlink()
    elif change == "the seal is torn":
        seal.write_text(seal.read_text()[:9])
    elif change == "the seal is gone":
        seal.unlink()
    else:
        changes = [change]
    for _ in range(2):
        small.go(*changes, until="combinations")
        assert len(walks) == 1
    small.go(*changes, out="anew", until="combinations")
    assert part.read_bytes() == small.part("combinations", out="anew").read_bytes()
