"""Take what is whole out of a damaged journal."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path
from typing import NamedTuple

from synth_builder.errors import SynthBuilderError
from synth_builder.run.journal import beside, check_format, checksum, connect, create_journal

_LEAST_ROW_BYTES = 32  # a key alone is as long


class Rescue(NamedTuple):
    """What has come of a damaged journal.

    Attributes:
        kept: Requests that were whole, in the journal now.
        damaged: The file as it was found.
    """

    kept: int
    damaged: Path


def rescue_journal(path: Path) -> Rescue:
    """Put a journal of all whole requests in the place of a damaged one, which is kept beside it.

    No other process may use the journal meanwhile.

    Raises:
        SynthBuilderError: There is no such file, it has another format, an earlier rescue has left its files, or not
            one request can be read.
    """
    damaged, rescued = beside(path, ".damaged"), beside(path, ".rescued")
    if not path.exists() or damaged.exists():
        what = f"There is no journal {path}." if not path.exists() else f"{damaged} is there from an earlier rescue."
        raise SynthBuilderError(what, todo="Name another run with --run, or move the earlier file away.")
    _refuse_other_format(path)
    rescued.unlink(missing_ok=True)
    create_journal(rescued)
    kept = _copy_whole_rows(path, rescued)
    if not kept:
        rescued.unlink()
        raise SynthBuilderError(f"Not one request in {path} can be read.", todo="Restore the file from a copy.")
    for suffix in ("-wal", "-shm"):
        if beside(path, suffix).exists():
            os.replace(beside(path, suffix), beside(damaged, suffix))
    try:
        os.link(path, damaged)  # so that at no moment there is no journal
    except OSError:  # the file system has no links
        os.replace(path, damaged)
    os.replace(rescued, path)
    return Rescue(kept, damaged)


def _refuse_other_format(path: Path) -> None:
    with contextlib.closing(connect(path, _mode_to_read(path))) as old:
        try:
            found = old.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.DatabaseError:  # what is damaged cannot tell
            return
    check_format(path, found)


def _mode_to_read(path: Path) -> str:
    return "mode=ro" if beside(path, "-wal").exists() else "immutable=1"


def _copy_whole_rows(source: Path, target: Path) -> int:
    log = beside(source, "-wal")
    size = source.stat().st_size + (log.stat().st_size if log.exists() else 0)
    mode = _mode_to_read(source)
    with contextlib.closing(connect(source, mode)) as old, contextlib.closing(connect(target, "mode=rw")) as new:
        new.execute("BEGIN")
        # Row by row, each found by itself: a scan ends at the first page that is damaged.
        for number in range(1, size // _LEAST_ROW_BYTES + 1):
            try:
                row = old.execute("SELECT * FROM requests WHERE rowid = ?", (number,)).fetchone()
            except sqlite3.DatabaseError:
                continue
            if row and checksum(row[0], row[1], row[2], row[-1]) == row[-2]:
                new.execute("INSERT OR IGNORE INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        new.execute("COMMIT")
        return int(new.execute("SELECT count(*) FROM requests").fetchone()[0])
