"""Read the parts of a run for a release, and say which one cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from synth_builder.errors import SynthBuilderError
from synth_builder.parquet import read_rows
from synth_builder.row import Row

CARRIED = pc.field("status") == "carried"
LEFT_OUT = pc.field("status") != "carried"


def read_part(part: Path, where: pc.Expression, columns: list[str] | None = None) -> Iterator[Row]:
    """Yield the rows of a part that fit `where`.

    Raises:
        SynthBuilderError: The part is missing or damaged.
    """
    try:
        yield from read_rows(part, columns, where)
    except (OSError, pa.ArrowException) as error:
        raise SynthBuilderError(
            f"The release cannot be written: {part} cannot be read ({error}).",
            cause="The file was removed, cut or overwritten.",
            todo="Run the same command again: finished requests are kept in the journal and are not sent again.",
        ) from error
