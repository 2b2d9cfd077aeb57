"""Run a stage by `Dataset.map`: one task a batch, whose rows are asked for at once.

`map` waits on a list of all its open tasks at every step; with one task a row and unequal answers that costs 4 ms of
processor time a row. With batches of 256 and 16 of them open it costs 0.07 ms.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar

import datasets
from datasets import Dataset

from synth_builder.endpoint.client import RequestError
from synth_builder.parquet import write_dataset
from synth_builder.row import Row, sha256_hex
from synth_builder.stages.stage import Outcome, Stage, Teacher, failed

_BATCH_ROWS = 256
_OPEN_BATCHES = 16

T = TypeVar("T")


def run_stage(stage: Stage, inputs: Dataset, samples: int, teacher: Teacher, part: Path, scratch: Path) -> None:
    """Ask about every row of `inputs`, `samples` times, and write all outcomes to `part` in the order of the inputs.

    Args:
        stage: What to do.
        inputs: Rows with an `id` column and what the stage reads.
        samples: Times each row is asked about.
        teacher: Who answers.
        part: Parquet file to write.
        scratch: Folder for the map's own file.
    """
    interrupts = _Interrupts()

    async def run_batch(batch: dict[str, list[Any]]) -> dict[str, list[Any]]:
        interrupts.watch_this_task()
        rows = [dict(zip(batch, values, strict=True)) for values in zip(*batch.values(), strict=True)]
        outcomes = await asyncio.gather(*(_attempt(stage, row, n, teacher) for row in rows for n in range(samples)))
        written = [row for outcome in outcomes for row in outcome]
        return {name: [row[name] for row in written] for name in stage.features}

    cache_file = scratch / f"{stage.name}.arrow"
    with _open_batches(_OPEN_BATCHES), interrupts.caught():
        outcomes = outside_of_loops(
            lambda: inputs.map(
                run_batch,
                batched=True,
                batch_size=_BATCH_ROWS,
                remove_columns=inputs.column_names,
                features=stage.features,
                cache_file_name=str(cache_file),
                load_from_cache_file=False,
                # Ours, so that `map` hashes no closure: what holds open connections cannot be hashed.
                new_fingerprint=sha256_hex([stage.name, stage.version, str(part)])[:16],
            )
        )
    write_dataset(part, outcomes)
    cache_file.unlink(missing_ok=True)


class _Interrupts:
    """Turns Ctrl-C into a cancellation of the open batches.

    A KeyboardInterrupt raised inside of asyncio's own code can lose the wake-up of a task, and `map`, which then waits
    for all of its tasks, waits for ever. A second Ctrl-C acts at once.
    """

    def __init__(self) -> None:
        self._arrived = False
        self._batches: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = {}

    def watch_this_task(self) -> None:
        """Have the running task cancelled by Ctrl-C; raises CancelledError when it has come already."""
        task = asyncio.current_task()
        assert task is not None
        self._batches[task] = asyncio.get_running_loop()
        task.add_done_callback(lambda done: self._batches.pop(done, None))
        if self._arrived:
            raise asyncio.CancelledError

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Catch Ctrl-C inside; raises KeyboardInterrupt at the end when it has come."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals reach the main thread alone
            return
        before = signal.signal(signal.SIGINT, self._arrive)
        try:
            yield
        except (asyncio.CancelledError, Exception):
            if not self._arrived:
                raise
        finally:
            signal.signal(signal.SIGINT, before)
        if self._arrived:
            raise KeyboardInterrupt

    def _arrive(self, number: int, frame: FrameType | None) -> None:
        self._arrived = True
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for task, loop in list(self._batches.items()):
            loop.call_soon_threadsafe(task.cancel)


async def _attempt(stage: Stage, row: Row, sample: int, teacher: Teacher) -> list[Row]:
    outcome = await run_row(stage, row, sample, teacher)
    head = {
        "input_id": row["id"],
        "sample": sample,
        "status": outcome.status,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "malformed": outcome.malformed,
    }
    return [{**head, **each} for each in outcome.rows]


async def run_row(stage: Stage, row: Row, sample: int, teacher: Teacher) -> Outcome:
    """Run a stage on one row; whatever goes wrong is an outcome, too."""
    try:
        return await stage.run(row, sample, teacher)
    except RequestError as error:
        return failed(stage.blank(row, sample), error.kind, error.detail)
    except Exception as error:
        # One row's defect must not throw away the whole map; the books show it as `internal`.
        return failed(stage.blank(row, sample), "internal", f"{type(error).__name__}: {error}")


@contextmanager
def _open_batches(limit: int) -> Iterator[None]:
    """Let `map` keep at most `limit` tasks open; `datasets` has a module constant for it and no argument."""
    before = datasets.config.MAX_NUM_RUNNING_ASYNC_MAP_FUNCTIONS_IN_PARALLEL
    datasets.config.MAX_NUM_RUNNING_ASYNC_MAP_FUNCTIONS_IN_PARALLEL = limit
    try:
        yield
    finally:
        datasets.config.MAX_NUM_RUNNING_ASYNC_MAP_FUNCTIONS_IN_PARALLEL = before


def outside_of_loops(function: Callable[[], T]) -> T:
    """Call `function` where no event loop runs: in a thread of its own when one runs here, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return function()
    with concurrent.futures.ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()
