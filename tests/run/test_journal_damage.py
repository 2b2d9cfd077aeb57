"""A journal that is damaged, foreign or cannot be written is an error that names the way out; never a wrong answer."""

from __future__ import annotations

import hashlib
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from synth_builder.endpoint.client import Completion
from synth_builder.errors import SynthBuilderError
from synth_builder.run.journal import Failure, Journal
from synth_builder.run.journal_rescue import rescue_journal

# From one row in many a page to one that fills several.
SIZES = (20, 200, 700, 2_000, 9_000)


def reply_of(number: int) -> Completion:
    words = random.Random(number)
    text = " ".join(str(words.randrange(10**6)) for _ in range(SIZES[number % len(SIZES)] // 7))
    return Completion(text, "stop", number, 2, "model")


REPLIES = {hashlib.sha256(str(number).encode()).hexdigest(): reply_of(number) for number in range(150)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A closed journal of all of `REPLIES`."""
    with Journal(tmp_path / "journal.sqlite") as journal:
        for key, reply in REPLIES.items():
            journal.put(key, "level1", reply)
    return tmp_path / "journal.sqlite"


def lost_of(path: Path) -> int | None:
    """How many replies the journal no longer knows; None when it says that it is damaged."""
    lost = 0
    try:
        with Journal(path) as journal:
            for key, reply in REPLIES.items():
                found = journal.get(key)
                assert found in (reply, None)
                lost += found is None
    except SynthBuilderError:
        return None
    return lost


def put_many(journal: Journal) -> None:
    reply = reply_of(4)
    for number in range(700):
        journal.put(str(number), "level1", reply)


def get_many(journal: Journal) -> list[Completion | Failure | None]:
    return [journal.get(str(number)) for number in range(700)]


def get_all(journal: Journal) -> list[Completion | Failure | None]:
    return [journal.get(key) for key in REPLIES]


def remove_log(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def test_changed_bytes_are_found_or_harmless(path: Path) -> None:
    whole = path.read_bytes()
    draw = random.Random(1)
    places = [*range(0, 100, 7), *range(0, len(whole), 4096), *(draw.randrange(len(whole)) for _ in range(150))]
    outcomes = []
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= draw.randrange(1, 256)
        path.write_bytes(damaged)
        outcomes.append(lost_of(path))
        remove_log(path)
    # A key changed in the index alone leaves the structure whole: that one request is sent again.
    assert set(outcomes) <= {None, 0, 1}
    assert outcomes.count(None) > 100
    assert outcomes.count(1) < 15


def test_a_file_that_was_cut_short_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for length in [0, 1, 50, 99, 100, 4095, *range(4096, len(whole), 4096), *range(5000, len(whole), 30_001)]:
        path.write_bytes(whole[:length])
        assert lost_of(path) is None, length
        remove_log(path)


def test_a_log_that_was_cut_short_loses_the_last_requests_alone(path: Path, tmp_path: Path) -> None:
    journal = Journal(path)
    for number in range(20):
        journal.put(str(number), "level1", reply_of(number))
    log = path.with_name("journal.sqlite-wal").read_bytes()
    copy = tmp_path / "copy" / "journal.sqlite"
    copy.parent.mkdir()
    for length in range(0, len(log), 3_000):
        copy.write_bytes(path.read_bytes())
        copy.with_name("journal.sqlite-wal").write_bytes(log[:length])
        with Journal(copy) as torn:
            known = [torn.get(str(number)) for number in range(20)]
            count = sum(found is not None for found in known)
            assert known == [reply_of(number) for number in range(count)] + [None] * (20 - count)
            assert get_all(torn) == list(REPLIES.values())
    journal.close()


@pytest.mark.parametrize("keep", [0.3, 0.9])
def test_damage_that_shows_in_mid_run_is_told(path: Path, keep: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("synth_builder.run.journal._CACHE_KIBIBYTES", 2_000)
    with Journal(path) as journal:
        put_many(journal)  # more than SQLite keeps in memory
    with Journal(path) as journal:
        os.truncate(path, int(path.stat().st_size * keep))
        with pytest.raises(SynthBuilderError, match=r"journal\.sqlite cannot be [\s\S]*What to do"):
            get_many(journal)
        with pytest.raises(SynthBuilderError, match=r"journal\.sqlite cannot be [\s\S]*What to do"):
            put_many(journal)


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    path.write_bytes(b"not a database" * 100)
    for read_only in (True, False):
        with pytest.raises(SynthBuilderError, match=r"j\.sqlite cannot be read: file is not a database"):
            Journal(path, read_only=read_only)
    assert path.read_bytes() == b"not a database" * 100
    assert list(tmp_path.iterdir()) == [path]


def test_the_database_of_another_program_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE requests (key TEXT PRIMARY KEY)")
    database.close()
    before = path.read_bytes()
    with pytest.raises(SynthBuilderError, match=r"j\.sqlite cannot be read: it is empty, or of another program"):
        Journal(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_an_empty_file_was_a_journal_once_and_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    path.touch()
    with pytest.raises(SynthBuilderError, match="is empty"):
        Journal(path)
    assert path.read_bytes() == b""


def test_a_newer_journal_is_refused(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version=99")
    database.close()
    with pytest.raises(SynthBuilderError, match=r"journal\.sqlite has format 99; this version reads format \d"):
        Journal(path)


def test_a_log_whose_journal_was_moved_away_is_not_read_into_a_new_one(path: Path) -> None:
    journal = Journal(path)
    journal.put("key", "level1", reply_of(1))
    log = path.with_name("journal.sqlite-wal").read_bytes()
    journal.close()
    path.unlink()
    path.with_name("journal.sqlite-wal").write_bytes(log)
    with pytest.raises(SynthBuilderError, match=r"journal\.sqlite is missing, and its write-ahead log is there"):
        Journal(path)
    assert not path.exists()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SynthBuilderError, match="cannot be used: unable to open"):
        Journal(tmp_path / "missing" / "j.sqlite")


WRITER = """
import os, resource, sys
from pathlib import Path
from synth_builder.endpoint.client import Completion
from synth_builder.errors import SynthBuilderError
from synth_builder.run.journal import Failure, Journal
path, bytes_left = Path(sys.argv[1]), int(sys.argv[2])
if bytes_left:
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_left, bytes_left))
elif os.getuid() == 0:
    os.setuid(65534)  # no file is read-only for root
try:
    journal = Journal(path)
    print("opened")
    for number in range(5_000):
        journal.put(str(number), "level1", Completion(os.urandom(2_000).hex(), "stop", 1, 2, "model"))
        print(number)
except SynthBuilderError as error:
    print(error, file=sys.stderr)
"""


def write_until_it_fails(path: Path, bytes_left: int) -> tuple[list[str], str]:
    """A line for the opening, one for each request that was kept, and what was said when the next could not be."""
    ran = subprocess.run([sys.executable, "-c", WRITER, path, str(bytes_left)], capture_output=True, text=True)
    return ran.stdout.splitlines(), ran.stderr


def test_a_disk_without_room_is_told_and_all_before_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    kept, said = write_until_it_fails(path, 1_000_000)
    assert 50 < len(kept) < 5_000
    assert said.startswith(f"The journal {path} cannot be used: disk I/O error.\nCause: The disk")
    with Journal(path) as journal:
        assert journal.count() == {"level1": {"reply": len(kept) - 1}}


def test_a_file_that_is_full_is_told(path: Path) -> None:
    with Journal(path) as journal:
        journal._db.execute("PRAGMA max_page_count=1")  # SQLite's own limit answers as a full disk does
        with pytest.raises(SynthBuilderError, match=r"disk is full[\s\S]*Make room"):
            put_many(journal)
        assert get_all(journal) == list(REPLIES.values())


def test_a_read_only_journal_is_told_before_anything_is_sent(path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:  # one that the user whom root becomes can enter
        copy = Path(folder) / "journal.sqlite"
        copy.write_bytes(path.read_bytes())
        copy.chmod(0o444)
        Path(folder).chmod(0o777)
        kept, said = write_until_it_fails(copy, 0)
    assert kept == []
    assert f"The journal {copy} cannot be used: attempt to write a readonly database.\nCause: The file" in said


def test_a_rescue_keeps_what_is_whole(path: Path) -> None:
    damaged = bytearray(path.read_bytes())
    for page in (3, 10, 11):
        damaged[4096 * page : 4096 * page + 2_000] = bytes(2_000)
    path.write_bytes(damaged)
    assert lost_of(path) is None
    kept, old = rescue_journal(path)
    assert old.read_bytes() == damaged
    assert 100 < kept < 150
    assert lost_of(path) == 150 - kept
    with pytest.raises(SynthBuilderError, match="earlier rescue"):
        rescue_journal(path)


def test_a_rescue_reads_the_log_too(tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "journal.sqlite"
    copy.parent.mkdir()
    with Journal(tmp_path / "journal.sqlite") as journal:
        for number in range(300):  # more than the file alone could hold
            journal.put(str(number), "level1", reply_of(number))
        for name in ("journal.sqlite", "journal.sqlite-wal"):
            (copy.parent / name).write_bytes((tmp_path / name).read_bytes())
    assert rescue_journal(copy).kept == 300
    with Journal(copy) as journal:
        assert [journal.get(str(number)) for number in range(300)] == [reply_of(number) for number in range(300)]


def test_a_rescue_of_another_format_is_refused_as_nothing_would_be_found_in_it(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA user_version = 3")
    database.close()
    before = path.read_bytes()
    with pytest.raises(SynthBuilderError, match="has format 3; this version reads format"):
        rescue_journal(path)
    assert path.read_bytes() == before
    assert not path.with_name("journal.sqlite.damaged").exists()


def test_a_rescue_of_nothing_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with pytest.raises(SynthBuilderError, match="There is no journal"):
        rescue_journal(path)
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(SynthBuilderError, match="Not one request"):
        rescue_journal(path)
    assert list(tmp_path.iterdir()) == [path]
