"""Write the release folders of a run: what is published, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset
from datasets.table import InMemoryTable

from synth_builder.books import StageBook
from synth_builder.hub.card import CorpusFacts, render_concepts_card, render_corpus_card
from synth_builder.hub.origin import Origin, hide_path, hide_paths, write_public_recipe
from synth_builder.hub.parts import CARRIED, read_part
from synth_builder.hub.rejected import read_rejected
from synth_builder.parquet import ROWS_PER_SHARD, shard_name, write_dataset, write_shards
from synth_builder.row import CORPUS_FEATURES, REJECTED_FEATURES, Row

__all__ = ["Origin", "write_concepts_release", "write_corpus_release"]

# What differs between two runs of one recipe, or between a run and its resumption, is no part of a release.
_NOT_RELEASED = ("seconds", "kept", "sent")


def write_corpus_release(folder: Path, parts: Mapping[str, Path], origin: Origin) -> None:
    """Write the corpus as a dataset folder; an earlier release is replaced when this one is complete.

    Args:
        folder: The release folder.
        parts: Parquet part of each stage, in the order of the stages.
        origin: What made them.

    Raises:
        SynthBuilderError: A part is missing or damaged; an earlier release stays as it is.
    """
    with _whole_folder(folder) as unfinished:
        facts = CorpusFacts(documents=_count_documents(parts["documents"]))
        for level, name in enumerate(facts.levels, start=1):
            write_shards(unfinished / name, _read_level(parts["answer"], level, facts), CORPUS_FEATURES)
        rejected = read_rejected(parts, origin)
        facts.rejected = write_shards(unfinished / "rejected", rejected, REJECTED_FEATURES)
        _write(unfinished / "README.md", render_corpus_card(origin, facts, _digests(unfinished)))
        _write(unfinished / "recipe.yaml", write_public_recipe(origin.recipe))
        _write(unfinished / "reports" / "books.json", _books_json(origin.books))


def write_concepts_release(folder: Path, tables: Mapping[str, pa.Table], origin: Origin) -> None:
    """Write the concept graph as a dataset folder; an earlier release is replaced when this one is complete.

    Args:
        folder: The release folder.
        tables: The tables `nodes`, `edges` and `documents`.
        origin: What made them.
    """
    with _whole_folder(folder) as unfinished:
        for name, table in _without_paths(tables).items():
            # An empty table has a file, too: a graph without edges is a graph.
            shards = max(1, -(-table.num_rows // ROWS_PER_SHARD))
            for index in range(shards):
                piece = Dataset(InMemoryTable(table.slice(index * ROWS_PER_SHARD, ROWS_PER_SHARD)))
                write_dataset(unfinished / name / shard_name(index, shards), piece)
        columns = (tables["documents"].column(name).to_pylist() for name in ("source", "license"))
        documents = Counter(zip(*columns, strict=True))
        rows = {name: table.num_rows for name, table in tables.items()}
        _write(unfinished / "README.md", render_concepts_card(origin, rows, documents, _digests(unfinished)))
        _write(unfinished / "recipe.yaml", write_public_recipe(origin.recipe))


# --- rows -------------------------------------------------------------------------------------------------------------


def _read_level(answers: Path, level: int, facts: CorpusFacts) -> Iterator[Row]:
    """Yield the carried rows of `level` in order, and count them."""
    for row in read_part(answers, CARRIED & (pc.field("level") == level)):
        facts.levels[f"level{level}"].add(row)
        facts.verdicts[row["verification"]["verdict"]] += 1
        yield hide_paths({name: row[name] for name in CORPUS_FEATURES})


def _count_documents(part: Path) -> Counter[tuple[str, str]]:
    """Documents that were read, by (source, licence); the pieces of a long one follow each other and count once."""
    carried = read_part(part, CARRIED, ["input_id", "status", "source", "license"])
    documents = (next(pieces) for _, pieces in groupby(carried, key=lambda row: row["input_id"]))
    return Counter((row["source"], row["license"]) for row in documents)


def _without_paths(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """The tables with no local path in the column `source` of the documents."""
    documents = tables["documents"]
    place = documents.schema.get_field_index("source")
    sources = pa.array([hide_path(source) for source in documents.column("source").to_pylist()], pa.string())
    return {**tables, "documents": documents.set_column(place, documents.schema.field(place), sources)}


def _digests(folder: Path) -> dict[str, str]:
    """The first 16 hex digits of the SHA-256 of the parquet files in each folder of a release."""
    digests: dict[str, str] = {}
    for config in sorted(path for path in folder.iterdir() if path.is_dir()):
        digest = hashlib.sha256()
        for path in sorted(config.glob("*.parquet")):
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        digests[config.name] = digest.hexdigest()[:16]
    return digests


# --- files ------------------------------------------------------------------------------------------------------------


@contextmanager
def _whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to fill beside `folder`, which takes its place when all has gone well."""
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    earlier = folder.with_name(f".{folder.name}.earlier")
    if earlier.exists() and not folder.exists():  # killed between the two renames below
        os.rename(earlier, folder)
    for leftover in (unfinished, earlier):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    if folder.exists():
        os.rename(folder, earlier)
    os.rename(unfinished, folder)
    shutil.rmtree(earlier, ignore_errors=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _books_json(books: list[StageBook]) -> str:
    released = [{name: value for name, value in book._asdict().items() if name not in _NOT_RELEASED} for book in books]
    return json.dumps(released, indent=2, ensure_ascii=False) + "\n"
