"""The outcomes of a stage while it runs: pieces of consecutive inputs on disk, which make its part in the end.

A stage that is interrupted goes on from the pieces that it has finished, without a look at prompts or replies; a stage
that is finished is not run again while nothing has changed that it was made from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features

from synth_builder.parquet import write_tables
from synth_builder.run.meter import Facts, StageMeter

INPUTS_PER_PIECE = 4096

_FACTS = b"facts"


class Pieces:
    """Outcomes of one stage by pieces of `INPUTS_PER_PIECE` inputs.

    Args:
        part: The parquet file that they make; pieces lie in a hidden folder beside it.
        features: Columns of an outcome.
        made_from: Says what outcomes depend on besides their inputs; what was made from anything else is not used.
        made_again: Classes of failed rows for whose sake a piece is made again.
        use_finished: False makes all pieces again.
    """

    def __init__(
        self,
        part: Path,
        features: Features,
        made_from: str,
        *,
        made_again: frozenset[str] = frozenset(),
        use_finished: bool = True,
    ) -> None:
        self._part = part
        self._folder = part.parent / ".pieces"
        self._seal = part.parent / ".seal.json"
        self._features = features
        self._made_from = made_from
        self._made_again = made_again
        self._use_finished = use_finished
        self._names: list[str] = []

    def find_missing(self, inputs: Dataset, meter: StageMeter) -> dict[int, range] | None:
        """The places of the inputs of every piece that is missing; None where the part itself is there.

        What is there is counted by `meter`.
        """
        tables = inputs.with_format("arrow").iter(batch_size=INPUTS_PER_PIECE)
        self._names = [f"{number:06d}-{self._hash(table)}" for number, table in enumerate(tables)]
        if (sealed := self._facts_of_part()) is not None:
            meter.keep(sealed)
            return None
        missing = {}
        for number in range(len(self._names)):
            if (facts := self._facts_of_piece(number)) is not None:
                meter.keep(facts)
            else:
                start = number * INPUTS_PER_PIECE
                missing[number] = range(start, min(start + INPUTS_PER_PIECE, len(inputs)))
        return missing

    def write(self, number: int, tables: Iterable[pa.Table], facts: Facts, failed: Collection[str]) -> None:
        """Keep a finished piece, whole or not at all.

        Args:
            number: Which one it is, from 0.
            tables: Its outcomes.
            facts: Numbers of its requests.
            failed: Classes of its failed rows.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        known = json.dumps({"facts": facts._asdict(), "failed": sorted(failed)}).encode()
        schema = self._features.arrow_schema.with_metadata({_FACTS: known})
        path = self._path(number)
        unfinished = path.with_suffix(".unfinished")
        with pa.OSFile(str(unfinished), "wb") as file, pa.ipc.new_file(file, schema) as writer:
            for table in tables:
                writer.write_table(table.replace_schema_metadata(schema.metadata))
        os.replace(unfinished, path)

    def join(self, facts: Facts) -> None:
        """Make the part out of all pieces, in order, and remove them.

        Args:
            facts: Numbers of all its requests.
        """
        pieces = [self._known(number) for number in range(len(self._names))]
        failed = sorted({kind for piece in pieces for kind in piece["failed"]})
        self._seal.unlink(missing_ok=True)
        write_tables(self._part, self._tables(), self._features)
        unfinished = self._seal.with_suffix(".unfinished")
        unfinished.write_text(
            json.dumps({"of": self._state_of_part(), "facts": facts._asdict(), "failed": failed}), encoding="utf-8"
        )
        os.replace(unfinished, self._seal)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _facts_of_part(self) -> Facts | None:
        try:
            sealed = json.loads(self._seal.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return self._usable(sealed) if sealed["of"] == self._state_of_part() else None

    def _facts_of_piece(self, number: int) -> Facts | None:
        try:
            return self._usable(self._known(number))
        except (OSError, pa.ArrowException):
            return None

    def _usable(self, known: dict[str, Any]) -> Facts | None:
        is_usable = self._use_finished and self._made_again.isdisjoint(known["failed"])
        return Facts(**known["facts"]) if is_usable else None

    def _known(self, number: int) -> dict[str, Any]:
        with pa.memory_map(str(self._path(number))) as file:
            known: dict[str, Any] = json.loads(pa.ipc.open_file(file).schema.metadata[_FACTS])
        return known

    def _tables(self) -> Iterator[pa.Table]:
        schema = self._features.arrow_schema
        for number in range(len(self._names)):
            with pa.memory_map(str(self._path(number))) as file:
                yield pa.ipc.open_file(file).read_all().cast(schema)

    def _path(self, number: int) -> Path:
        return self._folder / f"{self._names[number]}.arrow"

    def _hash(self, inputs: pa.Table) -> str:
        """Other content never has the same hash; equal content may have another where Arrow lays it out otherwise."""
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, inputs.schema) as writer:
            writer.write_table(inputs.combine_chunks())
        content = hashlib.sha256(self._made_from.encode())
        content.update(sink.getvalue())
        return content.hexdigest()[:32]

    def _state_of_part(self) -> list[Any]:
        """What the part is made from, and by what its file is known again."""
        try:
            file = self._part.stat()
        except OSError:
            return []
        return [self._names, file.st_size, file.st_mtime_ns]


def forget_pieces(parts: Path) -> None:
    """Have every stage below `parts` run again in full, as when the journal has been moved away."""
    for seal in parts.glob("*/.seal.json"):
        seal.unlink()
    for folder in parts.glob("*/.pieces"):
        shutil.rmtree(folder)
