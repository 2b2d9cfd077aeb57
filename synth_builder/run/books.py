"""Close a stage's book: count its part on disk against the number of its inputs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from synth_builder.books import StageBook
from synth_builder.parquet import read_batches


def book_of_part(stage: str, inputs: int, part: Path) -> StageBook:
    """Count a stage's part on disk against the number of its inputs."""
    left_out: dict[str, Counter[str]] = {"filtered": Counter(), "failed": Counter()}
    carried = rows = malformed = 0
    last: tuple[str, int] | None = None
    for batch in read_batches(part, ["input_id", "sample", "status", "reason", "malformed"]):
        for input_id, sample, status, reason, malformed_here in zip(*(each.to_pylist() for each in batch), strict=True):
            # The rows of an input follow each other; what is said of it stands on each of them, and counts once.
            is_first, last = last != (input_id, sample), (input_id, sample)
            if status == "carried":
                rows += 1
                carried += is_first
            else:
                left_out[status][reason] += 1
            malformed += malformed_here if is_first else 0
    filtered, failed = (dict(sorted(left_out[name].items())) for name in ("filtered", "failed"))
    return StageBook(stage, inputs, carried, filtered, failed, rows, malformed)
