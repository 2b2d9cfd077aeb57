"""Write parquet that is the same to the byte for the same rows, and whole or not there at all."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset, Features

from synth_builder.row import Row

# Shards end after a number of rows, not of bytes: rows that are appended change the last one alone. A row of a corpus
# takes 2 KB, so these are shards of about 100 MB.
ROWS_PER_SHARD = 50_000
_ROWS_PER_GROUP = 2_000
# Pages end where the content says, not after so many bytes: what was not changed keeps its pages, and the Hub, which
# stores pieces of content, is sent the others alone. These are the sizes that `datasets` takes.
_PAGES = {"min_chunk_size": 256 * 1024, "max_chunk_size": 1024 * 1024, "norm_level": 0}


def write_rows(path: Path, rows: Iterable[Row], features: Features) -> int:
    """Write `rows` in batches; returns their number. The file appears under its name when it is complete."""
    schema = features.arrow_schema
    tables = (pa.Table.from_pylist(batch, schema=schema) for batch in _batches(rows, _ROWS_PER_GROUP))
    return _write(path, tables, features)


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
    for batch in read_batches(path, columns, where):
        yield from batch.to_pylist()


def read_batches(
    path: Path, columns: list[str] | None = None, where: pc.Expression | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield what `read_rows` does, a row group or less at a time."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_PER_GROUP, columns=columns):
            yield batch if where is None else batch.filter(where)


def _write(path: Path, tables: Iterable[pa.Table], features: Features) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    schema, rows = features.arrow_schema, 0
    with pq.ParquetWriter(
        unfinished,
        schema,
        compression="zstd",
        write_page_index=True,
        use_content_defined_chunking=_PAGES,
    ) as writer:
        for table in tables:
            writer.write_table(table.cast(schema), row_group_size=_ROWS_PER_GROUP)
            rows += table.num_rows
        writer.add_key_value_metadata({"content_defined_chunking": json.dumps(_PAGES)})  # what `datasets` writes, too
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


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    rest = iter(rows)
    while batch := list(islice(rest, size)):
        yield batch
