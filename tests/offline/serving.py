"""Runs the offline server in a thread of the test's process, with any teacher."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import NamedTuple, cast

from aiohttp import web

from synth_builder.offline.protocol import ServerConfig
from synth_builder.offline.server import Reply, create_application

CONFIG = ServerConfig(model_sha="0123456789abcdef0123456789abcdef01234567")


class Answer(NamedTuple):
    """One HTTP answer; `body` is the parsed JSON, or the text where the answer is not JSON."""

    status: int
    body: object
    headers: dict[str, str]


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def send(self, route: str, body: object = None, *, raw: bytes | None = None, kind: str | None = None) -> Answer:
        """Sends one raw request; `route` is a method and a path. `raw` and `kind` replace the JSON and its type."""
        method, path = route.split()
        content = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        content_type = kind if kind is not None else "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            headers = {"Content-Type": content_type} if content is not None and content_type else {}
            connection.request(method, path, body=content, headers=headers)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = response.headers.get_content_type() == "application/json"
            answer_headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, cast(object, json.loads(text)) if is_json else text, answer_headers)


@contextlib.contextmanager
def serving(reply: Reply, config: ServerConfig = CONFIG) -> Iterator[Address]:
    """Serves a teacher on a free port of loopback."""
    ready = threading.Event()
    addresses: list[Address] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        runner = web.AppRunner(await create_application(reply, config), access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        addresses.append(Address(*runner.addresses[0]))
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield addresses[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()
