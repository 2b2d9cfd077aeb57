"""People see counts and rates, in a terminal and in a log file."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from synth_builder.books import StageBook
from synth_builder.run import progress

BOOK = StageBook("level1", 3, 2, {"refused": 1}, {}, 7, seconds=1.25, sent=2, kept=1)


def test_a_log_file_gets_one_line_a_stage() -> None:
    text = io.StringIO()
    with progress.Progress(Console(file=text)) as shown:
        tick = shown.start("level1", 3)
        for _ in range(3):
            tick()
        shown.finish(BOOK)
    assert text.getvalue().splitlines() == [
        "level1           7 rows from 3 inputs; left out: 1 refused; requests: 2 sent, 1 from the journal; 1.2 s"
    ]


def test_a_log_file_hears_of_a_long_stage_in_between(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_LINE_EVERY_SECONDS", -1.0)
    text = io.StringIO()
    with progress.Progress(Console(file=text)) as shown:
        shown.start("level1", 3)()
    assert text.getvalue().startswith("level1: 1 of 3 requests, ")


def test_a_terminal_gets_a_bar_with_count_and_rate() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=100)
    with progress.Progress(console) as shown:
        tick = shown.start("level1", 3)
        tick()
        shown.refresh()
    assert "level1" in text.getvalue()
    assert "1/3" in text.getvalue()
    assert "/s" in text.getvalue()
