"""Find one row of a run by its id, with the walk and the documents that it was made from."""

from __future__ import annotations

from typing import NamedTuple

from synth_builder.errors import SynthBuilderError
from synth_builder.parquet import read_rows
from synth_builder.row import Row
from synth_builder.run.folder import RunFolder
from synth_builder.stages.answer import blank

# Where a question may stand, the latest stage first.
_QUESTION_STAGES = ("answer", "deduplicate", "level1", "level2", "level3")


class FoundRow(NamedTuple):
    """A row and its lineage.

    Attributes:
        row: With the columns of the corpus; no solution where it has not been answered.
        stage: The stage whose part holds it.
        left_out: Reason and detail where the row was left out there, else "".
        combination: The walk of a level 3 row.
        titles: Titles of its documents by id.
    """

    row: Row
    stage: str
    left_out: str
    combination: Row | None
    titles: dict[str, str]


def find_row(folder: RunFolder, row_id: str) -> FoundRow:
    """Find the row whose id is, or begins with, `row_id`.

    Raises:
        SynthBuilderError: No row, or several, have such an id.
    """
    for stage in _QUESTION_STAGES:
        part = folder.part(stage)
        if not part.exists():
            continue
        matches = {row["id"]: row for row in read_rows(part) if row["id"].startswith(row_id)}
        if len(matches) > 1:
            some = ", ".join(list(matches)[:5])
            raise SynthBuilderError(f"{len(matches)} rows begin with {row_id!r}: {some}, ...", todo="Give more digits.")
        for row in matches.values():
            return _with_lineage(folder, stage, row)
    raise SynthBuilderError(
        f"No row of the run in {folder.path} has the id {row_id!r}.",
        todo="Take the id of a question from the release, and name its run with --run.",
    )


def _with_lineage(folder: RunFolder, stage: str, row: Row) -> FoundRow:
    corpus_row = row if stage == "answer" else blank(row, 0)
    combination = None
    if row["combination_id"]:
        walks = read_rows(folder.part("combinations"))
        combination = next((walk for walk in walks if walk["id"] == row["combination_id"]), None)
    titles = {
        document["id"]: document["title"]
        for document in read_rows(folder.part("documents"), ["id", "title"])
        if document["id"] in row["documents"]
    }
    left_out = "" if row["status"] == "carried" else f"{row['reason']}: {row['detail']}".rstrip(": ")
    return FoundRow(corpus_row, stage, left_out, combination, titles)
