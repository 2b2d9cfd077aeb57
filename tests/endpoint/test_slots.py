"""Slots are given in order, lost by nobody, and as many as the server bears."""

from __future__ import annotations

import asyncio
import random

import pytest

from synth_builder.endpoint.rate import Minute, RateLimit
from synth_builder.endpoint.slots import Room, Slot, Slots
from tests.endpoint.virtual_time import now, run


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(5):
        await asyncio.sleep(0)


async def take(slots: Slots, *, again: bool = False) -> Slot:
    """Wait for a slot and send in it."""
    slot = await slots.acquire(again=again)
    slots.sent(slot)
    return slot


def overload_for_a_round_trip(room: Room) -> None:
    for _ in range(int(room.limit)):
        room.shrink()


# --- the limit of one server ------------------------------------------------------------------------------------------


def test_the_limit_starts_as_told_and_never_exceeds_the_most() -> None:
    assert Room(128).limit == 128
    assert Room(128, start=96).limit == 96
    assert Room(4, start=96).limit == 4
    room = Room(100, start=99)
    for _ in range(1000):
        room.grow()
    assert room.limit == 100


def test_a_round_trip_of_successes_adds_one_slot() -> None:
    room = Room(1000, start=50)
    for _ in range(50):
        room.grow()
    assert room.limit == pytest.approx(51, abs=0.02)


@pytest.mark.parametrize("limit", [10, 50, 1000])
def test_a_round_trip_of_nothing_but_overload_leaves_seven_tenths(limit: int) -> None:
    room = Room(limit)
    overload_for_a_round_trip(room)
    assert room.limit == pytest.approx(0.7 * limit)


def test_overload_leaves_one_slot_at_the_least() -> None:
    room = Room(20)
    for _ in range(100):
        overload_for_a_round_trip(room)
    assert room.limit == 1.0


def test_the_limit_settles_near_what_the_server_bears() -> None:
    """A server that bears 40 at once refuses the others."""

    async def use(room: Room) -> tuple[list[int], int]:
        slots, at_work, refused, seen = Slots([room]), 0, 0, []

        async def ask() -> None:
            nonlocal at_work, refused
            while True:
                slot = await take(slots)
                try:
                    if at_work >= 40:
                        refused += 1
                        slot.room.shrink()
                        continue
                    at_work += 1
                    await asyncio.sleep(1.0)
                    at_work -= 1
                    slot.room.grow()
                    seen.append(at_work)
                    return
                finally:
                    slots.release(slot)
                    await asyncio.sleep(0)

        await asyncio.gather(*(ask() for _ in range(8000)))
        return seen, refused

    room = Room(1000, start=5)

    async def timed() -> tuple[float, int]:
        started = now()
        _, refused = await use(room)
        return now() - started, refused

    seconds, refused = run(timed())
    assert 35 <= room.limit <= 50
    assert 8000 / 40 <= seconds < 1.3 * 8000 / 40  # the slow start included
    assert refused < 0.15 * 8000


# --- the queue --------------------------------------------------------------------------------------------------------


async def take_in_order(arrivals: list[tuple[str, bool]]) -> list[str]:
    """Let all arrive while the only slot is taken; the order in which they get it."""
    slots = Slots([Room(1)])
    held, order = await slots.acquire(), []

    async def wait(name: str, again: bool) -> None:
        slot = await slots.acquire(again=again)
        order.append(name)
        slots.release(slot)

    tasks = []
    for name, again in arrivals:
        tasks.append(asyncio.create_task(wait(name, again)))
        await asyncio.sleep(0)
    slots.release(held)
    await asyncio.gather(*tasks)
    return order


def test_slots_are_given_in_order_of_arrival_and_first_to_those_who_try_again() -> None:
    arrivals = [("a", False), ("b", False), ("c", True), ("d", False), ("e", True)]
    assert run(take_in_order(arrivals)) == ["c", "e", "a", "b", "d"]


def test_who_comes_does_not_overtake_who_has_just_been_given_a_slot() -> None:
    async def use() -> int:
        slots = Slots([room := Room(1)])
        held = await slots.acquire()
        waiting = asyncio.create_task(slots.acquire())
        await asyncio.sleep(0)
        slots.release(held)  # `waiting` has it, though it has not run yet
        late = asyncio.create_task(slots.acquire())
        await settle()
        assert waiting.done()
        assert not late.done()
        late.cancel()
        return room.in_flight

    assert run(use()) == 1


