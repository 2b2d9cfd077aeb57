"""How near does a stage come to what its endpoint can give? Against plain `Dataset.map` in the same run.

A run asks for questions of level 1; the concepts of its documents are in its journal before. The clock runs from the
first request that the server sees to the last parquet file closed; the goals are those of docs/speed.md. Each
measurement has a process and a server of its own.

    python benchmarks/generation.py [--case NAME ...] [--rounds N] [--plain-rounds N] [--rows N] [--profile]
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import multiprocessing
import os
import pstats
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset, Features, Value, disable_progress_bars
from huggingface_hub import AsyncInferenceClient

from benchmarks.loopback import AT_ONCE, LoopbackServer, Record, bare_rate, ideal_seconds, service_seconds, worksheet
from synth_builder.offline.faults import Delay
from synth_builder.parquet import write_rows
from synth_builder.recipe import check_recipe
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import run_recipe
from synth_builder.run.prompts import load_prompt

T = TypeVar("T")
Stack = Callable[[str, int, Path], Path]


class Case(NamedTuple):
    """So many rows, by so many slots, at this service time."""

    rows: int
    slots: int
    delay: Delay

    def limit(self) -> float:
        """Requests per second when every slot is always busy."""
        return self.slots * self.rows / sum(service_seconds(self.delay, number) for number in range(self.rows))


CASES = {
    "fixed": Case(8_000, 256, Delay(0.5, 0.5)),
    "drawn": Case(20_000, 256, Delay(0.5, 5.0)),
    "wide": Case(20_000, 1_000, Delay(2.0, 2.0)),
}
GROWTH, GROWTH_FROM, SMALL_RUNS = Case(200_000, 256, Delay(0.05, 0.05)), 10_000, 4


class Measurement(NamedTuple):
    """One run of a stack.

    Attributes:
        record: What the server saw.
        started: When the stack was called, in seconds of `time.monotonic`.
        ended: When the last parquet file was closed.
        cpu_seconds: Processor time of the process from the first request on.
        memory: Megabytes by kind: `peak` resident, and at the end `anonymous` and `mapped` from files.
    """

    record: Record
    started: float
    ended: float
    cpu_seconds: float
    memory: dict[str, float]

    @property
    def wall_seconds(self) -> float:
        """From the first request to the last file closed."""
        return self.ended - self.record.first


# --- the stacks -------------------------------------------------------------------------------------------------------


def ours(url: str, slots: int, folder: Path) -> Path:
    """A run to the end of level 1; returns the last file."""
    return _run(url, slots, folder, until="level1")


def _run(url: str, slots: int, folder: Path, until: str) -> Path:
    content = {
        "name": "benchmark",
        "documents": {"source": str(_inputs(folder))},
        "endpoints": {"teacher": {"url": url, "max_concurrency": slots}},
    }
    run_recipe(check_recipe(content, "benchmark"), folder / "run", until=until)
    return RunFolder(folder / "run").part(until)


def plain(url: str, slots: int, folder: Path) -> Path:
    """What one writes without us: an async function for `map`, huggingface_hub's client as it comes, no journal."""
    disable_progress_bars()
    client = AsyncInferenceClient(base_url=url)
    free = asyncio.Semaphore(slots)
    prompt = load_prompt("math", "level1.jinja")

    async def ask(row: dict[str, Any]) -> dict[str, str]:
        messages = [{"role": "user", "content": prompt.render({"document": row["text"]})}]
        async with free:
            reply = await client.chat_completion(
                messages, model="tgi", max_tokens=2048, temperature=0.7, top_p=0.95, seed=1
            )
        return {"reply": reply.choices[0].message.content or ""}

    part = folder / "part.parquet"
    Dataset.from_parquet(str(_inputs(folder)), cache_dir=str(folder / "cache")).map(ask).to_parquet(part)
    return part


# --- measuring --------------------------------------------------------------------------------------------------------


