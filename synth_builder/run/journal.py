"""Every finished request, durable before its coroutine returns, found again by its content.

One SQLite file in WAL mode: a killed process loses nothing that was committed; a power loss may lose the last commits
(`synchronous=NORMAL`), never the file.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from synth_builder.endpoint.client import Completion, Sampling
from synth_builder.errors import SynthBuilderError
from synth_builder.row import sha256_hex

# Raised when the parts of the key change; keys of other versions are simply not found.
KEY_VERSION = 1
_FORMAT = 1


class RequestKey(NamedTuple):
    """What decides a reply, and therefore its place in the journal.

    Left out on purpose: the endpoint's address, time limits, concurrency and the number of tries.
    """

    model_id: str
    model_sha: str
    route: str
    prompt: str
    sampling: Sampling
    sample: int
    stage: str
    stage_version: int

    def digest(self) -> str:
        """The key as 64 hex digits."""
        return sha256_hex([KEY_VERSION, *self[:4], list(self.sampling), *self[5:]])


class Failure(NamedTuple):
    """A request that ended without a reply: its class and what was said."""

    kind: str
    detail: str


class Journal:
    """Replies and failures by key.

    Args:
        path: The SQLite file; made when missing.

    Raises:
        SynthBuilderError: The file is no journal, is damaged, or is of another format.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            # One thread writes at a time: the map's loop thread, then whoever reads the counts.
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, stage TEXT NOT NULL, "
                "kind TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID"
            )
            found = self._db.execute("PRAGMA user_version").fetchone()[0]
            if found == 0:
                self._db.execute(f"PRAGMA user_version={_FORMAT}")
        except sqlite3.DatabaseError as error:
            raise SynthBuilderError(
                f"The journal {path} cannot be read: {error}",
                cause="The file is damaged, or is no journal of synth_builder.",
                todo="Move it away to start the run anew, or restore it from a copy; nothing was changed.",
            ) from None
        if found not in (0, _FORMAT):
            raise SynthBuilderError(
                f"The journal {path} has format {found}; this version reads format {_FORMAT}.",
                todo="Use the version of synth_builder that wrote it, or another --out folder.",
            )

    def get(self, key: str) -> Completion | Failure | None:
        """What is known of a request; None when it has not finished."""
        found = self._db.execute("SELECT kind, body FROM requests WHERE key = ?", (key,)).fetchone()
        if found is None:
            return None
        kind, body = found
        content = json.loads(zlib.decompress(body))
        return Completion(*content) if kind == "reply" else Failure(kind, content[0])

    def put(self, key: str, stage: str, result: Completion | Failure) -> None:
        """Keep the end of a request; committed when this returns."""
        kind, content = ("reply", list(result)) if isinstance(result, Completion) else (result.kind, [result.detail])
        body = zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 1)
        self._db.execute("INSERT OR REPLACE INTO requests VALUES (?, ?, ?, ?)", (key, stage, kind, body))

    def count(self) -> dict[str, dict[str, int]]:
        """Requests by stage and kind."""
        counts: dict[str, dict[str, int]] = {}
        for stage, kind, number in self._db.execute(
            "SELECT stage, kind, count(*) FROM requests GROUP BY stage, kind ORDER BY stage, kind"
        ):
            counts.setdefault(stage, {})[kind] = number
        return counts

    def close(self) -> None:
        """Close the file and fold its write-ahead log back in."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
