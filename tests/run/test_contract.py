"""Every request that a stage sends, and every answer of the embedded server, fits TGI's own description."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from synth_builder.offline.process import OfflineServer
from synth_builder.recipe import check_recipe
from synth_builder.run.pipeline import run_recipe
from tests.tgi_contract import check_request, check_response


class Witness:
    """A loopback server that passes everything on, and checks both directions."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.url = ""
        self.seen: Counter[str] = Counter()
        self.complaints: list[str] = []
        self.fields: set[str] = set()

    async def pass_on(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {"Content-Type": request.headers.get("Content-Type", "")} if body else {}
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, self.target + request.path, data=body or None, headers=headers) as answer,
        ):
            content = await answer.read()
            self.check(f"{request.method} {request.path}", body, answer.status, content)
            kept = {name: value for name, value in answer.headers.items() if name.lower().startswith("x-")}
            return web.Response(
                body=content, status=answer.status, headers=kept, content_type=answer.content_type or None
            )

    def check(self, route: str, body: bytes, status: int, content: bytes) -> None:
        self.seen[route] += 1
        try:
            if body:
                sent = json.loads(body)
                check_request(route, sent)
                self.fields |= {*sent, *sent.get("parameters", {})}
            check_response(route, status, json.loads(content) if content else "")
        except Exception as error:
            self.complaints.append(f"{route}: {error}")


@contextmanager
def witnessed(target: str) -> Iterator[Witness]:
    witness = Witness(target)
    loop = asyncio.new_event_loop()
    runner: list[web.AppRunner] = []

    async def start() -> None:
        application = web.Application(client_max_size=4 * 2**20)
        application.router.add_route("*", "/{path:.*}", witness.pass_on)
        runner.append(web.AppRunner(application))
        await runner[0].setup()
        await web.TCPSite(runner[0], "127.0.0.1", 0).start()
        witness.url = f"http://127.0.0.1:{runner[0].addresses[0][1]}"

    loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield witness
    finally:
        asyncio.run_coroutine_threadsafe(runner[0].cleanup(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.parametrize(("route", "path"), [("chat", "/v1/chat/completions"), ("generate", "/generate")])
def test_a_whole_run_keeps_to_the_contract_in_both_directions(tmp_path: Path, route: str, path: str) -> None:
    with OfflineServer() as server, witnessed(server.url) as witness:
        recipe = check_recipe(
            {
                "name": "contract",
                "documents": {"source": "sample", "limit": 4},
                "endpoints": {"teacher": {"url": witness.url, "route": route}},
                "stages": {"level1": {"max_tokens": 14_000}},  # so that documents must be counted
            },
            "test",
        )
        result = run_recipe(recipe, tmp_path / "run")
    assert witness.complaints == []
    # Servers refuse grammars in ways of their own, so none is sent: replies are plain text, read and repaired by us.
    assert witness.fields.isdisjoint({"grammar", "response_format", "tools", "guided_json"})
    assert witness.seen["GET /health"] == witness.seen["GET /info"] == 1
    assert witness.seen["POST /tokenize"] > 0
    sent = sum(book.sent for book in result.books)
    assert witness.seen[f"POST {path}"] == sent + 1  # and the one token of the preflight
    assert sent > 100
