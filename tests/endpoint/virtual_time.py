"""An event loop whose clock jumps to the next timer as soon as nothing else is left to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

_STEP_SECONDS = (
    1e-7  # a clock that stands still while the loop turns would let a wait that is all but over last for ever
)

T = TypeVar("T")


class _Loop(asyncio.SelectorEventLoop):
    """For coroutines without input and output: it never sleeps."""

    def __init__(self) -> None:
        self._seconds = 1000.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        self._seconds += seconds


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: _Loop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "all tasks wait for something that never comes"
        self._loop.advance(timeout + _STEP_SECONDS)
        return super().select(0)


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run as `asyncio.run` does, in virtual time."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(main)


def now() -> float:
    """Seconds by the clock of the running loop."""
    return asyncio.get_running_loop().time()
