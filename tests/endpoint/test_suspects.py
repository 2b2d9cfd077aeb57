"""A request that takes its server down each time ends, and takes no other request along."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from synth_builder.endpoint import client, health
from synth_builder.endpoint.client import RequestError
from tests.endpoint.asking import ask_all, connect, numbers, texts
from tests.endpoint.scripted import OVERLOADED, Answer, Request, echo, prompt_of, scripted

MOST_OUTAGES = 8
DOWN = Answer(500, "CUDA error")  # no sign of an overload, after which fewer would be sent at once


@pytest.fixture(autouse=True)
def _probe_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_FIRST_WAIT_SECONDS", 0.02)
    monkeypatch.setattr(health, "_LONGEST_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(client, "_FIRST_WAIT_SECONDS", 0.005)


class Fragile:
    """A server that goes down at some requests, with all that are in flight, and is back after a while."""

    def __init__(self, *poisons: str) -> None:
        self.outages = 0
        self._poisons = poisons
        self._probes_to_refuse = 0

    def fall(self) -> None:
        """Go down."""
        self.outages += 1
        self._probes_to_refuse = 2

    async def answer(self, request: Request) -> Answer:
        """Answer a request, if nothing happens meanwhile."""
        if self._probes_to_refuse:
            return DOWN
        outages = self.outages
        if prompt_of(request) in self._poisons and self.outages < 50:  # else a test of what fails never ends
            self.fall()
        else:
            await asyncio.sleep(0.01)
        return echo(request) if outages == self.outages else DOWN

    async def probe(self, request: Request) -> Answer:
        """Answer a probe."""
        if not self._probes_to_refuse:
            return echo(request)
        self._probes_to_refuse -= 1
        return DOWN


@pytest.mark.parametrize("tries", [1, 3, 6])
def test_a_request_that_always_takes_the_server_down_ends(tries: int) -> None:
    fragile = Fragile("0")
    with scripted(fragile.answer, probe=fragile.probe) as server:
        (result,) = ask_all(connect(server.url, tries=tries), 1)
    assert isinstance(result, RequestError)
    assert result.kind == "transient"
    assert "HTTP 500: CUDA error" in result.detail
    assert len(server.requests) <= tries - 1 + MOST_OUTAGES


@pytest.mark.parametrize("poisons", [["0"], ["0", "5"], ["3", "20"]])
@pytest.mark.parametrize("tries", [1, 6, 20])
def test_what_is_in_flight_with_it_is_not_lost(poisons: list[str], tries: int) -> None:
    fragile = Fragile(*poisons)
    with scripted(fragile.answer, probe=fragile.probe) as server:
        results = ask_all(connect(server.url, tries=tries, max_concurrency=10), 30)
    assert [text for n, text in enumerate(texts(results)) if str(n) not in poisons] == [
        n for n in numbers(30) if n not in poisons
    ]
    attempts = Counter(map(prompt_of, server.requests))
    for poison in poisons:
        assert isinstance(results[int(poison)], RequestError)
        assert attempts[poison] <= tries - 1 + MOST_OUTAGES
    assert fragile.outages <= len(poisons) * (tries - 1 + MOST_OUTAGES)


def test_a_request_that_is_refused_unread_is_never_blamed() -> None:
    """A quota is spent, again and again, whenever this one comes."""
    fragile = Fragile()

    async def answer(request: Request) -> Answer:
        if len(server.requests) > 2 * MOST_OUTAGES:
            return echo(request)
        fragile.fall()
        return OVERLOADED

    with scripted(answer, probe=fragile.probe) as server:
        assert texts(ask_all(connect(server.url, tries=1), 1)) == ["0"]
    assert len(server.requests) == 2 * MOST_OUTAGES + 1


def test_an_outage_counts_as_one_where_its_victim_fails_when_it_is_over() -> None:
    fragile = Fragile()

    async def answer(request: Request) -> Answer:
        if len(server.requests) == 1:
            while server.probes < 3:  # noqa: ASYNC110 - nothing tells when one comes
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.1)  # so that the client knows that the server is up again
            return DOWN
        if len(server.requests) == 2:
            fragile.fall()
            return DOWN
        return echo(request)

    with scripted(answer, probe=fragile.probe) as server:
        assert texts(ask_all(connect(server.url, tries=1), 2)) == ["0", "1"]


def test_a_night_of_many_restarts_loses_no_request() -> None:
    fragile = Fragile()

    async def answer(request: Request) -> Answer:
        if len(server.requests) % 20 == 0:
            fragile.fall()
        return await fragile.answer(request)

    with scripted(answer, probe=fragile.probe) as server:
        assert texts(ask_all(connect(server.url, tries=1, max_concurrency=5), 200)) == numbers(200)
    assert fragile.outages > MOST_OUTAGES
