"""Ask a server through pools of one's own, in an event loop of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any, TypeVar

import pytest

from synth_builder.endpoint.client import Completion, Connection, RequestError, Sampling
from synth_builder.endpoint.health import EndpointDownError
from synth_builder.endpoint.pool import Around, Pool
from synth_builder.endpoint.rate import RateLimit
from synth_builder.endpoint.slots import Room
from tests.endpoint.scripted import Script

SAMPLING = Sampling(0.7, 0.95, 100, 7)
TOKEN = "hf_NotForAnyFileOrText"
TRIES = 4
T = TypeVar("T")
Result = Completion | RequestError | EndpointDownError


def connect(
    *urls: str,
    max_concurrency: int = 8,
    start: int | None = None,
    tries: int = TRIES,
    patience_seconds: float = 5.0,
    rate: RateLimit | None = None,
    **settings: Any,
) -> Pool:
    """Open a pool of the servers at `urls`; `settings` are those of their connections where they are not the usual."""
    usual = {"route": "chat", "model": "tgi", "timeout_seconds": 20.0}
    return Pool(
        [(Connection(url, **{**usual, **settings}), Room(max_concurrency, start)) for url in urls],
        tries=tries,
        patience_seconds=patience_seconds,
        rate=rate,
    )


def run(pools: list[Pool], use: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Use pools, then close them."""

    async def use_and_close() -> T:
        try:
            return await use()
        finally:
            for pool in pools:
                await pool.close()

    return asyncio.run(use_and_close())


def ask(url: str, prompt: str = "Is it so?", sampling: Sampling = SAMPLING, **settings: Any) -> Completion:
    """Ask once, as `settings` of the pool say."""
    pool = connect(url, **settings)
    return run([pool], lambda: pool.ask(prompt, sampling))


def ask_many(pools: list[Pool], prompts: list[str]) -> list[Completion]:
    """Ask all at once, of each pool in turn."""

    async def ask_all() -> list[Completion]:
        turns = (pools[n % len(pools)].ask(prompt, SAMPLING) for n, prompt in enumerate(prompts))
        return await asyncio.gather(*turns)

    return run(pools, ask_all)


def ask_all(
    pool: Pool, count: int, *, around: Around = nullcontext, meanwhile: Callable[[Pool], None] = lambda _: None
) -> list[Result]:
    """Ask all numbers below `count` at once; `meanwhile` is called a hundred times a second."""

    async def result_of(prompt: str) -> Result:
        try:
            return await pool.ask(prompt, SAMPLING, around=around)
        except (RequestError, EndpointDownError) as failure:
            return failure

    async def ask() -> list[Result]:
        asking = asyncio.gather(*map(result_of, numbers(count)))
        while not asking.done():
            meanwhile(pool)
            await asyncio.wait([asking], timeout=0.01)
        return await asking

    return run([pool], ask)


def texts(results: list[Result]) -> list[str]:
    """What was replied, and what was raised."""
    return [result.text if isinstance(result, Completion) else repr(result) for result in results]


def numbers(count: int) -> list[str]:
    """The prompts of `ask_all`."""
    return [str(n) for n in range(count)]


def fail(server: Script, **settings: Any) -> RequestError:
    """Ask once in vain."""
    with pytest.raises(RequestError) as caught:
        ask(server.url, **settings)
    return caught.value
