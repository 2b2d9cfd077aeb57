"""As many requests are in flight as there are slots, and each has its own time limit."""

from __future__ import annotations

import asyncio
import time

from tests.endpoint.asking import ask, ask_many, connect, fail, numbers
from tests.endpoint.scripted import CHAT, HANG, Answer, Request, echo, scripted


def test_300_requests_over_40_slots_keep_to_the_slots_and_get_their_own_answers() -> None:
    arrived = asyncio.Event()

    async def wait_for_40(request: Request) -> Answer:
        if server.in_flight >= 40:
            arrived.set()
        await arrived.wait()
        return echo(request)

    with scripted(wait_for_40) as server:
        completions = ask_many([connect(server.url, max_concurrency=40)], numbers(300))
    assert [completion.text for completion in completions] == numbers(300)
    assert server.most_in_flight == 40
    assert len(server.requests) == 300


def test_more_than_100_requests_are_in_flight_where_there_are_slots() -> None:
    arrived = asyncio.Event()

    async def wait_for_150(_: Request) -> Answer:
        if server.in_flight == 150:
            arrived.set()
        await arrived.wait()
        return Answer(200, CHAT)

    with scripted(wait_for_150) as server:
        ask_many([connect(server.url, max_concurrency=150)], numbers(150))
    assert server.most_in_flight == 150


def test_a_connection_made_later_changes_nothing_for_the_first() -> None:
    arrived = asyncio.Event()

    async def wait_for_50(_: Request) -> Answer:
        if wide.in_flight == 50:
            arrived.set()
        await arrived.wait()
        return Answer(200, CHAT)

    with scripted(wait_for_50) as wide, scripted() as narrow:
        ask_many([connect(wide.url, max_concurrency=50), connect(narrow.url, max_concurrency=1)], numbers(100))
    assert (wide.most_in_flight, narrow.most_in_flight) == (50, 1)


def test_an_attempt_at_a_server_that_hangs_ends_at_the_time_limit() -> None:
    with scripted(HANG) as server:
        started = time.monotonic()
        failure = fail(server, timeout_seconds=0.1, tries=2)
        assert 0.2 <= time.monotonic() - started < 2.0
    assert failure.kind == "transient"
    assert "time limit" in failure.detail
    assert len(server.requests) == 2


def test_the_time_limit_is_for_the_whole_answer_however_it_drips() -> None:
    async def drip(_: Request) -> Answer:
        await asyncio.sleep(0.3)
        return Answer(200, CHAT)

    with scripted(drip) as server:
        assert fail(server, timeout_seconds=0.1, tries=1).kind == "transient"
        assert ask(server.url, timeout_seconds=5.0).text == "Yes."
