"""A full disk stops a stage as Ctrl-C does: what is in flight is waited for, and its replies are kept."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.run import execute, pieces
from synth_builder.run.journal import Journal
from tests.endpoint.scripted import Answer, Request, scripted
from tests.run.taught import prompt_of, say
from tests.run.test_pieces import expected, run, said

# Long, but short where compressed, as it is in the journal.
TEXTS = [f"{n} " + "x" * 500_000 for n in range(12)]


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (execute, pieces):
        monkeypatch.setattr(module, "INPUTS_PER_PIECE", 2)


def test_replies_in_flight_are_kept_when_a_piece_cannot_be_written(tmp_path: Path) -> None:
    async def answer(request: Request) -> Answer:
        if prompt_of(request)[:2] not in ("0 ", "1 "):
            await asyncio.sleep(0.5)
        return say(prompt_of(request).upper())

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Journal(tmp_path / "journal.sqlite") as journal, scripted(answer) as server:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, limits[1]))  # a piece has two million bytes
        try:
            with pytest.raises(SynthBuilderError, match=r"\.arrow cannot be written: .*File too large") as caught:
                run(server.url, journal, TEXTS, tmp_path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert "Make room" in caught.value.todo
        kept = len(server.posted)
        assert 2 < kept < 12
        assert journal.count() == {"repeat": {"reply": kept}}
        assert list((tmp_path / ".pieces").iterdir()) == []
        meter, _ = run(server.url, journal, TEXTS, tmp_path)
        assert (meter.kept, meter.sent) == (kept, 12 - kept)
    assert said(tmp_path) == expected(TEXTS)


def test_pieces_are_kept_when_the_part_cannot_be_written(tmp_path: Path) -> None:
    async def answer(request: Request) -> Answer:
        return say(prompt_of(request).upper())

    unfinished = tmp_path / ".part.parquet.unfinished"
    unfinished.symlink_to("/dev/full")
    with Journal(tmp_path / "journal.sqlite") as journal, scripted(answer) as server:
        with pytest.raises(SynthBuilderError, match=r"part\.parquet cannot be written: .*No space left on device"):
            run(server.url, journal, TEXTS, tmp_path)
        unfinished.unlink()
        meter, ran = run(server.url, journal, TEXTS, tmp_path)
    assert (meter.kept, meter.sent, ran) == (12, 0, 0)
    assert said(tmp_path) == expected(TEXTS)
