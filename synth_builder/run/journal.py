"""Every finished request, durable before its coroutine returns, found again by its content.

One SQLite file, because it is one file that any tool can read, survives `kill -9` at any moment, and is committed to in
a few dozen microseconds. In WAL mode (write-ahead log) a commit is one append to `journal.sqlite-wal`, and others can
read while a run writes. With `synchronous=NORMAL` that append is left to the operating system: a killed process loses
nothing, a power loss may lose the commits since the last sync, at most about 32 MB of them, and never the file. Those
requests are then sent again. Requests that end in the same turn of the event loop share a commit.

WAL's index lies in memory that all processes of one machine share. On a network file system that memory is not shared
with other machines, so the file is locked for one process there, which keeps the index to itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sqlite3
import zlib
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import orjson
from isal import isal_zlib

from synth_builder.endpoint.client import Completion
from synth_builder.errors import SynthBuilderError
from synth_builder.run.file_system import network_file_system

_APPLICATION_ID = 0x53594E42  # "SYNB": tells our files from other SQLite files
_FORMAT = 4  # raised with `KEY_VERSION`, too: a journal in which nothing can be found is none of this version

# `checksum` covers key, stage, kind and body. The other numbers are sums over all times that the request was asked.
_SCHEMA = """CREATE TABLE requests (
    key TEXT PRIMARY KEY, stage TEXT NOT NULL, kind TEXT NOT NULL,
    asked INTEGER NOT NULL, prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL,
    checksum INTEGER NOT NULL, body BLOB NOT NULL)"""
_PUT = """INSERT INTO requests VALUES (?, ?, ?, 1, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET
    stage = excluded.stage, kind = excluded.kind, checksum = excluded.checksum, body = excluded.body,
    asked = asked + 1, prompt_tokens = prompt_tokens + excluded.prompt_tokens,
    completion_tokens = completion_tokens + excluded.completion_tokens"""
_GET = """SELECT key, stage, kind, asked, prompt_tokens, completion_tokens, checksum, body
    FROM requests WHERE key = ?"""
_GET_ALL = """SELECT key, stage, kind, asked, prompt_tokens, completion_tokens, checksum, body
    FROM requests WHERE key IN (SELECT value FROM json_each(?))"""
_STATS = """SELECT stage, kind, count(*), sum(asked), sum(prompt_tokens), sum(completion_tokens)
    FROM requests GROUP BY stage, kind ORDER BY stage, kind"""

# Pages of 4 KiB in the log before they are folded back in. Each time waits for the disk, so it should be seldom.
_PAGES_IN_LOG = 8192
_CACHE_KIBIBYTES = 16_000  # holds the index of 350,000 requests
_LEVEL = 1  # of ISA-L, which writes what any zlib reads, in a third of zlib's time

_WAITS_SECONDS = 5.0  # for a reader of the file, such as the sqlite3 shell, that keeps it for itself

# What SQLite says, why, and what to do; all that is not named here is damage.
_ERRORS = {
    sqlite3.SQLITE_FULL: ("The disk is full.", "Make room, and run the same command again: what has ended is kept."),
    sqlite3.SQLITE_READONLY: ("The file, its folder or its disk is read-only.", "Make them writable."),
    sqlite3.SQLITE_PERM: ("The file or its folder may not be written.", "Make them writable."),
    sqlite3.SQLITE_CANTOPEN: ("The folder is missing, or may not be written.", "Make it, or make it writable."),
    sqlite3.SQLITE_BUSY: (
        "Another process keeps it for itself, as a run on a network file system does.",
        "Wait until that has ended, or stop it.",
    ),
    sqlite3.SQLITE_PROTOCOL: ("The file system cannot lock files.", "Put the run folder on a local disk with --out."),
    sqlite3.SQLITE_IOERR: (
        "The disk or its file system fails, is full, or cannot lock files.",
        "Look at the disk, and run the same command again: what has ended is kept.",
    ),
}


_START_ANEW = "To send all requests again, name another folder with --out."

_Row = tuple[str, str, str, int, int, int, bytes]  # what `_PUT` binds


class Failure(NamedTuple):
    """A request that ended without a reply: its class and what was said."""

    kind: str
    detail: str


class Entry(NamedTuple):
    """What the journal knows of a request.

    Attributes:
        stage: Who asked.
        asked: Times it was asked in all runs; more than once where it failed before.
        prompt_tokens: Tokens read, over all those times.
        completion_tokens: Tokens written, over all those times.
        result: How it ended last.
    """

    stage: str
    asked: int
    prompt_tokens: int
    completion_tokens: int
    result: Completion | Failure


class Tally(NamedTuple):
    """Requests of one stage that ended alike: `reply`, or a class of failure.

    Attributes:
        stage: Who asked.
        kind: How they ended last.
        requests: How many.
        asked: Times that they were asked, all together.
        prompt_tokens: Tokens read, over all those times.
        completion_tokens: Tokens written, over all those times.
    """

    stage: str
    kind: str
    requests: int
    asked: int
    prompt_tokens: int
    completion_tokens: int


class Journal:
    """Replies and failures by key.

    Args:
        path: The SQLite file. It is made when it is missing, unless it is to be read only.
        read_only: Change no file and make none; works while a run writes, except where the run is alone with its file.
        alone: Lock the file for this process, and do without shared memory. None: on a network file system.

    Attributes:
        alone: Whether no other process can read the journal before it is closed.

    Raises:
        SynthBuilderError: The file is no journal, is damaged, is of another format, or cannot be read or written. All
            methods raise it, too: damage may show later.
    """

    def __init__(self, path: Path, *, read_only: bool = False, alone: bool | None = None) -> None:
        self._path = path
        self._uncommitted: list[tuple[_Row, asyncio.Future[None]]] = []
        self.alone = network_file_system(path.parent) is not None if alone is None else alone
        with contextlib.ExitStack() as undo:
            try:
                self._db = self._open_to_read() if read_only else self._open_to_write()
                undo.callback(self._db.close)
                self._refuse_other_files()
                if not read_only:
                    self._begin_to_write()
            except sqlite3.DatabaseError as error:
                raise self._error(error) from None
            undo.pop_all()

    def get(self, key: str) -> Completion | Failure | None:
        """What is known of a request; None when it has not finished."""
        entry = self.entry(key)
        return entry.result if entry else None

    def entry(self, key: str) -> Entry | None:
        """All that is known of a request; None when it has not finished."""
        return self._find(_GET, key).get(key)

    def entries(self, keys: Sequence[str]) -> dict[str, Entry]:
        """All that is known of those of the requests that have finished, by key."""
        return self._find(_GET_ALL, json.dumps(keys))

    def put(self, key: str, stage: str, result: Completion | Failure) -> None:
        """Keep the end of a request; committed when this returns."""
        self._write([_row(key, stage, result)])

    async def keep(self, key: str, stage: str, result: Completion | Failure) -> None:
        """Keep the end of a request; committed when this returns, with those that end in the same turn of the loop."""
        loop = asyncio.get_running_loop()
        committed: asyncio.Future[None] = loop.create_future()
        self._uncommitted.append((_row(key, stage, result), committed))
        loop.call_soon(self._commit)
        await committed

    def stats(self) -> list[Tally]:
        """Requests and what they took, by stage and kind."""
        try:
            return [Tally(*row) for row in self._db.execute(_STATS)]
        except sqlite3.DatabaseError as error:
            raise self._error(error) from None

    def count(self) -> dict[str, dict[str, int]]:
        """Requests by stage and kind."""
        counts: dict[str, dict[str, int]] = {}
        for tally in self.stats():
            counts.setdefault(tally.stage, {})[tally.kind] = tally.requests
        return counts

    def close(self) -> None:
        """Close the file and fold its write-ahead log back in."""
        try:
            self._write([row for row, _ in self._uncommitted])  # what nobody waits for, or what could not be written
        finally:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _commit(self) -> None:
        uncommitted, self._uncommitted = self._uncommitted, []
        failure: Exception | None = None
        try:
            self._write([row for row, _ in uncommitted])
        except SynthBuilderError as error:
            failure, self._uncommitted = error, uncommitted  # which `close` tries once more
        except Exception as error:  # nobody may be left waiting
            failure = error
        for _, committed in uncommitted:
            if committed.done():  # whoever waited was cancelled
                continue
            if failure is None:
                committed.set_result(None)
            else:
                committed.set_exception(failure)

    def _find(self, query: str, wanted: str) -> dict[str, Entry]:
        try:
            found = self._db.execute(query, (wanted,)).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._error(error) from None
        entries = {}
        for key, stage, kind, asked, prompt_tokens, completion_tokens, stated, body in found:
            if checksum(key, stage, kind, body) != stated:
                raise self._error(sqlite3.DatabaseError(f"the request {key} is damaged"))
            entries[key] = Entry(stage, asked, prompt_tokens, completion_tokens, _unpack(kind, body))
        return entries

    def _write(self, rows: list[_Row]) -> None:
        if not rows:
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany(_PUT, rows)
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            raise self._error(error) from None

    def _open_to_read(self) -> sqlite3.Connection:
        if not self._path.exists():
            raise SynthBuilderError(
                f"There is no journal {self._path}.", todo="Name the folder of a run that has begun with --run."
            )
        if not beside(self._path, "-wal").exists():  # nobody writes: SQLite would make files to find that out
            return connect(self._path, "immutable=1")
        if beside(self._path, "-shm").exists():
            return connect(self._path, "mode=ro")
        # Whoever wrote the log was alone with the file, and still is, or was killed.
        return connect(self._path, "mode=rw", alone=True)

    def _open_to_write(self) -> sqlite3.Connection:
        if not self._path.exists():
            create_journal(self._path)
        return connect(self._path, "mode=rw", alone=self.alone)

    def _refuse_other_files(self) -> None:
        names = ("application_id", "user_version")
        application, found = (self._db.execute(f"PRAGMA {name}").fetchone()[0] for name in names)
        if application != _APPLICATION_ID:
            raise SynthBuilderError(
                f"The journal {self._path} cannot be read: it is empty, or of another program.",
                cause="It was cut short, is of a trial version before 0.1, or never was a journal of synth_builder.",
                todo=f"Restore it from a copy. {_START_ANEW}",
            )
        check_format(self._path, found)

    def _begin_to_write(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(f"PRAGMA wal_autocheckpoint={_PAGES_IN_LOG}")
        self._db.execute(f"PRAGMA cache_size=-{_CACHE_KIBIBYTES}")
        # A lost page would be a silent restart of all that it held.
        found = self._db.execute("PRAGMA quick_check(1)").fetchone()[0]
        if found != "ok":
            raise sqlite3.DatabaseError(found.splitlines()[-1])
        self._db.execute(f"PRAGMA user_version={_FORMAT}")  # a write, to know now whether the file can be written

    def _error(self, error: sqlite3.DatabaseError) -> SynthBuilderError:
        # Python's own errors, such as for text that is no UTF-8, have no code.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF  # the rest is detail
        if code in _ERRORS:
            cause, todo = _ERRORS[code]
            return SynthBuilderError(f"The journal {self._path} cannot be used: {error}.", cause=cause, todo=todo)
        return SynthBuilderError(
            f"The journal {self._path} cannot be read: {error}.",
            cause="The file is damaged, or is no journal of synth_builder.",
            todo="Restore it from a copy, or keep what is whole in it:\n"
            f"synth-builder journal rescue --run {self._path.parent}\n{_START_ANEW}",
        )


def check_format(path: Path, found: int) -> None:
    """Refuse a journal of another format, as nothing would be found in it.

    Raises:
        SynthBuilderError: It is one.
    """
    if found != _FORMAT:
        raise SynthBuilderError(
            f"The journal {path} has format {found}; this version reads format {_FORMAT}.",
            todo="Use the version of synth_builder that wrote it, or another --out folder.",
        )


def create_journal(path: Path) -> None:
    """Make an empty journal; it appears under its name when it is complete, so an empty file was cut short."""
    if beside(path, "-wal").exists():
        raise SynthBuilderError(
            f"The journal {path} is missing, and its write-ahead log is there.",
            cause="It was moved or deleted without its log, which holds its last requests.",
            todo=f"Put both into the folder again. {_START_ANEW}",
        )
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    db = connect(unfinished, "mode=rwc", alone=True)
    db.execute(f"PRAGMA application_id={_APPLICATION_ID}")
    db.execute(f"PRAGMA user_version={_FORMAT}")
    db.execute(_SCHEMA)
    db.close()
    os.replace(unfinished, path)


def connect(path: Path, mode: str, *, alone: bool = False) -> sqlite3.Connection:
    """Open an SQLite file in a mode of SQLite's URIs; `alone` locks it and shares no memory."""
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}",
        uri=True,
        timeout=0 if alone else _WAITS_SECONDS,
        isolation_level=None,
        check_same_thread=False,  # one thread at a time: the map's loop thread, then whoever reads the counts
    )
    if alone:
        db.execute("PRAGMA locking_mode=EXCLUSIVE")
    return db


