"""Runs the offline server in a thread of the test's process, with any teacher, and asks it by raw HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from aiohttp import web

from synth_builder.offline.faults import Faults
from synth_builder.offline.ledger import Ledger
from synth_builder.offline.protocol import ServerConfig
from synth_builder.offline.server import Reply, create_application
from tests.tgi_contract import check_request, check_response, check_stream

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

    def send(
        self,
        route: str,
        body: object = None,
        *,
        raw: bytes | None = None,
        kind: str | None = None,
        authorization: str | None = None,
    ) -> Answer:
        """Sends one raw request; `route` is a method and a path. `raw` and `kind` replace the JSON and its type."""
        method, path = route.split()
        content = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        content_type = kind if kind is not None else "application/json"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=30)
        with contextlib.closing(connection):
            headers = {"Content-Type": content_type} if content is not None and content_type else {}
            if authorization is not None:
                headers["Authorization"] = authorization
            connection.request(method, path, body=content, headers=headers)
            response = connection.getresponse()
            text = response.read().decode()
            is_json = response.headers.get_content_type() == "application/json"
            answer_headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status, cast(object, json.loads(text)) if is_json else text, answer_headers)

    def ask(self, route: str, body: object = None) -> Any:  # JSON of any shape
        """Returns the body of a 200; request and answer are checked against TGI's description."""
        if body is not None:
            check_request(route, body)
        answer = self.send(route, body)
        check_response(route, answer.status, answer.body)
        assert answer.status == 200, answer
        return answer.body

    def refuse(self, route: str, body: object) -> tuple[int, Any]:
        """Returns the status and the body of an answer that is none of 200, checked as TGI's."""
        answer = self.send(route, body)
        check_response(route, answer.status, answer.body)
        assert answer.status != 200, answer
        return answer.status, answer.body

    def stream(self, route: str, body: object) -> list[Any]:
        """Returns the data of a stream's events, parsed JSON or the text `[DONE]`, checked as TGI's."""
        answer = self.send(route, body)
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream"), answer
        events = [event for event in str(answer.body).split("\n\n") if event and not event.startswith(":")]
        data = [event.removeprefix("data: ") for event in events]
        parsed = [text if text == "[DONE]" else json.loads(text) for text in data]
        check_stream(route, parsed)
        return parsed


def echo(prompt: str, seed: int) -> str:
    """A teacher whose replies show what it got."""
    return f"seed {seed}: {prompt}"


def chat(text: str, **fields: object) -> dict[str, object]:
    """Returns the body of a chat of one message."""
    return {"model": "tgi", "messages": [{"role": "user", "content": text}]} | fields


@contextlib.contextmanager
def serving(
    reply: Reply, config: ServerConfig = CONFIG, *, faults: Faults | None = None, ledger: Ledger | None = None
) -> Iterator[Address]:
    """Serves a teacher on a free port of loopback."""
    ready = threading.Event()
    addresses: list[Address] = []
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        application = await create_application(reply, config, faults=faults, ledger=ledger)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1, handler_cancellation=True)
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