def test_a_slot_is_given_where_most_are_free_and_none_where_the_room_is_closed() -> None:
    async def use() -> None:
        narrow, wide, closed = Room(2), Room(4), Room(100)
        closed.is_open = False
        slots = Slots([narrow, wide, closed])
        assert [(await slots.acquire()).room for _ in range(6)].count(wide) == 4
        assert (narrow.in_flight, wide.in_flight, closed.in_flight) == (2, 4, 0)
        waiting = asyncio.create_task(slots.acquire())
        await settle()
        assert not waiting.done()
        closed.is_open = True
        slots.wake()
        assert (await waiting).room is closed

    run(use())


def test_a_limit_that_falls_takes_no_slot_away_and_gives_none_until_enough_are_back() -> None:
    async def use() -> None:
        slots = Slots([room := Room(4)])
        held = [await slots.acquire() for _ in range(4)]
        room.limit = 2.0
        waiting = asyncio.create_task(slots.acquire())
        for _ in range(2):
            slots.release(held.pop())
            await settle()
            assert not waiting.done()
        slots.release(held.pop())
        await waiting
        assert room.in_flight == 2

    run(use())


def test_a_limit_that_grows_gives_more_slots_to_those_who_wait() -> None:
    async def use() -> list[int]:
        slots, rounds = Slots([room := Room(5, start=2)]), []

        async def ask() -> None:
            slot = await take(slots)
            await asyncio.sleep(1.0)
            room.grow()
            slots.release(slot)

        asking = [asyncio.create_task(ask()) for _ in range(40)]
        await asyncio.sleep(0.5)
        while not all(task.done() for task in asking):
            rounds.append(room.in_flight)
            await asyncio.sleep(1.0)
        return rounds

    assert run(use()) == [2, 2, 3, 4, 5, 5, 5, 5, 5, 4]


@pytest.mark.parametrize(("rate", "most"), [(None, 16), (RateLimit(Minute(6000)), 1)], ids=["no rate", "rate"])
def test_few_have_a_slot_who_are_not_sent(rate: RateLimit | None, most: int) -> None:
    async def use() -> None:
        slots = Slots([room := Room(100)], rate)
        waiting = [asyncio.create_task(slots.acquire()) for _ in range(60)]
        await settle()
        assert room.in_flight == most
        slots.sent(await waiting[0])
        await settle()
        assert room.in_flight == most + 1
        slots.release(await waiting[1])
        await settle()
        assert room.in_flight == most + 1
        for task in waiting:
            task.cancel()

    run(use())


def test_the_end_reaches_all_who_wait_and_all_who_come() -> None:
    async def use() -> list[BaseException | Slot]:
        slots = Slots([room := Room(1)])
        held = await slots.acquire()
        waiting = [asyncio.create_task(slots.acquire(again=again)) for again in (False, True, False)]
        await settle()
        waiting[2].cancel()
        slots.end(ValueError("over"))
        slots.release(held)
        results = await asyncio.gather(*waiting[:2], slots.acquire(), return_exceptions=True)
        assert room.in_flight == 0
        return results

    assert [f"{error!r}" for error in run(use())] == ["ValueError('over')"] * 3


@pytest.mark.parametrize("seed", range(20))
def test_cancelled_at_any_moment_nobody_takes_a_slot_along(seed: int) -> None:
    """Holders and waiters are cancelled at random, some in the same step in which they are given a slot."""
    draw = random.Random(seed)

    async def use() -> None:
        rooms = [Room(3), Room(2)]
        slots = Slots(rooms)

        async def hold() -> None:
            slot = await take(slots, again=draw.random() < 0.3)
            try:
                assert all(room.in_flight <= room.limit for room in rooms)
                await asyncio.sleep(draw.choice([0, 0, 1]))
            finally:
                slots.release(slot)

        tasks: list[asyncio.Task[None]] = []
        for _ in range(1000):
            tasks.append(asyncio.create_task(hold()))
            if draw.random() < 0.5:
                draw.choice(tasks[-20:]).cancel()
            if draw.random() < 0.3:
                await asyncio.sleep(draw.choice([0, 0, 1]))
        await asyncio.gather(*tasks, return_exceptions=True)
        assert [room.in_flight for room in rooms] == [0, 0]
        given = [(await slots.acquire()).room for _ in range(5)]
        assert sorted(given, key=rooms.index) == [rooms[0]] * 3 + [rooms[1]] * 2

    run(use())
