"""Does a run that is killed again and again come to the same rows, and what does it pay twice?

The same command is killed with SIGKILL at random moments, one life of eight while it starts, the others while they
send. In the end its parquet must be that of an undisturbed run to the byte, and no kill may have cost more requests
than were in flight.

    python benchmarks/bench_kill.py [--kills N] [--documents N]
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import tempfile
import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from random import Random
from typing import NamedTuple

from datasets.utils.tqdm import tqdm

from benchmarks.loopback import LoopbackServer, worksheet
from synth_builder.offline.faults import Delay
from synth_builder.recipe import check_recipe
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import run_recipe

DELAY = Delay(0.05, 0.05)
STAGES = ("documents", "extract_concepts", "level1")  # two of them ask, once about each document
KILLED_IN_START = 1 / 8
POLL_SECONDS = 0.005


class Killed(NamedTuple):
    """What the kills have come to.

    Attributes:
        kills: How often the run was killed.
        before_sending: How many of the kills came before the first request of that life.
        slots: Requests in flight at once.
        undisturbed: Requests of the undisturbed run.
        requests: Requests of all lives together.
        distinct: Different ones of them.
        same_rows: Whether every part is that of the undisturbed run to the byte.
        seconds: Wall time of all lives.
    """

    kills: int
    before_sending: int
    slots: int
    undisturbed: int
    requests: int
    distinct: int
    same_rows: bool
    seconds: float


def kill_often(kills: int, documents: int, folder: Path, *, slots: int = 16, seed: int = 0) -> Killed:
    """Run over so many documents in two folders: undisturbed in one, killed so often in the other.

    Raises:
        RuntimeError: A run failed, or had ended before the last kill.
    """
    inputs = folder / "inputs.jsonl"
    rows = (worksheet(number) for number in range(documents))
    inputs.write_text("".join(json.dumps({"id": row["id"], "text": row["text"]}) + "\n" for row in rows))
    whole, killed = RunFolder(folder / "whole"), RunFolder(folder / "killed")
    with LoopbackServer(DELAY) as server:
        started = time.monotonic()
        _finish(_start(server.url, inputs, slots, whole.path))
        undisturbed = server.record()
    draw, before_sending = Random(seed), 0
    with LoopbackServer(DELAY) as server:
        start_seconds, started = undisturbed.first - started, time.monotonic()
        for kills_left in range(kills, 0, -1):
            seen = server.record()
            life = _start(server.url, inputs, slots, killed.path)
            left = undisturbed.requests - seen.distinct
            most = min(0.9 * left, 1.8 * left / kills_left)
            if draw.random() < KILLED_IN_START:
                _wait_for_requests(server, seen.requests + most, life, draw.uniform(0, 2 * start_seconds))
            else:
                _wait_for_requests(server, seen.requests + draw.uniform(1, most), life)
                time.sleep(draw.uniform(0, DELAY.median))  # while answers come as well as while requests go
            if not life.is_alive():
                raise RuntimeError(f"The run ended with {kills_left} kills to go: give it more documents.")
            life.kill()
            life.join()
            before_sending += server.requests() == seen.requests
        _finish(_start(server.url, inputs, slots, killed.path))
        disturbed = server.record()
    return Killed(
        kills,
        before_sending,
        slots,
        undisturbed.requests,
        disturbed.requests,
        disturbed.distinct,
        all(killed.part(stage).read_bytes() == whole.part(stage).read_bytes() for stage in STAGES),
        round(time.monotonic() - started, 1),
    )


def _start(url: str, inputs: Path, slots: int, out: Path) -> BaseProcess:
    """Begin the run in a process that has all modules already, so that its life is spent on the run."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_run, args=(url, inputs, slots, out))
    process.start()
    return process


def _run(url: str, inputs: Path, slots: int, out: Path) -> None:
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    tqdm.set_lock(threading.RLock())  # its own is a semaphore with a name, which a killed process leaves behind
    content = {
        "name": "killed",
        "documents": {"source": str(inputs), "license": "cc0-1.0"},
        "endpoints": {"teacher": {"url": url, "max_concurrency": slots}},
    }
    run_recipe(check_recipe(content, "benchmark"), out, until=STAGES[-1])


def _finish(process: BaseProcess) -> None:
    process.join()
    if process.exitcode:
        raise RuntimeError(f"The run ended with exit status {process.exitcode}.")


def _wait_for_requests(
    server: LoopbackServer, wanted: float, process: BaseProcess, most_seconds: float = math.inf
) -> None:
    end = time.monotonic() + most_seconds
    while server.requests() < wanted and process.is_alive() and time.monotonic() < end:
        time.sleep(POLL_SECONDS)


def main() -> None:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description="What does a killed run lose, and what does it pay twice?")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--documents", type=int, default=2_500, help="Documents; each costs two requests.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killed = kill_often(options.kills, options.documents, Path(folder))
    bound = killed.undisturbed + killed.kills * killed.slots
    print(json.dumps({"benchmark": "kill", **killed._asdict(), "requests_allowed": bound}))


if __name__ == "__main__":
    main()