def _row(key: str, stage: str, result: Completion | Failure) -> _Row:
    if isinstance(result, Completion):
        kind, prompt_tokens, completion_tokens = "reply", result.prompt_tokens, result.completion_tokens
    else:
        kind, prompt_tokens, completion_tokens = result.kind, 0, 0
    body = _pack(result)
    return key, stage, kind, prompt_tokens, completion_tokens, checksum(key, stage, kind, body), body


def _pack(result: Completion | Failure) -> bytes:
    """Compress a failure's words, or a reply's text below a line of JSON with all else that is known of it."""
    if isinstance(result, Completion):
        return isal_zlib.compress(orjson.dumps(result[1:]) + b"\n" + result.text.encode(), _LEVEL)
    return isal_zlib.compress(result.detail.encode(), _LEVEL)


def _unpack(kind: str, body: bytes) -> Completion | Failure:
    text = isal_zlib.decompress(body).decode()
    if kind != "reply":
        return Failure(kind, text)
    rest, _, text = text.partition("\n")
    return Completion(text, *orjson.loads(rest))


def checksum(key: str, stage: str, kind: str, body: object) -> int:
    """What a row says of itself, so that a damaged one is never taken for an answer; -1 where there is no body."""
    return zlib.crc32(body, zlib.crc32(f"{key} {stage} {kind}".encode())) if isinstance(body, bytes) else -1


def beside(path: Path, suffix: str) -> Path:
    """A file of SQLite beside its main file: `-wal` or `-shm`."""
    return path.with_name(path.name + suffix)
