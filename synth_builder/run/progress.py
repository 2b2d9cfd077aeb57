"""What people see while a run works: a bar a stage in a terminal, a line a stage elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

import rich.progress
from rich.console import Console

from synth_builder.books import StageBook

_LINE_EVERY_SECONDS = 10.0


class Progress:
    """Shows stages as they run, on standard error.

    Args:
        console: Where to show them; None: standard error.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._bars = rich.progress.Progress(
            rich.progress.TextColumn("{task.description:<17}"),
            rich.progress.BarColumn(bar_width=30),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TextColumn("{task.fields[rate]}"),
            rich.progress.TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def start(self, stage: str, total: int) -> Callable[[], None]:
        """Begin a stage of `total` requests; call what comes back once for each that has finished."""
        bar = self._bars.add_task(stage, total=total, rate="")
        started = last_line = time.monotonic()
        done = 0

        def tick() -> None:
            nonlocal done, last_line
            done += 1
            now = time.monotonic()
            rate = f"{done / max(now - started, 1e-9):,.0f}/s"
            self._bars.update(bar, completed=done, rate=rate)
            if not self._console.is_terminal and now - last_line > _LINE_EVERY_SECONDS:
                last_line = now
                self._console.print(f"{stage}: {done:,} of {total:,} requests, {rate}", soft_wrap=True)

        return tick

    def refresh(self) -> None:
        """Draw the bars as they are now."""
        self._bars.refresh()

    def finish(self, book: StageBook) -> None:
        """Say how the stage ended."""
        for task in self._bars.tasks:
            if task.description == book.stage:
                self._bars.remove_task(task.id)
        left_out = [f"{count:,} {reason}" for reason, count in {**book.filtered, **book.failed}.items()]
        parts = [f"{book.rows:,} rows from {book.inputs:,} inputs"]
        parts += [f"left out: {', '.join(left_out)}"] if left_out else []
        if book.kept or book.sent:
            parts.append(f"requests: {book.sent:,} sent, {book.kept:,} from the journal")
        self._console.print(f"{book.stage:<17}{'; '.join(parts)}; {book.seconds:.1f} s", soft_wrap=True)
