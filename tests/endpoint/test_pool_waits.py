"""Who waits for the rate or for a budget holds nothing that others need, and the limit of requests in flight grows."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from synth_builder.endpoint import client, health, rate
from synth_builder.endpoint.health import EndpointDownError
from synth_builder.endpoint.rate import Minute, RateLimit
from tests.endpoint.asking import ask_all, connect, numbers, texts
from tests.endpoint.scripted import UNHEALTHY, Answer, Request, answer_after, echo, is_probe, prompt_of, scripted

WINDOW_SECONDS = 0.5


@pytest.fixture(autouse=True)
def _short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate, "_WINDOW_SECONDS", WINDOW_SECONDS)
    monkeypatch.setattr(rate, "_BURST_SECONDS", WINDOW_SECONDS)
    monkeypatch.setattr(health, "_FIRST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(health, "_LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.005)


class Budget:
    """Lets `most` requests be in flight at once, which may change; the others wait where they are admitted."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._in_flight = 0
        self._ended = asyncio.Event()

    @contextlib.asynccontextmanager
    async def admit(self) -> AsyncIterator[None]:
        while self._in_flight >= self.most:
            self._ended.clear()
            await self._ended.wait()
        self._in_flight += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            self._ended.set()


def most_in_a_window(times: list[float]) -> int:
    """At the server, so that a tenth is allowed for the way there."""
    return max(sum(first <= later < first + 0.9 * WINDOW_SECONDS for later in times) for first in times)


# --- the rate ---------------------------------------------------------------------------------------------------------


def test_what_a_budget_has_held_back_is_not_sent_in_one_burst() -> None:
    times: list[float] = []

    async def answer_the_first_late(request: Request) -> Answer:
        times.append(time.monotonic())
        if len(times) == 1:
            await asyncio.sleep(1.2 * WINDOW_SECONDS)
            budget.most = 100
        return echo(request)

    budget = Budget(1)
    with scripted(answer_the_first_late) as server:
        pool = connect(server.url, max_concurrency=50, rate=RateLimit(Minute(4)))
        assert texts(ask_all(pool, 12, around=budget.admit)) == numbers(12)
    assert most_in_a_window(times) <= 4


def test_while_a_server_is_down_those_who_wait_for_the_rate_are_not_sent() -> None:
    sent: list[float] = []
    probed: list[float] = []

    async def refuse(request: Request) -> Answer:
        (probed if is_probe(request) else sent).append(time.monotonic())
        return UNHEALTHY

    with scripted(refuse, probe=None) as server:
        pool = connect(server.url, max_concurrency=40, patience_seconds=3 * WINDOW_SECONDS, rate=RateLimit(Minute(10)))
        results = ask_all(pool, 100)
    assert {type(result) for result in results} == {EndpointDownError}
    assert len(sent) <= 10  # what may go at once, though 40 have room
    assert max(sent) - probed[0] < 0.1


def test_who_tries_again_goes_first_where_all_wait_for_the_rate() -> None:
    async def refuse_the_first(request: Request) -> Answer:
        return UNHEALTHY if len(server.requests) == 1 else echo(request)

    with scripted(refuse_the_first) as server:
        ask_all(connect(server.url, max_concurrency=40, rate=RateLimit(Minute(4))), 12)
    order = [prompt_of(request) for request in server.requests]
    assert order[:4] == ["0", "1", "2", "3"]
    assert order[4] == "0"


# --- a budget ---------------------------------------------------------------------------------------------------------


def test_who_tries_again_goes_first_where_all_wait_for_a_budget() -> None:
    async def refuse_the_first(request: Request) -> Answer:
        await asyncio.sleep(0.005)
        return UNHEALTHY if len(server.requests) == 1 else echo(request)

    with scripted(refuse_the_first) as server:
        ask_all(connect(server.url, max_concurrency=100), 100, around=Budget(1).admit)
    assert [prompt_of(request) for request in server.requests].index("0", 1) <= 20


def test_few_are_sent_in_vain_where_a_budget_allows_few_at_once() -> None:
    with scripted(UNHEALTHY, probe=UNHEALTHY) as server:
        pool = connect(server.url, max_concurrency=100, patience_seconds=0.2)
        results = ask_all(pool, 200, around=Budget(2).admit)
    assert {type(result) for result in results} == {EndpointDownError}
    assert len(server.requests) <= 40


# --- the limit --------------------------------------------------------------------------------------------------------


def test_the_limit_begins_at_the_start_and_grows_up_to_the_most() -> None:
    limits: list[int] = []
    with scripted(answer_after(0.01)) as server:
        pool = connect(server.url, max_concurrency=6, start=2)
        ask_all(pool, 100, meanwhile=lambda pool: limits.append(pool.limit))
    assert (limits[0], limits[-1], max(limits)) == (2, 6, 6)
    assert server.most_in_flight == 6


def test_a_probe_is_not_one_request_more_than_the_limit() -> None:
    async def answer(request: Request) -> Answer:
        await asyncio.sleep(0.02)
        return Answer(500, "poison") if prompt_of(request) == "0" else echo(request)

    with scripted(answer, probe=None) as server:
        _, *others = ask_all(connect(server.url, max_concurrency=4, tries=2), 60)
    assert texts(others) == numbers(60)[1:]
    assert Counter(map(is_probe, server.requests))[True] == 1
    assert server.most_in_flight == 4
