"""Ctrl-C, SIGTERM, SIGHUP and kill -9 lose nothing that was paid for; the next run ends as if nothing had happened."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from synth_builder.run.control import Control
from synth_builder.run.events import last_events
from synth_builder.run.journal import Journal
from synth_builder.run.pipeline import run_recipe
from tests.endpoint.scripted import Answer, Request, Script
from tests.processes import wait_until
from tests.run.taught import asked, digests, recipe, stage_of, teach, teaching

DOCUMENTS, SLOTS, FIRST = 10, 3, 4
CHANGES = (f"documents.limit={DOCUMENTS}", f"endpoints.teacher.max_concurrency={SLOTS}")
STAGE = "extract_concepts"

# A parent in the background may have handed down that the signal is ignored.
PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from synth_builder.cli import main
main()
"""


class Slow:
    """A step that teaches at once for the first requests of a stage and holds all others until it is told."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_answer = threading.Event()

    async def __call__(self, request: Request) -> Answer:
        if stage_of(request):
            self.begun += 1
            if self.begun > FIRST:
                await asyncio.to_thread(self.may_answer.wait)
        return await teach(request)


@contextmanager
def slow_server() -> Iterator[tuple[Script, Slow]]:
    step = Slow()
    with teaching(step) as server:
        try:
            yield server, step
        finally:
            step.may_answer.set()


@contextmanager
def command(tmp_path: Path, server: Script) -> Iterator[subprocess.Popen[str]]:
    """`synth-builder run` at work, with its first answers kept and every slot waiting for the server."""
    recipe(tmp_path, server.url)
    arguments = ["run", str(tmp_path / "small.yaml"), "--endpoint", server.url, "--out", str(tmp_path / "run")]
    arguments += ["--until", STAGE, *(word for change in CHANGES for word in ("--set", change))]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_until(lambda: server.in_flight == SLOTS or process.poll() is not None)
            assert process.poll() is None, process.stderr and process.stderr.read()
            yield process
        finally:
            process.kill()


def kept(folder: Path) -> int:
    """Replies in the journal."""
    with Journal(folder / "journal.sqlite", read_only=True) as journal:
        return journal.count().get(STAGE, {}).get("reply", 0)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    with teaching() as server:
        run_recipe(recipe(folder, server.url, *CHANGES), folder / "run", until=STAGE)
    return digests(folder / "run")


def go_on(tmp_path: Path) -> int:
    """Run again, and count what is sent."""
    with teaching() as server:
        run_recipe(recipe(tmp_path, server.url, *CHANGES), tmp_path / "run", until=STAGE)
        return asked(server).get(STAGE, 0)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_after_one_signal_answers_in_flight_are_kept_and_nothing_new_is_sent(
    tmp_path: Path, undisturbed: dict[str, str], number: signal.Signals, status: int
) -> None:
    with slow_server() as (server, step), command(tmp_path, server) as process:
        process.send_signal(number)
        assert process.stderr is not None
        said = next(line for line in process.stderr if line.startswith("Stopping."))
        assert said.startswith("Stopping. Waiting for 3 answers in flight, at most 120 s; Ctrl-C ends that at once.")
        step.may_answer.set()
        rest = process.stderr.read()
        assert process.wait(30) == status
        assert asked(server) == {STAGE: FIRST + SLOTS}
    assert "the same command goes on from here" in rest
    assert "Traceback" not in rest
    assert kept(tmp_path / "run") == FIRST + SLOTS
    assert go_on(tmp_path) == DOCUMENTS - FIRST - SLOTS
    assert digests(tmp_path / "run") == undisturbed


def test_a_second_signal_ends_the_run_at_once(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with slow_server() as (server, _), command(tmp_path, server) as process:
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert any(line.startswith("Stopping.") for line in process.stderr)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        rest = process.stderr.read()
        assert asked(server) == {STAGE: FIRST + SLOTS}
    assert "Traceback" not in rest
    assert kept(tmp_path / "run") == FIRST
    assert go_on(tmp_path) == DOCUMENTS - FIRST
    assert digests(tmp_path / "run") == undisturbed


def let_nobody_read(process: subprocess.Popen[str]) -> None:
    """Go away, as `tee` does in `synth-builder run RECIPE 2>&1 | tee log` when it is killed."""
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()


def test_a_run_outlives_whoever_reads_what_it_says(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with slow_server() as (server, step), command(tmp_path, server) as process:
        let_nobody_read(process)
        step.may_answer.set()
        assert process.wait(30) == 0
    assert next(reversed(last_events(tmp_path / "run" / "events.jsonl"))) == "run_finished"
    assert digests(tmp_path / "run") == undisturbed


def test_a_signal_that_cannot_be_told_to_anyone_waits_for_answers_in_flight(tmp_path: Path) -> None:
    with slow_server() as (server, step), command(tmp_path, server) as process:
        let_nobody_read(process)
        process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # it is heard, and must not end the run
        step.may_answer.set()
        assert process.wait(30) == 130
        sent = asked(server)[STAGE]
    assert kept(tmp_path / "run") == sent >= FIRST + SLOTS


def test_after_kill_9_at_most_what_was_in_flight_is_sent_again(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    with slow_server() as (server, _), command(tmp_path, server) as process:
        wait_until(lambda: kept(tmp_path / "run") == FIRST)
        process.kill()
        process.wait(30)
        sent = asked(server)[STAGE]
    assert sent + go_on(tmp_path) <= DOCUMENTS + SLOTS
    assert digests(tmp_path / "run") == undisturbed


def test_what_a_kill_at_the_very_start_leaves_is_no_other_folder(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / ".lock").touch()
    (folder / "events.jsonl").write_text('{"event": "run_started"}\n')
    (folder / ".run.json.unfinished").write_text("{")
    Journal(folder / "journal.sqlite").close()
    assert go_on(tmp_path) == DOCUMENTS
    assert digests(folder) == undisturbed


def test_a_run_works_inside_a_running_loop_as_in_a_notebook(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    async def cell() -> int:
        return go_on(tmp_path)

    assert asyncio.run(cell()) == DOCUMENTS
    assert digests(tmp_path / "run") == undisturbed


def test_a_run_in_a_thread_is_stopped_by_its_control(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    control = Control()
    raised: list[BaseException] = []

    def work(server: Script) -> None:
        try:
            run_recipe(recipe(tmp_path, server.url, *CHANGES), tmp_path / "run", until=STAGE, control=control)
        except BaseException as error:
            raised.append(error)

    before = signal.getsignal(signal.SIGINT)
    with slow_server() as (server, step):
        thread = threading.Thread(target=work, args=(server,))
        thread.start()
        wait_until(lambda: server.in_flight == SLOTS)
        assert signal.getsignal(signal.SIGINT) is before
        control.stop(KeyboardInterrupt())
        step.may_answer.set()
        thread.join(30)
        assert not thread.is_alive()
    assert [type(each) for each in raised] == [KeyboardInterrupt]
    assert kept(tmp_path / "run") == FIRST + SLOTS
    assert go_on(tmp_path) == DOCUMENTS - FIRST - SLOTS
    assert digests(tmp_path / "run") == undisturbed


def test_an_interrupt_after_the_last_request_is_not_lost(tmp_path: Path) -> None:
    control = Control()

    async def step(request: Request) -> Answer:
        if stage_of(request):
            asked_for.append(request)
        if len(asked_for) == DOCUMENTS:
            control.stop(KeyboardInterrupt())
        return await teach(request)

    asked_for: list[Any] = []
    with teaching(step) as server, pytest.raises(KeyboardInterrupt):
        run_recipe(recipe(tmp_path, server.url, *CHANGES), tmp_path / "run", until=STAGE, control=control)
    assert kept(tmp_path / "run") == DOCUMENTS


def test_a_signal_that_is_ignored_stays_ignored(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as `nohup` and scripts do for what runs in the background
    found = []

    async def step(request: Request) -> Answer:
        found.append(signal.getsignal(signal.SIGINT))
        return await teach(request)

    try:
        with teaching(step) as server:
            run_recipe(recipe(tmp_path, server.url), tmp_path / "run", until=STAGE)
    finally:
        signal.signal(signal.SIGINT, before)
    assert set(found) == {signal.SIG_IGN}
