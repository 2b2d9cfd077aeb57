"""The journal gives back what finished, keeps it against `kill -9`, and can be read while a run writes."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from synth_builder.endpoint.client import Completion
from synth_builder.errors import SynthBuilderError
from synth_builder.report.journal import entry_page, stats_table
from synth_builder.run.journal import Entry, Failure, Journal, Tally

REPLY = Completion("Größe $x$\n" * 50, "stop", 12, 34, "model")
WRITER = """
import itertools, sys
from pathlib import Path
from synth_builder.endpoint.client import Completion
from synth_builder.run.journal import Journal
journal = Journal(Path(sys.argv[1]), alone=sys.argv[2] == "alone")
for number in itertools.count():
    journal.put(str(number), "level1", Completion(f"reply {number} " * 100, "stop", 1, 2, "model"))
    print(number, flush=True)
"""


@contextlib.contextmanager
def writer(path: Path, how: str) -> Iterator[subprocess.Popen[str]]:
    """A process that puts replies without end and says each number after `put` has returned."""
    with subprocess.Popen([sys.executable, "-c", WRITER, str(path), how], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def next_number(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def put_and_die(path: Path) -> None:
    Journal(path, alone=True).put("key", "level1", REPLY)
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_reply_comes_back_as_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.get("key") is None
        journal.put("key", "level1", REPLY)
        journal.put("other", "level1", Failure("too_long", "HTTP 422"))
    with Journal(tmp_path / "j.sqlite") as journal:
        assert journal.get("key") == REPLY
        assert journal.get("other") == Failure("too_long", "HTTP 422")
        assert journal.count() == {"level1": {"reply": 1, "too_long": 1}}


def test_what_a_request_took_is_summed_over_all_times_it_was_asked(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.put("key", "level1", Failure("transient", "HTTP 503"))
        assert journal.entry("key") == Entry("level1", 1, 0, 0, Failure("transient", "HTTP 503"))
        journal.put("key", "level1", REPLY)
        journal.put("key", "level1", REPLY._replace(text="again"))
        journal.put("other", "answer", REPLY)
        assert journal.entry("key") == Entry("level1", 3, 24, 68, REPLY._replace(text="again"))
        assert journal.stats() == [
            Tally("answer", "reply", 1, 1, 12, 34),
            Tally("level1", "reply", 1, 3, 24, 68),
        ]


def test_replies_are_compressed(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        for number in range(200):
            journal.put(str(number), "level1", REPLY._replace(text=f"reply {number} " * 200))
    assert (tmp_path / "j.sqlite").stat().st_size < 200 * 300


@pytest.mark.parametrize("how", ["shared", "alone"])
@pytest.mark.parametrize("acknowledged", [0, 100, 1500])
def test_a_killed_process_keeps_all_that_it_has_put(tmp_path: Path, how: str, acknowledged: int) -> None:
    path = tmp_path / "j.sqlite"
    with writer(path, how) as process:
        while (last := next_number(process)) < acknowledged:
            pass
        process.send_signal(signal.SIGKILL)
        assert process.stdout is not None
        last = max([last, *(int(line) for line in process.stdout if line.endswith("\n"))])
    assert (tmp_path / "j.sqlite-shm").exists() == (how == "shared")
    with Journal(path) as journal:  # checks the structure of the whole file
        for number in range(last + 1):
            found = journal.get(str(number))
            assert isinstance(found, Completion)
            assert found.text == f"reply {number} " * 100
        assert journal.count()["level1"]["reply"] in (last + 1, last + 2)  # the last may not have been said


def test_it_is_read_while_a_run_writes_and_nothing_is_made(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    with writer(path, "shared") as process:
        number = next_number(process)
        before = set(tmp_path.iterdir())
        with Journal(path, read_only=True) as journal:
            assert isinstance(journal.get(str(number)), Completion)
            while (number := next_number(process)) < 200:
                pass
            assert isinstance(journal.get(str(number)), Completion)
            with pytest.raises(SynthBuilderError, match="read-only"):
                journal.put("key", "level1", REPLY)
        assert set(tmp_path.iterdir()) == before


def test_a_closed_journal_is_read_and_nothing_is_made(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal.put("key", "level1", REPLY)
    content = (tmp_path / "j.sqlite").read_bytes()
    with Journal(tmp_path / "j.sqlite", read_only=True) as journal:
        assert journal.get("key") == REPLY
        assert [path.name for path in tmp_path.iterdir()] == ["j.sqlite"]
    assert [path.name for path in tmp_path.iterdir()] == ["j.sqlite"]
    assert (tmp_path / "j.sqlite").read_bytes() == content


def test_one_that_is_missing_is_not_made_by_reading(tmp_path: Path) -> None:
    with pytest.raises(SynthBuilderError, match=r"There is no journal .*j\.sqlite"):
        Journal(tmp_path / "j.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("read_only", [True, False])
def test_a_run_that_is_alone_with_its_file_lets_no_other_in(tmp_path: Path, read_only: bool) -> None:
    path = tmp_path / "j.sqlite"
    with writer(path, "alone") as process:
        next_number(process)
        assert not (tmp_path / "j.sqlite-shm").exists()
        with pytest.raises(SynthBuilderError, match=r"j\.sqlite cannot be used.*\nCause: Another process"):
            Journal(path, read_only=read_only, alone=not read_only)
        assert not (tmp_path / "j.sqlite-shm").exists()


def test_one_that_has_not_put_anything_yet_is_alone_already(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite", alone=True), pytest.raises(SynthBuilderError, match="Another process"):
        Journal(tmp_path / "j.sqlite", alone=True)


def test_what_a_killed_run_left_that_was_alone_can_be_read(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=put_and_die, args=(tmp_path / "j.sqlite",))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    with Journal(tmp_path / "j.sqlite", read_only=True) as journal:
        assert journal.get("key") == REPLY
    assert not (tmp_path / "j.sqlite-shm").exists()


def test_a_request_is_a_page() -> None:
    assert entry_page("k" * 64, Entry("level1", 2, 1200, 34, REPLY._replace(text="1 + 1 = 2"))) == (
        f"{'k' * 64}  stage level1\nreply (stop) by model; asked 2 times; 1,200 tokens read, 34 written\n\n1 + 1 = 2"
    )
    page = entry_page("k", Entry("answer", 1, 0, 0, Failure("invalid", "HTTP 422: no")))
    assert page == "k  stage answer\nfailed: invalid; asked 1 time; 0 tokens read, 0 written\n\nHTTP 422: no"


def test_the_table_sums_up() -> None:
    table = stats_table([Tally("level1", "reply", 2, 3, 4, 5), Tally("level1", "invalid", 1, 1, 0, 0)])
    assert [list(column.cells)[-1] for column in table.columns] == ["all", "", "3", "4", "4", "5"]
    assert [list(column.cells)[-1] for column in stats_table([]).columns] == ["all", "", "0", "0", "0", "0"]


def keep_all(journal: Journal, count: int) -> list[BaseException | None]:
    async def keep() -> list[BaseException | None]:
        kept = (journal.keep(str(number), "level1", REPLY) for number in range(count))
        return await asyncio.gather(*kept, return_exceptions=True)

    return asyncio.run(keep())


def count_commits(path: Path) -> int:
    """Frames in the write-ahead log that end a commit: those that state the size of the database."""
    log = (path.parent / f"{path.name}-wal").read_bytes()
    frame = 24 + 4096
    return sum(log[start + 4 : start + 8] != bytes(4) for start in range(32, len(log) - frame + 1, frame))


def test_requests_that_end_together_share_a_commit_and_are_all_found_after_kill(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"

    def keep_and_die() -> None:
        keep_all(Journal(path), 100)
        os.kill(os.getpid(), signal.SIGKILL)

    Journal(path).close()
    process = multiprocessing.get_context("fork").Process(target=keep_and_die)
    process.start()
    process.join()
    assert count_commits(path) <= 2  # one is the format's
    with Journal(path) as journal:
        assert journal.count() == {"level1": {"reply": 100}}


def test_a_commit_that_fails_is_told_to_everyone_who_waits_for_it(tmp_path: Path) -> None:
    with Journal(tmp_path / "j.sqlite") as journal:
        journal._db.execute("PRAGMA query_only=1")
        errors = keep_all(journal, 3)
        assert [str(error).splitlines()[0].partition(" cannot")[2][:8] for error in errors] == [" be used"] * 3
        journal._db.execute("PRAGMA query_only=0")
        assert journal.count() == {}
        journal.put("key", "level1", REPLY)


def test_a_reply_is_kept_though_nobody_waits_for_it_any_more(tmp_path: Path) -> None:
    async def give_up(journal: Journal) -> None:
        keeping = [asyncio.create_task(journal.keep(str(number), "level1", REPLY)) for number in range(2)]
        await asyncio.sleep(0)
        keeping[0].cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
        assert keeping[0].cancelled()
        assert not keeping[1].cancelled()

    with Journal(tmp_path / "j.sqlite") as journal:
        asyncio.run(give_up(journal))
        assert journal.count() == {"level1": {"reply": 2}}


def test_what_could_not_be_committed_is_tried_once_more_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path)
    journal._db.execute("PRAGMA query_only=1")  # as a disk that is full for a while
    assert all(keep_all(journal, 3))
    journal._db.execute("PRAGMA query_only=0")
    journal.close()
    with Journal(path) as again:
        assert again.count() == {"level1": {"reply": 3}}


def test_nobody_is_left_waiting_for_a_commit_that_breaks(tmp_path: Path) -> None:
    async def keep(journal: Journal) -> None:
        with pytest.raises(OverflowError):
            await asyncio.wait_for(journal.keep("key", "level1", REPLY._replace(prompt_tokens=2**63)), 5)

    with Journal(tmp_path / "j.sqlite") as journal:
        asyncio.run(keep(journal))
        journal.put("other", "level1", REPLY)
        assert journal.count() == {"level1": {"reply": 1}}
