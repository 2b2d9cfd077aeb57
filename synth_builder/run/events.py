"""events.jsonl: what happened in a run, a JSON line each, for machines and for `status`."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_TAIL_BYTES = 65_536


class EventLog:
    """Appends events; a line is one write, so a killed process leaves no part of a line that others would read.

    Args:
        path: The file; it is continued.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, event: str, **facts: object) -> None:
        """Append one event with the time in UTC; a full disk costs the event, not the run."""
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": time, "event": event, **facts}, ensure_ascii=False)
        try:
            with self._path.open("ab", buffering=0) as file:
                file.write(line.encode() + b"\n")
        except OSError:
            pass


def last_events(path: Path) -> dict[str, dict[str, Any]]:
    """The latest event of each kind near the end of the file, by name, the latest of all last."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = file.read().split(b"\n")
    except FileNotFoundError:
        return {}
    latest: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            event = json.loads(line)
            name = event["event"]
        except (ValueError, KeyError, TypeError):  # the tail begins within a line; a writer may be at the last one
            continue
        latest.pop(name, None)
        latest[name] = event
    return latest
