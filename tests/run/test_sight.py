"""What a run tells while it works and after: to people, to machines, and never a key."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from synth_builder.errors import SynthBuilderError
from synth_builder.run import progress
from synth_builder.run.control import Control
from synth_builder.run.pipeline import STAGES, run_recipe
from tests.endpoint.scripted import Answer, Request, Script, error
from tests.processes import wait_until
from tests.run.taught import asked, recipe, stage_of, teach, teaching

COMMAND = [sys.executable, "-m", "synth_builder"]
KEY = "hf_NobodyMaySeeThisKey"
SLOTS = 3


def events_of(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_events_tell_the_stages_in_order_and_their_numbers_balance(tmp_path: Path) -> None:
    with teaching() as server:
        for _ in range(2):
            result = run_recipe(recipe(tmp_path, server.url), tmp_path / "run")
        sent = asked(server)
    events = events_of(tmp_path / "run")
    second = next(index for index, event in enumerate(events) if index and event["event"] == "run_started")
    for part, requests in ((events[:second], sent), (events[second:], {})):
        kinds = [event["event"] for event in part if event["event"] != "progress"]
        stages = [event["stage"] for event in part if event["event"] == "stage_finished"]
        assert (kinds[0], kinds[-1], stages) == ("run_started", "run_finished", list(STAGES))
        assert Counter(kinds) == {"run_started": 1, "stage_started": 5, "stage_finished": 8, "run_finished": 1}
        totals = {event["stage"]: event["total"] for event in part if event["event"] == "stage_started"}
        for event in part:
            if event["event"] != "stage_finished":
                continue
            left_out = sum(event["filtered"].values()) + sum(event["failed"].values())
            assert event["inputs"] == event["carried"] + left_out
            assert event["kept"] + event["sent"] == totals.get(event["stage"], 0)
            assert event["sent"] == requests.get(event["stage"], 0)
    times = [event["time"] for event in events]
    assert times == sorted(times)
    finished = [event for event in events[second:] if event["event"] == "stage_finished"]
    assert [
        {name: event[name] for name in book._asdict()} for event, book in zip(finished, result.books, strict=True)
    ] == [book._asdict() for book in result.books]


@contextlib.contextmanager
def held_run(tmp_path: Path) -> Iterator[tuple[Script, Control, threading.Event]]:
    """A run in a thread, all of whose slots wait for the server; it ends with the block."""
    may_answer = threading.Event()
    control = Control()

    async def step(request: Request) -> Answer:
        if stage_of(request):
            await asyncio.to_thread(may_answer.wait)
        return await teach(request)

    def work(server: Script) -> None:
        changes = ("documents.limit=9", f"endpoints.teacher.max_concurrency={SLOTS}")
        with contextlib.suppress(SynthBuilderError):
            run_recipe(recipe(tmp_path, server.url, *changes), tmp_path / "run", control=control)

    with teaching(step) as server:
        thread = threading.Thread(target=work, args=(server,))
        thread.start()
        try:
            wait_until(lambda: server.in_flight == SLOTS)
            yield server, control, may_answer
        finally:
            control.stop(SynthBuilderError("Enough was seen."))
            may_answer.set()
            thread.join(30)


def status(folder: Path) -> str:
    ran = subprocess.run([*COMMAND, "status", str(folder)], capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_requests_in_flight_are_the_servers_own_count_and_never_above_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_LOOK_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(progress, "_EVENT_EVERY_SECONDS", 0.0)

    def told() -> list[int]:
        return [event["in_flight"] for event in events_of(tmp_path / "run") if event["event"] == "progress"]

    with held_run(tmp_path) as (server, _, may_answer):
        wait_until(lambda: told() and told()[-1] == server.in_flight)
        may_answer.set()
        wait_until(lambda: len(server.posted) > 9)
    readings = [event for event in events_of(tmp_path / "run") if event["event"] == "progress"]
    assert max(each["in_flight"] for each in readings) == server.most_in_flight == SLOTS
    assert {each["slots"] for each in readings} == {SLOTS}
    assert readings[-1]["in_flight"] == 0
    assert all(each["done"] <= each["total"] == 9 for each in readings if each["stage"] == "extract_concepts")


def test_status_tells_of_a_run_that_another_process_works_on_and_why_it_stopped(tmp_path: Path) -> None:
    with held_run(tmp_path):
        wait_until(lambda: any(event["event"] == "progress" for event in events_of(tmp_path / "run")))
        during = status(tmp_path / "run")
    assert "A process is at work on it." in during
    assert re.search(r"extract_concepts: 0 of 9 requests, \d of 3 in flight, ", during)
    assert re.search(r"documents +9 +9", during)
    after = status(tmp_path / "run")
    assert "at work" not in after
    assert re.search(r"Stopped at \S+: Enough was seen\.", after)


def test_without_a_terminal_there_are_plain_lines_and_no_key_is_anywhere(tmp_path: Path) -> None:
    async def step(request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Answer(401)
        if stage_of(request) == "level1":
            return error(422, f"Template error; the header was {request.headers['authorization']}", "template_error")
        return await teach(request)

    with teaching(step) as server:
        recipe(tmp_path, server.url)
        arguments = ["run", str(tmp_path / "small.yaml"), "--endpoint", server.url, "--out", str(tmp_path / "run")]
        ran = subprocess.run(
            [*COMMAND, *arguments, "--set", "endpoints.teacher.api_key_env=THE_KEY"],
            env={**os.environ, "THE_KEY": KEY},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr
    lines = ran.stderr.splitlines()
    assert [line.split()[0] for line in lines] == list(STAGES)
    assert "\x1b" not in ran.stderr
    assert "left out: 3 invalid; requests: 0 kept from before, 3 sent; " in lines[2]
    shown = status(tmp_path / "run")
    with sqlite3.connect(tmp_path / "run" / "journal.sqlite") as database:
        bodies = [zlib.decompress(body).decode() for (body,) in database.execute("SELECT body FROM requests")]
    assert sum("the header was" in body for body in bodies) == 3  # so it was there to be told
    files = [path for path in (tmp_path / "run").rglob("*") if path.is_file()]
    tables = [str(pq.read_table(path).to_pylist()) for path in files if path.suffix == ".parquet"]  # compressed, too
    assert sum("the header was" in table for table in tables) == 2  # the stage's part, and the rejected rows
    for text in (
        ran.stdout,
        ran.stderr,
        shown,
        *bodies,
        *tables,
        *(path.read_bytes().decode("latin-1") for path in files),
    ):
        assert KEY not in text
