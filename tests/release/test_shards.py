from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pytest
from datasets import Features, Value

from synth_builder.parquet import read_rows, write_shards

FEATURES = Features({"number": Value("int64")})


@pytest.mark.parametrize(("count", "shards"), [(1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_shards_hold_the_rows_in_order_and_say_how_many_they_are(tmp_path: Path, count: int, shards: int) -> None:
    rows = [{"number": number} for number in range(count)]
    assert write_shards(tmp_path, iter(rows), FEATURES, rows_per_shard=3) == count
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"train-0000{i}-of-0000{shards}.parquet" for i in range(shards)]
    assert [row for file in files for row in read_rows(file)] == rows


def test_no_rows_make_no_file(tmp_path: Path) -> None:
    assert write_shards(tmp_path / "empty", [], FEATURES) == 0
    assert not (tmp_path / "empty").exists()


def test_rows_can_be_chosen_while_they_are_read(tmp_path: Path) -> None:
    write_shards(tmp_path, [{"number": number} for number in range(5)], FEATURES)
    (file,) = tmp_path.iterdir()
    assert list(read_rows(file, where=pc.field("number") > 2)) == [{"number": 3}, {"number": 4}]
