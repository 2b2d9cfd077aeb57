"""Tasks that wait for their turn end in the order of their start, as soon as any of their works has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from synth_builder.run.execute import _Turns


class Works:
    """Works that end when they are told to, each a task that waits for its turn."""

    def __init__(self, count: int) -> None:
        self.ends: list[asyncio.Future[int]] = [asyncio.get_running_loop().create_future() for _ in range(count)]
        self.cancelled: list[int] = []
        turns = _Turns()
        self.tasks = [asyncio.create_task(turns.wait(self._work(number))) for number in range(count)]

    async def _work(self, number: int) -> int:
        try:
            return await self.ends[number]
        except asyncio.CancelledError:
            self.cancelled.append(number)
            raise

    def done(self) -> list[bool]:
        return [task.done() for task in self.tasks]


def play(count: int, scene: Callable[[Works], Awaitable[None]]) -> None:
    async def main() -> None:
        works = Works(count)
        await asyncio.sleep(0)  # all begin
        await scene(works)

    asyncio.run(main())


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_the_first_task_ends_with_the_first_result_whichever_work_it_is_of() -> None:
    async def scene(works: Works) -> None:
        for number, done in ((2, 1), (0, 2), (1, 3)):
            works.ends[number].set_result(number * 10)
            await settle()
            assert works.done() == [place < done for place in range(3)]
        assert [task.result() for task in works.tasks] == [20, 0, 10]

    play(3, scene)


def test_a_failure_ends_all_works_and_is_raised() -> None:
    async def scene(works: Works) -> None:
        works.ends[1].set_exception(ValueError("broken"))
        with pytest.raises(ValueError, match="broken"):
            await works.tasks[0]
        assert sorted(works.cancelled) == [0, 2]

    play(3, scene)


def test_a_cancelled_task_leaves_no_work_behind() -> None:
    async def scene(works: Works) -> None:
        works.ends[0].set_result(1)
        await settle()
        works.tasks[1].cancel()
        with pytest.raises(asyncio.CancelledError):
            await works.tasks[1]
        assert sorted(works.cancelled) == [1, 2]

    play(3, scene)
