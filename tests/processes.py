"""Look at other processes, through Linux's /proc."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

needs_proc = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")


def is_alive(process_id: int) -> bool:
    """Whether a process exists and has not ended; one that nobody has waited for yet has."""
    fields = _read_stat(process_id)
    return bool(fields) and fields[0] != "Z"


def children_of(process_id: int) -> list[int]:
    """Ids of the processes that a process has started and that have not ended."""
    ids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdecimal()]
    return [each for each in ids if is_alive(each) and _read_stat(each)[1:2] == [str(process_id)]]


def wait_until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    """Fail unless the condition comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _read_stat(process_id: int) -> list[str]:
    """State, parent and all that follows of a process; empty where there is none."""
    try:
        # The name before them stands in brackets and may hold anything.
        return Path(f"/proc/{process_id}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
