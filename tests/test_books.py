"""Books that do not balance are an error, whatever was lost or doubled."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Features

from synth_builder.books import StageBook
from synth_builder.errors import SynthBuilderError
from synth_builder.parquet import write_rows
from synth_builder.run.books import book_of_part
from synth_builder.stages.stage import OUTCOME_COLUMNS


def outcome(input_id: str, status: str, reason: str = "", malformed: int = 0) -> dict[str, object]:
    return {"input_id": input_id, "sample": 0, "status": status, "reason": reason, "detail": "", "malformed": malformed}


OUTCOMES = [
    outcome("a", "carried", malformed=2),
    outcome("a", "carried", malformed=2),
    outcome("b", "filtered", "refused"),
    outcome("c", "failed", "invalid", malformed=1),
]


def test_a_part_is_counted_by_input_not_by_row(tmp_path: Path) -> None:
    write_rows(tmp_path / "part.parquet", OUTCOMES, Features(OUTCOME_COLUMNS))
    book = book_of_part("level1", 3, tmp_path / "part.parquet").check()
    assert (book.carried, book.filtered, book.failed) == (1, {"refused": 1}, {"invalid": 1})
    assert (book.rows, book.malformed) == (2, 3)


@pytest.mark.parametrize("inputs", [2, 4])
def test_an_input_that_vanished_or_doubled_is_an_error(tmp_path: Path, inputs: int) -> None:
    write_rows(tmp_path / "part.parquet", OUTCOMES, Features(OUTCOME_COLUMNS))
    with pytest.raises(SynthBuilderError, match=f"do not balance: {inputs} in, 3 out"):
        book_of_part("level1", inputs, tmp_path / "part.parquet").check()


def test_an_empty_stage_balances() -> None:
    assert StageBook("level3", 0, 0, {}, {}, 0).check().rows == 0
