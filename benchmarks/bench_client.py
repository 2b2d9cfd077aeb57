"""How many requests a second can one client send? Ours against AsyncInferenceClient as it comes, in the same run.

The server is the embedded one in a process of its own, with a teacher that answers at once, so that most of the time is
the client's. A raw aiohttp client in the same run shows how far the server is from being the limit.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable

import aiohttp
from huggingface_hub import AsyncInferenceClient, set_async_client_factory
from huggingface_hub.utils._http import default_async_client_factory

from synth_builder.endpoint.client import Connection, Sampling
from synth_builder.endpoint.pool import Pool
from synth_builder.endpoint.slots import Room
from synth_builder.offline.process import OfflineServer

REQUESTS, IN_FLIGHT, ROUNDS = 2_000, 64, 5
MESSAGES = [{"role": "user", "content": "1 + 1 ="}]
SERVER = """
from synth_builder.offline.command import serve_until_stopped
from synth_builder.offline.protocol import ServerConfig
config = ServerConfig(model_sha="0" * 40)
serve_until_stopped(lambda prompt, seed: "2", config, "127.0.0.1", 0, until_stdin_closes=True)
"""


async def rate(ask: Callable[[], Awaitable[object]]) -> float:
    """Requests a second, `IN_FLIGHT` at once."""
    slots = asyncio.Semaphore(IN_FLIGHT)

    async def one() -> None:
        async with slots:
            await ask()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(REQUESTS)))
    return REQUESTS / (time.perf_counter() - started)


async def rate_of_ours(url: str) -> float:
    """Through the project's pool."""
    connection = Connection(url, route="chat", model="tgi", timeout_seconds=60)
    pool = Pool([(connection, Room(IN_FLIGHT))], tries=1, patience_seconds=60)
    sampling = Sampling(0.7, 0.95, 16, 1)
    try:
        return await rate(lambda: pool.ask("1 + 1 =", sampling))
    finally:
        await pool.close()


async def rate_as_it_comes(url: str) -> float:
    """Through huggingface_hub's client on its own transport."""
    set_async_client_factory(default_async_client_factory)
    async with AsyncInferenceClient(base_url=url) as client:
        return await rate(lambda: client.chat_completion(MESSAGES, model="tgi", max_tokens=16))


async def rate_of_raw_http(url: str) -> float:
    """Through aiohttp alone."""
    async with aiohttp.ClientSession() as session:

        async def ask() -> None:
            body = {"model": "tgi", "messages": MESSAGES, "max_tokens": 16}
            async with session.post(f"{url}/v1/chat/completions", json=body) as response:
                await response.read()

        return await rate(ask)


def main() -> None:
    """Print one JSON line."""
    rates: dict[str, list[float]] = {"ours": [], "as_it_comes": [], "raw_http": []}
    with OfflineServer((sys.executable, "-c", SERVER)) as server:
        for _ in range(ROUNDS):
            rates["ours"].append(asyncio.run(rate_of_ours(server.url)))
            rates["as_it_comes"].append(asyncio.run(rate_as_it_comes(server.url)))
            rates["raw_http"].append(asyncio.run(rate_of_raw_http(server.url)))
    medians = {name: statistics.median(values) for name, values in rates.items()}
    line = {
        "benchmark": "client",
        "in_flight": IN_FLIGHT,
        "requests_per_second": {name: round(value) for name, value in medians.items()},
        "ratio_to_as_it_comes": round(medians["ours"] / medians["as_it_comes"], 2),
        "share_of_raw_http": round(medians["ours"] / medians["raw_http"], 2),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
