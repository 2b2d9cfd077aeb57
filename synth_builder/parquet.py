"""Write parquet that is the same to the byte for the same rows, and whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset, Features

from synth_builder.row import Row

ROWS_PER_SHARD = 200_000
_ROWS_PER_GROUP = 2_000


def write_rows(path: Path, rows: Iterable[Row], features: Features) -> int:
    """Write `rows` in batches; returns their number. The file appears under its name when it is complete."""
    return _write(path, (_table(batch, features) for batch in _batches(rows, _ROWS_PER_GROUP)), features)


def write_dataset(path: Path, dataset: Dataset) -> int:
    """Write a dataset in batches, as `write_rows` does."""
    tables = dataset.with_format("arrow").iter(batch_size=_ROWS_PER_GROUP)
    return _write(path, tables, dataset.features)


def write_tables(path: Path, tables: Iterable[pa.Table], features: Features) -> int:
    """Write tables as `write_rows` does the same rows, however they are cut."""
    return _write(path, _regroup(tables), features)


def write_shards(folder: Path, rows: Iterable[Row], features: Features, rows_per_shard: int = ROWS_PER_SHARD) -> int:
    """Write `rows` as `train-00000-of-0000N.parquet` and so on; returns their number. No rows make no file."""
    rest = iter(rows)
    counts: list[int] = []
    for first in rest:
        shard = chain([first], islice(rest, rows_per_shard - 1))
        counts.append(write_rows(folder / f"train-{len(counts):05d}.parquet", shard, features))
    for index in range(len(counts)):
        os.replace(folder / f"train-{index:05d}.parquet", folder / shard_name(index, len(counts)))
    return sum(counts)


def shard_name(index: int, count: int) -> str:
    """Name of shard `index` of `count`, as the Hub has it."""
    return f"train-{index:05d}-of-{count:05d}.parquet"


def read_rows(path: Path, columns: list[str] | None = None, where: pc.Expression | None = None) -> Iterator[Row]:
    """Yield the rows of a parquet file, those that fit `where`, one row group in memory at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_PER_GROUP, columns=columns):
            yield from (batch if where is None else batch.filter(where)).to_pylist()


def _write(path: Path, tables: Iterable[pa.Table], features: Features) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    rows = 0
    with pq.ParquetWriter(unfinished, features.arrow_schema, compression="zstd", write_page_index=True) as writer:
        for table in tables:
            writer.write_table(table.cast(features.arrow_schema), row_group_size=_ROWS_PER_GROUP)
            rows += table.num_rows
    os.replace(unfinished, path)
    return rows


def _regroup(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Cut tables anew into those of one row group."""
    rest: list[pa.Table] = []
    for table in tables:
        rest = [pa.concat_tables([*rest, table])]
        while rest[0].num_rows >= _ROWS_PER_GROUP:
            yield rest[0].slice(0, _ROWS_PER_GROUP).combine_chunks()
            rest = [rest[0].slice(_ROWS_PER_GROUP)]
    if rest and rest[0].num_rows:
        yield rest[0].combine_chunks()


def _table(rows: list[Row], features: Features) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=features.arrow_schema)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
