"""Real documents go through the main job: textbooks, lecture notes and encyclopedia entries."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from synth_builder.parquet import read_rows
from synth_builder.run.folder import RunFolder

pytestmark = pytest.mark.real_data


@pytest.fixture
def documents() -> Path:
    data = os.environ.get("SYNTH_BUILDER_REAL_DATA")
    if not data:
        pytest.skip("SYNTH_BUILDER_REAL_DATA does not name the folder of real documents")
    return Path(data) / "documents" / "math" / "documents.parquet"


def run(documents: Path, out: Path, *arguments: str) -> RunFolder:
    command = [sys.executable, "-m", "synth_builder", "run", "demo", "--documents", str(documents), "--out", str(out)]
    subprocess.run([*command, *arguments], check=True, capture_output=True)
    return RunFolder(out)


def check_books(folder: RunFolder, documents: int) -> None:
    books = {book.stage: book.check() for book in folder.read_books()}
    assert books["documents"].inputs == documents
    assert books["extract_concepts"].carried > 0.85 * documents
    assert not any(book.failed or book.malformed for book in books.values())
    assert books["answer"].carried > 0.85 * books["answer"].inputs
    released = sum(1 for path in (folder.release).glob("level*/*.parquet") for _ in read_rows(path, columns=["id"]))
    assert released == books["answer"].rows


def test_three_hundred_real_documents_become_a_corpus(documents: Path, tmp_path: Path) -> None:
    folder = run(documents, tmp_path / "run", "--limit", "300")
    check_books(folder, 300)
    for row in read_rows(folder.part("answer")):
        assert row["sources"]
        assert all("@" in source for source in row["sources"])
        assert row["licenses"]
        assert all(row["licenses"])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_all_real_documents_become_a_corpus_in_little_memory(documents: Path, tmp_path: Path) -> None:
    check_books(run(documents, tmp_path / "run"), 9_197)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 4 * 2**20  # kilobytes
