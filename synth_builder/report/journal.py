"""Plain text for the terminal: a request of the journal as a page, and the journal's sums as a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.table import Table

from synth_builder.run.journal import Entry, Failure, Tally


def entry_page(key: str, entry: Entry) -> str:
    """One request: who asked, what it took, and the reply as it came or what was said instead."""
    result = entry.result
    if isinstance(result, Failure):
        ended, text = f"failed: {result.kind}", result.detail
    else:
        ended, text = f"reply ({result.finish_reason or 'no reason given'})", result.text
        ended += f" by {result.model}" if result.model else ""
    return "\n".join(
        [
            f"{key}  stage {entry.stage}",
            f"{ended}; asked {entry.asked:,} time{'s' if entry.asked != 1 else ''}; "
            f"{entry.prompt_tokens:,} tokens read, {entry.completion_tokens:,} written",
            "",
            text,
        ]
    )


def stats_table(tallies: Sequence[Tally]) -> Table:
    """The journal by stage and kind: requests, and what they took over all times that they were asked."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in ("stage", "ended as"):
        table.add_column(column, no_wrap=True)
    for column in ("requests", "asked", "tokens read", "written"):
        table.add_column(column, justify="right", no_wrap=True)
    for tally in tallies:
        table.add_row(tally.stage, tally.kind, *(f"{number:,}" for number in tally[2:]))
    table.add_section()
    sums = [sum(column) for column in zip(*(tally[2:] for tally in tallies), strict=True)] or [0] * 4
    table.add_row("all", "", *(f"{number:,}" for number in sums))
    return table
