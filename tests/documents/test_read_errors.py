"""Reading documents: the words of every error."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from synth_builder.documents.read import read_documents
from synth_builder.errors import SynthBuilderError


def write_lines(path: Path, rows: list[dict[str, object]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def write_parquet(path: Path, rows: list[dict[str, object]]) -> str:
    pq.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


def error_of(source: str, *, text_column: str | None = None, id_column: str | None = None) -> str:
    with pytest.raises(SynthBuilderError) as caught:
        read_documents(source, text_column=text_column, id_column=id_column)
    return str(caught.value)


@pytest.mark.parametrize(
    "source", ["./nothing", "/no/such", "~/no-such-thing", "nothing.jsonl", "just-a-word", "a/b/c", ""]
)
def test_a_path_that_does_not_exist_is_an_error_and_no_look_up(source: str) -> None:
    message = error_of(source)
    assert f"No such file or folder: {source!r}" in message
    assert "`org/name`" in message


def test_a_glob_without_files_is_an_error(tmp_path: Path) -> None:
    assert "no file matches" in error_of(f"{tmp_path}/*.jsonl")


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    assert f"No documents in {tmp_path}: the folder is empty" in error_of(str(tmp_path))


def test_a_folder_without_documents_is_an_error_that_names_the_types_it_has(tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "c.pdf", "Makefile"):
        (tmp_path / name).write_bytes(b"x")
    message = error_of(str(tmp_path))
    assert "its files are 1 .pdf, 2 .png, 1 no suffix" in message
    assert ".md, .txt, .tex" in message


def test_a_file_of_another_type_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    assert "Cannot read a.pdf as documents" in error_of(str(tmp_path / "a.pdf"))


def test_texts_beside_tables_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("text")
    write_lines(tmp_path / "b.jsonl", [{"text": "a"}])
    message = error_of(str(tmp_path))
    assert "holds both texts (a.md) and tables (b.jsonl)" in message
    assert f"Name the files, as in {tmp_path}/**/*.jsonl" in message
    assert "matches both texts (a.md) and tables (b.jsonl)" in error_of(f"{tmp_path}/*")


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet", "a.json"])
def test_a_file_without_rows_is_an_error(tmp_path: Path, name: str) -> None:
    if name == "a.parquet":
        pq.write_table(pa.table({"text": pa.array([], pa.string())}), tmp_path / name)
    else:
        (tmp_path / name).write_text("[]" if name == "a.json" else "\n\n")
    assert f"No documents in {tmp_path / name}" in error_of(str(tmp_path / name))


def test_no_text_column_is_an_error_that_says_how_to_name_it(tmp_path: Path) -> None:
    message = error_of(write_lines(tmp_path / "a.jsonl", [{"id": "1", "prose": "a"}]))
    assert "the columns are id, prose" in message
    assert "`documents.text_column` in the recipe" in message
    assert "`--set documents.text_column=...`" in message


def test_a_missing_column_is_an_error_that_lists_the_columns(tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "a.parquet", [{"id": "1", "prose": "a"}])
    assert "No column 'text_' in" in error_of(source, text_column="text_")
    message = error_of(source, text_column="prose", id_column="key")
    assert "No column 'key' in" in message
    assert "the columns are id, prose" in message
    assert "`documents.id_column`" in message


def test_a_later_parquet_file_without_the_column_is_named(tmp_path: Path) -> None:
    write_parquet(tmp_path / "a.parquet", [{"text": "a"}])
    write_parquet(tmp_path / "b.parquet", [{"body": "a"}])
    assert "No column 'text' in b.parquet: the columns are body" in error_of(f"{tmp_path}/*.parquet")


def test_a_text_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    message = error_of(write_lines(tmp_path / "a.jsonl", [{"text": "a"}, {"text": ["b"]}]))
    assert "a.jsonl, line 2: the text column 'text' holds a value of type list, not text" in message
    message = error_of(write_parquet(tmp_path / "a.parquet", [{"text": b"a"}]))
    assert "a.parquet, row 1: the text column 'text' holds a value of type bytes" in message


def test_an_id_that_is_neither_text_nor_number_is_an_error(tmp_path: Path) -> None:
    message = error_of(write_lines(tmp_path / "a.jsonl", [{"id": 1.5, "text": "a"}]))
    assert "a.jsonl, line 1: the id column 'id' holds a value of type float; an id is text or a whole number" in message


def test_one_id_for_two_texts_is_an_error_that_names_both(tmp_path: Path) -> None:
    message = error_of(write_lines(tmp_path / "a.jsonl", [{"url": "u", "text": "a"}, {"url": "u", "text": "b"}]))
    assert "a.jsonl, line 2: the id 'u' (column 'url') stands for two different texts" in message
    assert "`documents.id_column`" in message


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"text": "b"', "a.jsonl, line 3: broken JSON ("),
        (b'{"text": "b\xff"}', "a.jsonl, line 3: not UTF-8 (invalid start byte at byte 11)"),
        (b'{"text": "b\0"}', "a.jsonl, line 3: broken JSON (Invalid control character"),
        (b'"text"', "a.jsonl, line 3: broken JSON (a JSON object was expected, not str)"),
        (b"[" * 100_000, "a.jsonl, line 3: broken JSON ("),
    ],
    ids=["cut", "not UTF-8", "NUL", "no object", "deep"],
)
def test_a_broken_line_is_an_error_that_names_file_and_line(tmp_path: Path, line: bytes, words: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "a"}\n\n' + line + b"\n")
    assert words in error_of(str(tmp_path / "a.jsonl"))


def test_a_broken_json_array_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('[{"text": "a"},')
    assert "a.json: broken JSON (" in error_of(str(tmp_path / "a.json"))


def test_a_broken_parquet_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 no parquet")
    assert "Cannot read a.parquet: " in error_of(str(tmp_path / "a.parquet"))


def test_parquet_text_that_is_not_utf8_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    offsets = pa.py_buffer(b"\0\0\0\0\2\0\0\0")
    text = pa.Array.from_buffers(pa.string(), 1, [None, offsets, pa.py_buffer(b"\xff\xfe")])
    pq.write_table(pa.table({"text": text}), tmp_path / "a.parquet")
    assert "a.parquet: not UTF-8 (invalid start byte)" in error_of(str(tmp_path / "a.parquet"))


def test_a_broken_gzip_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"text": "a"}\n' * 1000)[:-20])
    assert "Cannot read a.jsonl.gz: " in error_of(str(tmp_path / "a.jsonl.gz"))


def test_a_missing_split_is_an_error_that_lists_the_splits(tmp_path: Path) -> None:
    one = datasets.Dataset.from_dict({"text": ["text"]})
    datasets.DatasetDict({"validation": one}).save_to_disk(str(tmp_path / "saved"))
    (tmp_path / "files").mkdir()
    write_parquet(tmp_path / "files" / "validation.parquet", [{"text": "a"}])
    for folder in (tmp_path / "saved", tmp_path / "files"):
        message = error_of(str(folder))
        assert f"No split 'train' in {folder}: the splits are validation" in message
        assert "`--set documents.split=...`" in message


def test_a_hub_dataset_out_of_reach_is_an_error_that_names_it_and_the_likely_cause(tmp_path: Path) -> None:
    # The offline switch is read when huggingface_hub is imported, hence a process of its own.
    program = "from synth_builder.documents.read import read_documents; read_documents('no-such-org/no-such-name')"
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert "Cannot load the dataset 'no-such-org/no-such-name' from the Hub" in result.stderr
    assert "HF_HUB_OFFLINE=1 allows only what is in the cache" in result.stderr
    assert "hf auth login" in result.stderr
