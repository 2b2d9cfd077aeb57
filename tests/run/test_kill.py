"""A run that is killed again and again loses no row, doubles none, and pays twice for what was in flight alone."""

from __future__ import annotations

from pathlib import Path

from benchmarks.bench_kill import kill_often


def test_ten_kills_change_no_row_and_repeat_only_what_was_in_flight(tmp_path: Path) -> None:
    killed = kill_often(10, 60, tmp_path, slots=4)
    assert killed.kills == 10
    assert killed.same_rows
    assert killed.distinct == killed.undisturbed == 2 * 60
    assert killed.undisturbed <= killed.requests <= killed.undisturbed + 10 * 4
