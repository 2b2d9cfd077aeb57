"""A stage goes on from the pieces that it has finished, and is not run again while nothing has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import jinja2
import pytest
from datasets import Dataset, Value

from synth_builder.endpoint import client
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.parquet import read_rows
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.row import Row
from synth_builder.run import execute, pieces
from synth_builder.run.ask import MADE_AGAIN, StageTeacher
from synth_builder.run.control import Budget, BudgetSpentError, Control
from synth_builder.run.execute import run_stage
from synth_builder.run.journal import Journal
from synth_builder.run.meter import StageMeter
from synth_builder.run.pieces import Pieces, forget_pieces
from synth_builder.run.prompts import Prompt
from synth_builder.stages.stage import Outcome, Stage, Teacher, carried
from tests.endpoint.scripted import CHAT, Answer, Request, error, scripted
from tests.run.taught import endpoint_at

IDENTITY = ServerIdentity("org/model", "abc123", "text-generation-inference 3.3.6 (native)", 128, 1000, 2000, False)
PROMPT = Prompt(jinja2.Template("{{ text }}"), "0" * 16)
runs_of_stage = 0


async def repeat(row: Row, sample: int, teacher: Teacher) -> Outcome:
    global runs_of_stage
    runs_of_stage += 1
    reply = await teacher.ask(row["id"], sample, {"text": row["text"]})
    return carried(({"said": reply.text}, {"said": row["text"]}))


STAGE = Stage("repeat", 1, "none", {"said": Value("string")}, repeat, lambda row, sample: {"said": ""})


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.0)
    monkeypatch.setattr(execute, "_BATCH_ROWS", 4)
    monkeypatch.setattr(execute, "_OPEN_BATCHES", 3)
    for module in (execute, pieces):
        monkeypatch.setattr(module, "INPUTS_PER_PIECE", 8)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "journal.sqlite") as opened:
        yield opened


async def echo(request: Request) -> Answer:
    assert isinstance(request.body, dict)
    text = request.body["messages"][0]["content"]
    if text == "busy":
        return error(503, "unhealthy", "healthcheck")
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text.upper()}}
    return Answer(200, {**CHAT, "choices": [choice]})


def run(
    url: str,
    journal: Journal,
    texts: list[str],
    folder: Path,
    *,
    settings: StageSettings = StageSettings(),  # noqa: B008 - frozen
    control: Control | None = None,
    use_finished: bool = True,
) -> tuple[StageMeter, int]:
    """Run the stage as a pipeline does; returns its meter and how many rows it was really run on."""
    before = runs_of_stage
    endpoint = endpoint_at(url, EndpointSettings(url=url, max_concurrency=4, tries=1), IDENTITY)
    control = control or Control()
    teacher = StageTeacher(STAGE, settings, PROMPT, endpoint, journal, 1, StageMeter("stage", 1), control)
    inputs = Dataset.from_dict({"id": [f"r{n}" for n in range(len(texts))], "text": texts})
    kept = Pieces(
        folder / "part.parquet", STAGE.features, teacher.made_from, made_again=MADE_AGAIN, use_finished=use_finished
    )
    try:
        run_stage(STAGE, inputs, 1, lambda piece: replace(teacher, meter=piece), teacher.meter, kept, control)
    finally:
        endpoint.close_connections()
    return teacher.meter, runs_of_stage - before


def said(folder: Path) -> list[str]:
    return [row["said"] for row in read_rows(folder / "part.parquet")]


def expected(texts: list[str]) -> list[str]:
    return [word for text in texts for word in (text.upper(), text)]


TEXTS = [f"text {n}" for n in range(30)]


def test_a_finished_stage_is_not_run_again_and_counts_as_kept(journal: Journal, tmp_path: Path) -> None:
    with scripted(echo) as server:
        first, ran = run(server.url, journal, TEXTS, tmp_path)
        assert (first.sent, first.kept, ran) == (30, 0, 30)
        part = tmp_path / "part.parquet"
        content = part.read_bytes()
        second, ran = run(server.url, journal, TEXTS, tmp_path)
    assert (second.sent, second.kept, ran) == (0, 30, 0)
    assert (second.prompt_tokens, second.completion_tokens) == (first.prompt_tokens, first.completion_tokens) != (0, 0)
    assert part.read_bytes() == content
    assert said(tmp_path) == expected(TEXTS)


def test_an_interrupted_stage_goes_on_from_its_finished_pieces(journal: Journal, tmp_path: Path) -> None:
    asyncio.set_event_loop(None)  # as after `asyncio.run`; `datasets` then fails at cancelling where nothing is left
    with scripted(echo) as server:
        with pytest.raises(BudgetSpentError):
            run(server.url, journal, TEXTS, tmp_path, control=Control(Budget(requests=21)))
        assert not (tmp_path / "part.parquet").exists()
        meter, ran = run(server.url, journal, TEXTS, tmp_path)
        assert ran in (14, 22)  # of four pieces two were finished, or one, by the order of the answers
        assert (meter.kept, meter.sent) == (21, 9)
        interrupted = (tmp_path / "part.parquet").read_bytes()
        whole = tmp_path / "whole"
        whole.mkdir()
        run(server.url, journal, TEXTS, whole)
    assert interrupted == (whole / "part.parquet").read_bytes()
    assert said(tmp_path) == expected(TEXTS)


def test_of_a_stage_with_more_inputs_the_journal_answers_the_known_ones(journal: Journal, tmp_path: Path) -> None:
    more = [*TEXTS, "one more"]
    with scripted(echo) as server:
        run(server.url, journal, TEXTS, tmp_path)
        meter, _ = run(server.url, journal, more, tmp_path)
    assert (meter.kept, meter.sent) == (30, 1)
    assert said(tmp_path) == expected(more)


@pytest.mark.parametrize(
    "change",
    ["an input", "the settings", "the part is cut", "the part is gone", "the seal is torn", "all again", "forgotten"],
)
def test_whatever_has_changed_is_made_again(journal: Journal, tmp_path: Path, change: str) -> None:
    texts, settings, again = list(TEXTS), StageSettings(), False
    folder = tmp_path / "stage"
    folder.mkdir()
    with scripted(echo) as server:
        run(server.url, journal, texts, folder)
        if change == "an input":
            texts[9] = "another"
        elif change == "the settings":
            settings = StageSettings(temperature=0.1)
        elif change == "the part is cut":
            (folder / "part.parquet").write_bytes((folder / "part.parquet").read_bytes()[:-9])
        elif change == "the part is gone":
            (folder / "part.parquet").unlink()
        elif change == "the seal is torn":
            (folder / ".seal.json").write_text('{"of": [')
        elif change == "forgotten":
            forget_pieces(tmp_path)
        else:
            again = True
        _, ran = run(server.url, journal, texts, folder, settings=settings, use_finished=not again)
    assert ran == 30
    assert said(folder) == expected(texts)


def test_a_piece_with_a_passing_failure_is_made_again(journal: Journal, tmp_path: Path) -> None:
    texts = [*TEXTS[:20], "busy", *TEXTS[20:]]
    with scripted(echo) as server:
        first, _ = run(server.url, journal, texts, tmp_path)
        assert first.failed == {"transient": 1}
        second, ran = run(server.url, journal, texts, tmp_path)
    assert ran == 31  # the part as a whole: its pieces are gone
    assert (second.kept, second.sent, second.redone) == (30, 1, 1)


def test_a_torn_piece_is_made_again(journal: Journal, tmp_path: Path) -> None:
    with scripted(echo) as server:
        with pytest.raises(BudgetSpentError):
            run(server.url, journal, TEXTS, tmp_path, control=Control(Budget(requests=26)))
        finished = sorted((tmp_path / ".pieces").glob("*.arrow"))
        assert finished
        finished[0].write_bytes(finished[0].read_bytes()[:100])
        meter, ran = run(server.url, journal, TEXTS, tmp_path)
    assert ran == 30 - 8 * (len(finished) - 1)
    assert (meter.kept, meter.sent) == (26, 4)
    assert said(tmp_path) == expected(TEXTS)