def in_fresh_process(function: Callable[..., T], *arguments: object) -> T:
    """Call a function of a module in a new process, so that neither memory nor caches are those of an earlier run."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(function, *arguments).result()


def prepare(rows: int, folder: Path) -> None:
    """Write the documents, and have the run ask for their concepts."""
    columns = Features({name: Value("string") for name in ("id", "text", "title", "source", "license")})
    write_rows(_inputs(folder), map(worksheet, range(rows)), columns)
    with LoopbackServer(AT_ONCE) as server:
        _run(server.url, 64, folder, until="extract_concepts")


def measure(stack: Stack, case: Case, folder: Path) -> Measurement:
    """Run a stack over what has been prepared."""
    with LoopbackServer(case.delay) as server:
        before: list[float] = []
        watch = threading.Thread(target=_note_cpu_at_first_request, args=(server, before), daemon=True)
        started = time.monotonic()
        watch.start()
        part = stack(server.url, case.slots, folder)
        ended = time.monotonic() - (time.time() - part.stat().st_mtime)
        return Measurement(server.record(), started, ended, time.process_time() - before[0], memory())


def _note_cpu_at_first_request(server: LoopbackServer, noted: list[float]) -> None:
    while not server.requests():
        time.sleep(0.05)
    noted.append(time.process_time())


def _inputs(folder: Path) -> Path:
    return folder / "inputs.parquet"


def memory() -> dict[str, float]:
    """Resident memory of this process in megabytes, as Linux says it."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    names = {"peak": "VmHWM", "anonymous": "RssAnon", "mapped": "RssFile"}
    return {kind: round(int(fields[name].split()[0]) / 1000, 1) for kind, name in names.items()}


def describe(case: Case, runs: list[Measurement]) -> dict[str, object]:
    """Medians over the rounds, and the worst of what must not be."""

    def middle(value: Callable[[Measurement], float]) -> float:
        return round(median(map(value, runs)), 4)

    limit, ideal = case.limit(), ideal_seconds(case.delay, case.rows, case.slots)
    return {
        "wall_seconds": middle(lambda run: run.wall_seconds),
        "share_of_limit": middle(lambda run: case.rows / run.wall_seconds / limit),
        "share_of_limit_in_the_middle": middle(lambda run: run.record.middle_rate() / limit),
        "share_of_ideal": middle(lambda run: ideal / run.wall_seconds),
        "busy_share_until_last_sent": middle(lambda run: run.record.busy_share(case.slots)),
        "seconds_to_first_request": middle(lambda run: run.record.first - run.started),
        "cpu_ms_per_request": middle(lambda run: 1000 * run.cpu_seconds / case.rows),
        "peak_memory_mb": middle(lambda run: run.memory["peak"]),
        "most_in_flight": max(run.record.most_in_flight for run in runs),
        "duplicates": max(run.record.requests - run.record.distinct for run in runs),
        "server_cpu_ms_per_request": middle(lambda run: 1000 * run.record.cpu_seconds / case.rows),
        "server_late_seconds": max(run.record.late_seconds for run in runs),
    }


def compare(name: str, case: Case, rounds: int, plain_rounds: int) -> None:
    """Run both stacks in turn, and print a line for each."""
    runs: dict[str, list[Measurement]] = {"ours": [], "plain": []}
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder_name:
            folder = Path(folder_name)
            in_fresh_process(prepare, case.rows, folder)
            for stack in (ours, plain) if number < plain_rounds else (ours,):
                runs[stack.__name__].append(in_fresh_process(measure, stack, case, folder))
    for stack_name, measurements in runs.items():
        head = {"benchmark": "generation", "case": name, "stack": stack_name, "rounds": len(measurements)}
        print(json.dumps({**head, "rows": case.rows, "slots": case.slots, **describe(case, measurements)}), flush=True)


