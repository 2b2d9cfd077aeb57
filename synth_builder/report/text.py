"""Plain text for the terminal: the books as a table, and one row as a page."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence

from rich import box
from rich.table import Table

from synth_builder.books import StageBook
from synth_builder.row import Row
from synth_builder.run.estimate import StageEstimate
from synth_builder.run.lookup import FoundRow

_WIDTH = 100


def closing_table(books: Sequence[StageBook]) -> Table:
    """The books of a run: what went in, what came out, what it took."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("stage", no_wrap=True)
    cost = sum(book.cost for book in books)
    for column in (
        "inputs",
        "carried",
        "left out",
        "rows",
        "tokens read",
        "written",
        "seconds",
        *["cost"] * bool(cost),
    ):
        table.add_column(column, justify="left" if column == "left out" else "right", no_wrap=True)
    for book in books:
        table.add_row(
            book.stage,
            f"{book.inputs:,}",
            f"{book.carried:,}",
            _left_out(book),
            f"{book.rows:,}",
            f"{book.prompt_tokens:,}" if book.prompt_tokens else "",
            f"{book.completion_tokens:,}" if book.completion_tokens else "",
            f"{book.seconds:.1f}",
            *[f"{book.cost:,.2f}"] * bool(cost),
        )
    read, written = (sum(getattr(book, name) for book in books) for name in ("prompt_tokens", "completion_tokens"))
    seconds = sum(book.seconds for book in books)
    table.add_section()
    table.add_row("all", "", "", "", "", f"{read:,}", f"{written:,}", f"{seconds:.1f}", *[f"{cost:,.2f}"] * bool(cost))
    return table


def estimate_table(stages: Sequence[StageEstimate]) -> Table:
    """What a run would take, stage by stage; tokens, hours and cost are of the requests that are not kept."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("stage", no_wrap=True)
    has_prices = any(stage.cost for stage in stages)
    for column in ("requests", "kept", "tokens to read", "to write", "hours", *["cost"] * has_prices):
        table.add_column(column, justify="right", no_wrap=True)
    hours = [stage.hours for stage in stages if stage.hours is not None]
    total = StageEstimate(
        "all",
        sum(stage.requests for stage in stages),
        sum(stage.kept for stage in stages),
        sum(stage.prompt_tokens for stage in stages),
        sum(stage.completion_tokens for stage in stages),
        sum(hours) if len(hours) == len(stages) else None,
        sum(stage.cost for stage in stages),
    )
    for stage in (*stages, total):
        if stage is total:
            table.add_section()
        table.add_row(
            stage.stage,
            *(f"{stage[place]:,}" for place in range(1, 5)),
            _hours(stage.hours),
            *[f"{stage.cost:,.2f}"] * has_prices,
        )
    return table


def _hours(hours: float | None) -> str:
    if hours is None:
        return "not measured"
    return "< 0.01" if 0 < hours < 0.01 else f"{hours:,.2f}"


def _left_out(book: StageBook) -> str:
    filtered = [f"{count:,} {reason}" for reason, count in book.filtered.items()]
    failed = [f"{count:,} failed: {kind}" for kind, count in book.failed.items()]
    return "\n".join([*filtered, *failed])


def row_page(found: FoundRow) -> str:
    """One row with all that it was made from."""
    row = found.row
    lines = [
        f"{row['id']}  level {row['level']}  {row['school_level'] or 'school level not stated'}"
        + (f"  {row['origin_tag']}" if row["origin_tag"] else ""),
    ]
    if found.left_out:
        lines.append(f"LEFT OUT in stage {found.stage}: {found.left_out}")
    lines += ["", "QUESTION", _indent(row["question"]), ""]
    if row["solution"]:
        lines += ["SOLUTION", _indent(row["solution"]), "", f"ANSWER      {row['answer']}"]
        lines += [f"VERDICT     {row['verification']['verdict']}", ""]
    if found.combination:
        walk = found.combination
        lines.append(f"WALK        {walk['id']} (seed {walk['seed']}, epoch {walk['epoch']})")
        lines.append(_field("  topics", " -> ".join(walk["topics"])))
        lines.append(_field("  concepts", " -> ".join(walk["key_concepts"])))
    else:
        lines.append(_field("TOPICS", ", ".join(row["topics"])))
        lines.append(_field("CONCEPTS", ", ".join(row["key_concepts"])))
    if row["selected_concepts"]:
        lines.append(_field("JOINED", ", ".join(row["selected_concepts"])))
    lines += ["", "DOCUMENTS"]
    for name, source, licence in zip(row["documents"], row["sources"], row["licenses"], strict=True):
        title = found.titles.get(name, "")
        lines += [f"  {name}" + (f": {title}" if title and title != name else ""), f"    {source}, {licence}"]
    lines += ["", "MADE BY", *(_generator_line(entry) for entry in row["generator"])]
    usage = row["usage"]
    lines.append(f"  {usage['prompt_tokens']:,} tokens read, {usage['completion_tokens']:,} written")
    return "\n".join(lines)


def _generator_line(entry: Row) -> str:
    parameters = json.loads(entry["parameters"])
    settings = ", ".join(f"{name} {value}" for name, value in parameters.items() if value is not None)
    return (
        f"  {entry['stage']}: {entry['model_id']} @ {entry['model_sha'][:12]}, {entry['server']}\n"
        f"    prompt {entry['prompt_sha']}, {settings}\n    journal {entry['journal_key']}"
    )


def _indent(text: str) -> str:
    wrapped = (textwrap.fill(line, _WIDTH - 2, break_long_words=False) for line in text.splitlines())
    return textwrap.indent("\n".join(wrapped), "  ")


def _field(name: str, value: str) -> str:
    return textwrap.fill(f"{name:<12}{value}", _WIDTH, subsequent_indent=" " * 12, break_long_words=False)
