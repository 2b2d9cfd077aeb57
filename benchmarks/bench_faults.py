"""What is left of a run when its server misbehaves? Every fault of the embedded server, one by one and all together.

Each cell repeats the same command until nothing is left to ask again, and compares what it has made with a run that met
no fault: statuses and connections must change nothing at all, a fault in a reply nothing but the rows of that reply.
Prints a JSON line a cell, and a table for docs/faults.md.

    python benchmarks/bench_faults.py [--documents N] [--fault NAME ...] [--rate R ...]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from synth_builder.books import StageBook
from synth_builder.errors import SynthBuilderError
from synth_builder.offline.faults import ALL_FAULTS, CONNECTION_FAULTS, REPLY_FAULTS, TRANSPORT_FAULTS
from synth_builder.offline.process import COMMAND, OfflineServer
from synth_builder.parquet import read_rows
from synth_builder.recipe import Recipe, check_recipe
from synth_builder.run.folder import RunFolder
from synth_builder.run.pipeline import STAGES, run_recipe

RATES = (0.01, 0.1, 0.5)
TOGETHER = "all together"
MOST_REPEATS = 20
SEED = 1  # with this one nothing strikes the first look at a server, which would wait minutes for an answer
# Who looks at a server asks for one token by a prompt of a few.
LONGEST_LOOK_TOKENS = 30
# Columns that an earlier stage, or the server's revision, has filled.
EARLIER_COLUMNS = {"topics", "key_concepts", "school_level", "generator"}


class Cell(NamedTuple):
    """What one fault at one rate has come to.

    Attributes:
        fault: Its name.
        rate: Share of the requests that it is to strike.
        repeats: How often the command had to be given again.
        struck: Requests that it struck.
        requests: Requests that the server saw.
        failed: Inputs that failed in the end, by class, over all stages.
        rows: Rows of the last stage.
        balanced: Whether every book balances and begins with what the stage before carried on.
        duplicates: Requests that were answered whole more than once.
        lost: Inputs that gave other rows than in the run without faults although no fault struck their reply.
        seconds: Wall time of all runs.
    """

    fault: str
    rate: float
    repeats: int
    struck: int
    requests: int
    failed: dict[str, int]
    rows: int
    balanced: bool
    duplicates: int
    lost: int
    seconds: float


def rates_of(fault: str, rate: float) -> dict[str, float]:
    """Rates by name; all together, each kind strikes `rate` of the requests in equal parts."""
    if fault != TOGETHER:
        return {fault: rate}
    kinds = (TRANSPORT_FAULTS, REPLY_FAULTS)
    return {name: rate / len(kind) for kind in kinds for name in kind}


def run_cell(fault: str, rate: float, documents: int, folder: Path, reference: Path) -> Cell:
    """Run against a server with a fault until nothing is left to ask again."""
    rates = rates_of(fault, rate) if rate else {}
    options = [option for name, each in rates.items() for option in ("--fault", f"{name}={each}")]
    ledger, run = folder / "ledger.jsonl", RunFolder(folder / "run")
    started = time.monotonic()
    with OfflineServer((*COMMAND, "--ledger", str(ledger), "--fault-seed", str(SEED), *options)) as server:
        recipe = _recipe(server.url, documents)
        repeats = _repeat_until_done(recipe, run, "level1")
        lines_before = _read(ledger)
        repeats += _repeat_until_done(recipe, run, None)
    seconds = time.monotonic() - started
    lines, books = _read(ledger), run.read_books()
    if any(name in REPLY_FAULTS for name in rates):
        lost = _lost_before_level2(run, RunFolder(reference), lines_before)
        lost += _lost_answers(run, RunFolder(reference), lines)
    else:
        lost = sum(len(_differing(run, RunFolder(reference), stage)) for stage in STAGES)
    return Cell(
        fault,
        rate,
        repeats,
        sum(bool(line["fault"]) for line in lines),
        len(lines),
        dict(sum((Counter(book.failed) for book in books), Counter())),
        books[-1].rows,
        _balanced(books, documents),
        _answered_twice(lines),
        lost,
        round(seconds, 1),
    )


def _read(ledger: Path) -> list[dict[str, Any]]:
    """Lines of stages' requests."""
    lines = map(json.loads, ledger.read_text().splitlines())
    return [line for line in lines if line["prompt_tokens"] > LONGEST_LOOK_TOKENS or line["status"] != 200]


def _recipe(url: str, documents: int) -> Recipe:
    # Long enough for an honest answer on a busy machine, and short enough to wait for many that never come.
    endpoint = {"url": url, "timeout_seconds": 3, "tries": 20, "max_concurrency": 64}
    content = {
        "name": "faults",
        "max_failed_share": 1,
        "documents": {"source": "sample", "limit": documents},
        "endpoints": {"teacher": endpoint},
    }
    return check_recipe(content, "benchmark")


