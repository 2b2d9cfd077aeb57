"""In no 60 seconds is more sent than allowed, and hardly less."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from synth_builder.endpoint.rate import Minute, RateLimit
from synth_builder.endpoint.slots import Room, Slots
from tests.endpoint.virtual_time import now, run

Sent = tuple[float, int]


async def send(rate: RateLimit, requests: Sequence[tuple[int, int]], seconds: float = 10.0) -> list[Sent]:
    """Send requests of (estimated, true) tokens, each answered after `seconds`; when each went, and its tokens."""
    slots, sent = Slots([Room(10_000)], rate), []

    async def send_one(estimate: int, tokens: int) -> None:
        slot = await slots.acquire(estimate)
        slots.sent(slot)
        sent.append((now(), tokens))
        await asyncio.sleep(seconds)
        rate.settle(slot.spent, tokens)
        slots.release(slot)

    await asyncio.gather(*(send_one(*request) for request in requests))
    return sent


def most_in_a_minute(sent: list[Sent]) -> int:
    return max(sum(tokens for later, tokens in sent if when <= later < when + 60.0) for when, _ in sent)


def most_at_once(sent: list[Sent]) -> int:
    return max(sum(tokens for later, tokens in sent if when <= later < when + 0.01) for when, _ in sent)


@pytest.mark.parametrize("most", [1, 7, 600])
def test_in_no_minute_are_more_requests_sent_than_allowed_and_none_is_wasted(most: int) -> None:
    sent = run(send(RateLimit(Minute(most)), [(0, 1)] * (3 * most)))
    assert most_in_a_minute(sent) == most
    assert sent[-1][0] - sent[0][0] <= 180.0 - 60.0 / most + 0.01


def test_a_start_after_a_pause_is_no_burst_of_more_than_two_seconds() -> None:
    async def send_and_pause() -> list[Sent]:
        rate = RateLimit(Minute(600))
        first = await send(rate, [(0, 1)] * 100)
        await asyncio.sleep(1000.0)
        return first + await send(rate, [(0, 1)] * 100)

    sent = run(send_and_pause())
    assert most_at_once(sent) == pytest.approx(20, abs=1)


def test_in_no_minute_are_more_tokens_sent_than_allowed_and_few_are_wasted() -> None:
    draw = random.Random(1)
    requests = [(1000, draw.randrange(100, 1000)) for _ in range(400)]
    sent = run(send(RateLimit(tokens=Minute(20_000)), requests))
    assert most_in_a_minute(sent) <= 20_000
    # What is in flight counts by its estimate: a sixth of the minute at nearly twice the true tokens.
    total = sum(tokens for _, tokens in requests)
    assert sent[-1][0] - sent[0][0] < 1.2 * total / 20_000 * 60.0
    assert most_at_once(sent) <= 2_000


def test_both_limits_hold_at_once() -> None:
    requests = [(100, 100)] * 60 + [(1, 1)] * 60
    sent = run(send(RateLimit(Minute(30), Minute(1000)), requests))
    assert most_in_a_minute(sent) <= 1000
    assert most_in_a_minute([(when, 1) for when, _ in sent]) == 30


def test_an_answer_that_took_less_than_estimated_lets_the_next_go_before_the_minute_is_over() -> None:
    sent = run(send(RateLimit(tokens=Minute(1000)), [(1000, 10), (900, 10)], seconds=3.0))
    assert sent[1][0] - sent[0][0] == pytest.approx(3.0, abs=0.01)


def test_an_estimate_beyond_the_limit_waits_for_a_minute_of_its_own() -> None:
    sent = run(send(RateLimit(tokens=Minute(1000)), [(5000, 900), (5000, 900)], seconds=1.0))
    assert sent[1][0] - sent[0][0] >= 60.0


def test_requests_go_in_order_of_arrival_whatever_their_size() -> None:
    requests = [(tokens, tokens) for tokens in (900, 10, 500, 1, 800, 2)]
    assert [tokens for _, tokens in run(send(RateLimit(tokens=Minute(1000)), requests))] == [900, 10, 500, 1, 800, 2]


def test_who_gives_up_waiting_spends_nothing() -> None:
    async def use() -> float:
        slots, started = Slots([Room(100)], RateLimit(Minute(1))), now()
        slots.sent(await slots.acquire())
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(10)]
        await asyncio.sleep(30.0)
        for task in waiting[:9]:
            task.cancel()
        await waiting[9]
        return now() - started

    assert run(use()) == pytest.approx(60.0, abs=0.01)


def test_what_one_loop_has_spent_counts_in_the_next() -> None:
    minute = Minute(1)
    first = run(send(RateLimit(minute), [(0, 1)]))
    second = run(send(RateLimit(minute), [(0, 1)]))  # by a clock that begins where the first began
    assert second[0][0] - first[0][0] == pytest.approx(60.0, abs=0.01)


def test_who_waits_for_the_rate_holds_no_slot_and_who_tries_again_goes_first() -> None:
    async def use() -> list[tuple[str, float]]:
        slots, began = Slots([room := Room(1)], RateLimit(Minute(1))), now()
        order: list[tuple[str, float]] = []

        async def take(name: str, *, again: bool) -> None:
            assert room.in_flight == 0
            slot = await slots.acquire(again=again)
            slots.sent(slot)
            slots.release(slot)
            order.append((name, round(now() - began)))

        await asyncio.gather(take("first", again=False), take("new", again=False), take("again", again=True))
        return order

    assert run(use()) == [("first", 0), ("again", 60), ("new", 120)]


def test_a_room_that_closes_while_all_wait_for_the_rate_gets_none_of_them() -> None:
    async def use() -> float:
        slots, began = Slots([room := Room(100)], RateLimit(Minute(1))), now()
        slots.sent(first := await slots.acquire())
        slots.release(first)
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(10)]
        await asyncio.sleep(30.0)
        room.is_open = False
        await asyncio.sleep(100.0)
        assert room.in_flight == 0
        room.is_open = True
        slots.wake()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        return now() - began

    assert run(use()) == pytest.approx(130.0, abs=0.01)


@pytest.mark.parametrize("seconds", [30.0, 90.0])
def test_a_request_that_is_sent_late_counts_from_then_on(seconds: float) -> None:
    async def use() -> float:
        slots = Slots([Room(10)], RateLimit(Minute(1)))
        first = await slots.acquire()
        waiting = asyncio.create_task(slots.acquire())
        await asyncio.sleep(seconds)
        slots.sent(first)
        sent = now()
        await waiting
        return now() - sent

    assert run(use()) == pytest.approx(60.0, abs=0.01)


def test_without_limits_nobody_waits() -> None:
    sent = run(send(RateLimit(), [(10**9, 1)] * 1000))
    assert most_at_once(sent) == 1000
