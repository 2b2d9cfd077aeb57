"""A run stops where it must, and what is in flight ends in order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from typing import Any

import pytest

from synth_builder.recipe import PriceSettings
from synth_builder.run.control import Budget, BudgetSpentError, Claim, Control, StoppedError

CLAIM = Claim(100, 400, PriceSettings(prompt=1.0, completion=2.0))  # 500 tokens, 0.0009


class Server:
    """Counts what reaches it; answers when it is told to, or after some turns of the loop."""

    def __init__(self, control: Control) -> None:
        self.control = control
        self.begun = self.answered = self.most_in_flight = 0
        self.may_answer = asyncio.Event()

    async def ask(self, used: tuple[int, int] = (50, 100)) -> int:
        async with self.control.request(CLAIM):
            self.begun += 1
            self.most_in_flight = max(self.most_in_flight, self.control.in_flight)
            await self.may_answer.wait()
            for _ in range(random.Random(self.begun).randrange(1, 9)):
                await asyncio.sleep(0)
        self.control.use(*used, CLAIM.price)
        self.answered += 1
        return self.answered


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(main, 20))


def test_without_a_budget_everything_is_sent() -> None:
    async def main() -> None:
        control = Control()
        server = Server(control)
        server.may_answer.set()
        answers = await control.finish(asyncio.gather(*(server.ask() for _ in range(20))))
        assert len(answers) == 20
        assert (server.answered, control.requests, control.tokens, control.reason) == (20, 20, 3000, None)
        assert control.cost == pytest.approx(20 * 250e-6)

    run(main())


def test_after_a_stop_nothing_is_sent_and_what_is_in_flight_ends() -> None:
    async def main() -> None:
        control = Control()
        server = Server(control)
        slots = asyncio.Semaphore(4)

        async def row() -> int:
            async with slots:
                return await server.ask()

        rows = asyncio.gather(*(row() for _ in range(20)))
        work = asyncio.create_task(control.finish(rows))
        await asyncio.sleep(0.05)
        await asyncio.to_thread(control.stop, KeyboardInterrupt())
        await asyncio.sleep(0.05)
        assert not work.done()
        server.may_answer.set()
        with pytest.raises(StoppedError):
            await work
        assert (server.begun, server.answered) == (4, 4)
        assert isinstance(control.reason, KeyboardInterrupt)
        with pytest.raises(StoppedError):
            await server.ask()

    run(main())


@pytest.mark.parametrize("failure", [OSError("the terminal is gone"), SystemExit(1)])
def test_a_screen_that_is_gone_costs_no_answer_in_flight(failure: BaseException) -> None:
    def say(line: str) -> None:
        raise failure

    async def main() -> None:
        control = Control(say=say)
        server = Server(control)
        work = asyncio.create_task(control.finish(asyncio.gather(server.ask())))
        await asyncio.sleep(0.01)
        control.stop(KeyboardInterrupt())
        await asyncio.sleep(0.01)
        assert not work.done()
        server.may_answer.set()
        with pytest.raises(StoppedError):
            await work
        assert server.answered == 1

    run(main())


def test_what_is_in_flight_is_waited_for_up_to_a_limit() -> None:
    async def main() -> None:
        control = Control(drain_seconds=0.05)
        server = Server(control)
        rows = asyncio.gather(server.ask())
        work = asyncio.create_task(control.finish(rows))
        await asyncio.sleep(0.01)
        control.stop(KeyboardInterrupt())
        with pytest.raises(StoppedError):
            await work
        assert (server.begun, server.answered) == (1, 0)

    run(main())


def test_a_second_interrupt_waits_for_nothing() -> None:
    async def main() -> None:
        control = Control()
        server = Server(control)
        rows = asyncio.gather(server.ask())
        work = asyncio.create_task(control.finish(rows))
        await asyncio.sleep(0.01)
        control.stop(ValueError("a dead endpoint"))
        control.stop(ValueError("and again"))
        await asyncio.sleep(0.05)
        assert not work.done()
        control.stop(KeyboardInterrupt())
        with pytest.raises(StoppedError):
            await work
        assert (server.begun, server.answered) == (1, 0)

    run(main())


def test_the_first_reason_counts() -> None:
    control = Control()
    control.stop(ValueError("first"))
    control.stop(KeyboardInterrupt())
    assert str(control.reason) == "first"


def test_work_that_was_done_before_the_stop_is_handed_on() -> None:
    async def main() -> None:
        control = Control()
        work: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        work.set_result("whole")
        control.stop(KeyboardInterrupt())
        assert await control.finish(work) == "whole"

    run(main())


def test_a_stop_before_the_next_loop_holds_there_too() -> None:
    control = Control()
    control.stop(KeyboardInterrupt())

    async def main() -> None:
        server = Server(control)
        with pytest.raises(StoppedError):
            await control.finish(asyncio.gather(server.ask()))
        assert server.begun == 0

    run(main())


def spend(budget: Budget, used: tuple[int, int] = (50, 100)) -> tuple[Server, Control]:
    """Ask a hundred times at once."""
    control = Control(budget)
    found: list[Server] = []

    async def main() -> None:
        server = Server(control)
        found.append(server)
        server.may_answer.set()
        with pytest.raises(StoppedError):
            await control.finish(asyncio.gather(*(server.ask(used) for _ in range(100))))

    run(main())
    return found[0], control


def test_requests_are_counted_before_they_are_sent() -> None:
    server, control = spend(Budget(requests=7))
    assert (server.begun, server.answered) == (7, 7)
    assert isinstance(control.reason, BudgetSpentError)
    assert "--max-requests 7" in str(control.reason)


@pytest.mark.parametrize("used", [(100, 400), (50, 100), (20, 20)])
def test_a_budget_of_tokens_is_never_exceeded_and_is_used_as_far_as_it_goes(used: tuple[int, int]) -> None:
    server, control = spend(Budget(tokens=2_000), used)
    assert control.tokens <= 2_000
    assert control.tokens + CLAIM.tokens > 2_000
    assert server.most_in_flight <= 4
    assert server.answered == server.begun == control.tokens // sum(used)


def test_a_budget_of_money_is_never_exceeded() -> None:
    _, control = spend(Budget(cost=0.002))
    assert control.cost <= 0.002 < control.cost + CLAIM.cost
    assert "--max-cost 0.002" in str(control.reason)


def test_a_budget_of_time_ends_the_sending() -> None:
    now = 0.0
    control = Control(Budget(hours=1), clock=lambda: now)

    async def main() -> None:
        nonlocal now
        server = Server(control)
        server.may_answer.set()
        await control.finish(asyncio.gather(server.ask()))
        now = 3600.0
        with pytest.raises(StoppedError):
            await server.ask()
        assert server.begun == 1

    run(main())
