"""Close a stage's book: count its part on disk against the number of its inputs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq

from synth_builder.books import StageBook


def book_of_part(stage: str, inputs: int, part: Path) -> StageBook:
    """Count a stage's part on disk against the number of its inputs."""
    columns = pq.read_table(part, columns=["input_id", "sample", "status", "reason", "malformed"])
    carried: set[tuple[str, int]] = set()
    left_out: dict[str, Counter[str]] = {"filtered": Counter(), "failed": Counter()}
    rows = malformed = 0
    values = (columns.column(name).to_pylist() for name in columns.column_names)
    for input_id, sample, status, reason, broken in zip(*values, strict=True):
        if status == "carried":
            rows += 1
            # `malformed` stands on every row of an input and counts once.
            malformed += broken if (input_id, sample) not in carried else 0
            carried.add((input_id, sample))
        else:
            left_out[status][reason] += 1
            malformed += broken
    filtered, failed = (dict(sorted(left_out[name].items())) for name in ("filtered", "failed"))
    return StageBook(stage, inputs, len(carried), filtered, failed, rows, malformed)
