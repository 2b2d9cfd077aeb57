"""Ask a server through connections of one's own, in an event loop of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from synth_builder.endpoint.client import Completion, Connection, RequestError, Sampling
from tests.endpoint.scripted import Script

SAMPLING = Sampling(0.7, 0.95, 100, 7)
TOKEN = "hf_NotForAnyFileOrText"
TRIES = 4
USUAL = {"route": "chat", "model": "tgi", "max_concurrency": 8, "timeout_seconds": 20.0, "tries": TRIES}

T = TypeVar("T")


def connect(url: str, **settings: Any) -> Connection:
    """Open a connection; `settings` are its arguments where they differ from the usual ones."""
    return Connection(url, **{**USUAL, **settings})


def run(connections: list[Connection], use: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Use connections, then close them."""

    async def use_and_close() -> T:
        try:
            return await use()
        finally:
            for connection in connections:
                await connection.close()

    return asyncio.run(use_and_close())


def ask(url: str, prompt: str = "Is it so?", sampling: Sampling = SAMPLING, **settings: Any) -> Completion:
    """Ask once, as `settings` of the connection say."""
    connection = connect(url, **settings)
    return run([connection], lambda: connection.ask(prompt, sampling))


def ask_many(connections: list[Connection], prompts: list[str]) -> list[Completion]:
    """Ask all at once, of each connection in turn."""

    async def ask_all() -> list[Completion]:
        turns = (connections[n % len(connections)].ask(prompt, SAMPLING) for n, prompt in enumerate(prompts))
        return await asyncio.gather(*turns)

    return run(connections, ask_all)


def fail(server: Script, **settings: Any) -> RequestError:
    """Ask once in vain."""
    with pytest.raises(RequestError) as caught:
        ask(server.url, **settings)
    return caught.value