def grow(case: Case, rows_before: int) -> None:
    """Memory and time per row over small runs and a large one, then the large one again with one document more.

    The machine's pace moves within minutes, so half of the small runs come before the large one and half after it.
    """
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        small = [run_once(case, rows_before, folder / f"before{number}") for number in range(SMALL_RUNS // 2)]
        large = run_once(case, case.rows, folder)
        journal = sum(path.stat().st_size for path in (folder / "run").glob("journal.sqlite*"))
        small += [run_once(case, rows_before, folder / f"after{number}") for number in range(SMALL_RUNS // 2)]
        in_fresh_process(append, case.rows, folder)
        called = time.monotonic()
        again = in_fresh_process(measure, ours, case, folder)
    ms_before = [1000 * run.wall_seconds / rows_before for run in small]
    ms_per_row = 1000 * large.wall_seconds / case.rows
    memory_before = {kind: median(run.memory[kind] for run in small) for kind in large.memory}
    line = {
        "benchmark": "generation",
        "case": "memory",
        "rows": [rows_before, case.rows],
        "ms_per_row": [[round(each, 4) for each in ms_before], round(ms_per_row, 4)],
        "time_ratio": round(ms_per_row / median(ms_before), 3),
        "memory_mb": [memory_before, large.memory],
        "growth_mb": {kind: round(large.memory[kind] - memory_before[kind], 1) for kind in large.memory},
        "cpu_ms_per_row": round(1000 * large.cpu_seconds / case.rows, 4),
        "journal_bytes_per_request": round(journal / (2 * case.rows)),
    }
    print(json.dumps(line), flush=True)
    line = {
        "benchmark": "generation",
        "case": "resume",
        "finished_rows": case.rows,
        "seconds_to_first_request": round(again.record.first - called, 2),
        "of_them_imports": round(again.started - called, 2),
        "requests": again.record.requests,
        "peak_memory_mb": again.memory["peak"],
    }
    print(json.dumps(line), flush=True)


def run_once(case: Case, rows: int, folder: Path) -> Measurement:
    """A run of so many rows in a folder of its own."""
    folder.mkdir(exist_ok=True)
    in_fresh_process(prepare, rows, folder)
    os.sync()  # what that has written is not to be written beside the run
    return in_fresh_process(measure, ours, case, folder)


def append(rows: int, folder: Path) -> None:
    """Add one document to those of a finished run."""
    table = pq.read_table(_inputs(folder))
    more = pa.Table.from_pylist([worksheet(rows)]).select(table.column_names)
    pq.write_table(pa.concat_tables([table, more.cast(table.schema)]), _inputs(folder))


# --- where the time goes ----------------------------------------------------------------------------------------------

# Parts of the stack by the functions that they begin with.
_PARTS = (
    ("prompt", "prompts.py", "render"),
    ("key", "journal_key.py", "digest"),
    ("journal read", "journal.py", "get"),
    ("journal write", "journal.py", "_commit"),
    ("client", "client.py", "ask"),
    ("of it HTTP", "http1.py", "post"),
    ("parsing and rows", "questions.py", "questions_outcome"),
    ("map's own file", "arrow_writer.py", "write_batch"),
    ("parquet", "parquet.py", "write_tables"),
)


def profile(case: Case, folder: Path) -> None:
    """Run ours under cProfile, which makes it slower; print the parts and the dearest functions, per request.

    It measures wall time, so other work on the machine adds to every part.
    """
    profiler = cProfile.Profile()

    def profiled(url: str, slots: int, folder: Path) -> Path:
        return profiler.runcall(ours, url, slots, folder)

    measurement = measure(profiled, case, folder)
    stats: dict[tuple[str, int, str], tuple[int, int, float, float, object]] = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    print(f"{1000 * measurement.cpu_seconds / case.rows:.3f} ms a request under the profiler")
    for part, file, function in _PARTS:
        found = [each for (path, _, name), each in stats.items() if path.endswith(f"/{file}") and name == function]
        print(f"  {part:<20}{1000 * sum(each[3] for each in found) / case.rows:.3f}")
    print("dearest functions by their own time:")
    for (path, number, name), each in sorted(stats.items(), key=lambda item: -item[1][2])[:40]:
        short = "/".join(path.split("/")[-2:])
        print(f"  {1000 * each[2] / case.rows:.4f} ms, {each[0] / case.rows:.1f} calls  {short}:{number} {name}")


def main() -> None:
    """Print JSON lines."""
    parser = argparse.ArgumentParser(description="How near does a stage come to what its endpoint can give?")
    names = [*CASES, "growth"]
    parser.add_argument("--case", choices=names, nargs="+", default=names)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--plain-rounds", type=int, default=5, help="Rounds of plain map, which is slow (at least 1).")
    parser.add_argument("--rows", type=int, help="Rows of each case, for a quicker look.")
    parser.add_argument("--profile", action="store_true", help="Show where the time goes instead.")
    options = parser.parse_args()
    if not options.profile:
        with LoopbackServer() as server:
            rate, record = asyncio.run(bare_rate(server.url)), server.record()
        cpu = 1000 * record.cpu_seconds / record.requests
        line = {"case": "server alone", "requests_per_second": round(rate), "cpu_ms_per_request": round(cpu, 4)}
        print(json.dumps({"benchmark": "generation", **line}), flush=True)
    for name in options.case:
        case = CASES.get(name, GROWTH)
        case = case._replace(rows=options.rows or case.rows)
        if options.profile:
            with tempfile.TemporaryDirectory() as folder:
                in_fresh_process(prepare, case.rows, Path(folder))
                in_fresh_process(profile, case, Path(folder))
        elif name == "growth":
            grow(case, GROWTH_FROM)
        else:
            compare(name, case, options.rounds, options.plain_rounds)


if __name__ == "__main__":
    main()