def _repeat_until_done(recipe: Recipe, folder: RunFolder, until: str | None) -> int:
    """Give the command again until nothing failed for a passing reason; returns how often."""
    for repeat in range(MOST_REPEATS):
        with contextlib.suppress(SynthBuilderError), contextlib.redirect_stderr(io.StringIO()):
            if not any("transient" in book.failed for book in run_recipe(recipe, folder.path, until=until).books):
                return repeat
    return MOST_REPEATS


def _balanced(books: list[StageBook], documents: int) -> bool:
    """Whether all that went in came out; `run_recipe` has checked the same of each book when it closed."""
    inputs = {book.stage: book.inputs for book in books}
    whole = all(
        book.carried + sum((Counter(book.filtered) + Counter(book.failed)).values()) == book.inputs for book in books
    )
    return whole and inputs["documents"] == inputs["extract_concepts"] == inputs["level1"] == documents


def _answered_twice(lines: list[dict[str, Any]]) -> int:
    """Contents that were answered whole again; an answer that was cut off had to be asked for again."""
    whole = Counter(
        line["content"] for line in lines if line["status"] == 200 and line["fault"] not in CONNECTION_FAULTS
    )
    return sum(times - 1 for times in whole.values())


def _lost_before_level2(run: RunFolder, reference: RunFolder, lines: list[dict[str, Any]]) -> int:
    """Stages that ask about documents alone: at most one input differs for each reply that was struck."""
    struck = {line["content"] for line in lines if line["fault"] in REPLY_FAULTS}
    differing = sum(len(_differing(run, reference, stage, EARLIER_COLUMNS)) for stage in ("extract_concepts", "level1"))
    return max(0, differing - len(struck))


def _lost_answers(run: RunFolder, reference: RunFolder, lines: list[dict[str, Any]]) -> int:
    """Questions that both runs have asked, and that were answered differently without cause."""
    struck = {line["question"] for line in lines if "question" in line and line["fault"] in REPLY_FAULTS}
    answers = ("question", "status", "reason", "solution", "answer")
    here, there = (
        {row["id"]: [row[name] for name in answers] for row in read_rows(each.part("answer"))}
        for each in (run, reference)
    )
    both = [(here[name], there[name]) for name in here.keys() & there.keys()]
    return sum(one != other for one, other in both if one[0] == other[0] and one[0] not in struck)


def _differing(run: RunFolder, reference: RunFolder, stage: str, but: Collection[str] = ()) -> set[str]:
    """Inputs of a stage whose rows are not those of the reference, but for some columns."""
    here, there = (_rows_by_input(folder.part(stage), but) for folder in (run, reference))
    return {name for name in here.keys() | there.keys() if here.get(name) != there.get(name)}


def _rows_by_input(part: Path, but: Collection[str]) -> Mapping[str, list[object]]:
    rows: defaultdict[str, list[object]] = defaultdict(list)
    for row in read_rows(part) if part.exists() else ():
        rows[row["input_id"]].append({name: value for name, value in row.items() if name not in but})
    return rows


def table(cells: list[Cell]) -> str:
    """The cells in Markdown, a line for each fault."""
    lines = [
        "| fault | rate | repeats | requests (struck) | failed | duplicates | lost | books |",
        "| --- |" + " ---: |" * 7,
    ]
    for cell in cells:
        failed = ", ".join(f"{count} {kind}" for kind, count in cell.failed.items()) or "0"
        books = "balance" if cell.balanced else "DO NOT BALANCE"
        lines.append(
            f"| `{cell.fault}` | {cell.rate:.0%} | {cell.repeats} | {cell.requests:,} ({cell.struck:,}) | {failed} "
            f"| {cell.duplicates} | {cell.lost} | {books} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print a JSON line a cell, then the table."""
    names = [*ALL_FAULTS, TOGETHER]
    parser = argparse.ArgumentParser(description="What is left of a run when its server misbehaves?")
    parser.add_argument("--documents", type=int, default=24, help="Documents of the sample to run.")
    parser.add_argument("--fault", choices=names, nargs="+", default=names)
    parser.add_argument("--rate", type=float, nargs="+", default=RATES)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "none").mkdir()
        run_cell("none", 0, options.documents, folder / "none", folder / "none" / "run")
        cells = []
        for fault in options.fault:
            for rate in options.rate:
                with tempfile.TemporaryDirectory() as cell_folder:
                    cells.append(run_cell(fault, rate, options.documents, Path(cell_folder), folder / "none" / "run"))
                print(json.dumps({"benchmark": "faults", **cells[-1]._asdict()}), flush=True)
    print(table(cells))


if __name__ == "__main__":
    main()
