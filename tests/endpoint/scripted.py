"""A server on loopback that answers by a script and remembers every request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from aiohttp import web

from synth_builder.endpoint.pool import PROBE

INFO = {
    "model_id": "org/model",
    "model_sha": "abc123",
    "version": "3.3.6",
    "max_concurrent_requests": 128,
    "max_input_tokens": 1000,
    "max_total_tokens": 2000,
}
CHAT = {
    "object": "chat.completion",
    "id": "",
    "created": 1,
    "model": "org/model",
    "system_fingerprint": "3.3.6-native",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Yes."},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7},
}
GENERATED = {
    "generated_text": "Yes.",
    "details": {"finish_reason": "eos_token", "generated_tokens": 2, "seed": 1, "prefill": [], "tokens": []},
}

# Where a step of the script is no answer, it is one of these.
CUT = "cut the connection before any answer"
CUT_INSIDE = "cut the connection inside the body"
HANG = "never answer"


class Answer(NamedTuple):
    """One HTTP answer; a `body` that is no text or bytes is sent as JSON."""

    status: int
    body: object = ""
    headers: dict[str, str] = {}  # noqa: RUF012 - nothing changes it


class Request(NamedTuple):
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: object


WELL = Answer(400, {"error": "there, and at odds with the probe", "error_type": "validation"})

Step = Answer | str | Callable[[Request], Awaitable[Answer]]


@dataclass
class Script:
    """What the server answers, and what it was asked.

    Attributes:
        posts: Steps for POST requests in order; the last one is for all that follow.
        gets: Step of each path that is read; every other path is a 404.
        probe: Step of every small request by which a pool finds out whether the server is there; None takes it from
            `posts` as any other.
        requests: Every request, in order of arrival, but for probes that are answered by `probe`.
        probes: How many those were.
    """

    posts: list[Step] = field(default_factory=lambda: [Answer(200, CHAT)])
    gets: dict[str, Step] = field(default_factory=lambda: {"/health": Answer(200), "/info": Answer(200, INFO)})
    probe: Step | None = WELL
    requests: list[Request] = field(default_factory=list)
    probes: int = 0
    url: str = ""
    in_flight: int = 0
    most_in_flight: int = 0

    @property
    def posted(self) -> list[Request]:
        """The POST requests."""
        return [request for request in self.requests if request.method == "POST"]

    async def answer(self, http_request: web.Request) -> web.StreamResponse:
        """Take the next step."""
        raw = await http_request.read()
        headers = {name.lower(): value for name, value in http_request.headers.items()}
        request = Request(http_request.method, http_request.path, headers, json.loads(raw) if raw else None)
        if self.probe is not None and is_probe(request):
            self.probes += 1
            return await self._take(self.probe, http_request, request)
        self.requests.append(request)
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            return await self._take(self._next_step(request), http_request, request)
        finally:
            self.in_flight -= 1

    def _next_step(self, request: Request) -> Step:
        if request.method == "GET":
            return self.gets.get(request.path, Answer(404, "404: Not Found"))
        return self.posts.pop(0) if len(self.posts) > 1 else self.posts[0]

    async def _take(self, step: Step, http_request: web.Request, request: Request) -> web.StreamResponse:
        assert http_request.transport is not None
        if step == CUT:
            http_request.transport.abort()
            return web.Response()
        if step == HANG:
            await asyncio.Event().wait()
        if step == CUT_INSIDE:
            response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
            await response.prepare(http_request)
            await response.write(b'{"choices"')
            http_request.transport.abort()
            return response
        assert not isinstance(step, str), f"unknown step {step!r}"
        answer = step if isinstance(step, Answer) else await step(request)
        if isinstance(answer.body, str | bytes):
            content = answer.body if isinstance(answer.body, bytes) else answer.body.encode()
            return web.Response(status=answer.status, body=content, headers=answer.headers)
        return web.json_response(answer.body, status=answer.status, headers=answer.headers)


def prompt_of(request: Request) -> str:
    """What a chat request asks."""
    assert isinstance(request.body, dict)
    return str(request.body["messages"][0]["content"])


def echo(request: Request) -> Answer:
    """The prompt as reply."""
    message = {"role": "assistant", "content": prompt_of(request)}
    return Answer(200, {**CHAT, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})


def answer_after(seconds: float) -> Step:
    """Echo, after some time."""

    async def answer(request: Request) -> Answer:
        await asyncio.sleep(seconds)
        return echo(request)

    return answer


def is_probe(request: Request) -> bool:
    """Whether a pool has sent this to find out whether the server is there."""
    match request.body:
        case {"messages": [{"content": prompt}], "max_tokens": 1, "seed": 0}:
            return bool(prompt == PROBE[0])
        case {"inputs": prompt, "parameters": {"max_new_tokens": 1, "seed": 0}}:
            return bool(prompt == PROBE[0])
    return False


def error(status: int, text: str, kind: str) -> Answer:
    """An error as TGI says it."""
    return Answer(status, {"error": text, "error_type": kind})


OVERLOADED = error(429, "Model is overloaded", "overloaded")
UNHEALTHY = error(503, "unhealthy", "healthcheck")


@contextlib.contextmanager
def scripted(
    *posts: Step, gets: dict[str, Step] | None = None, probe: Step | None = WELL, port: int = 0
) -> Iterator[Script]:
    """Serve a script on a port of loopback; `gets` changes or adds to the usual `/health` and `/info`."""
    script = Script(posts=list(posts) or [Answer(200, CHAT)], probe=probe)
    script.gets.update(gets or {})
    ready = threading.Event()
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", script.answer)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
        script.url = "http://{}:{}".format(*runner.addresses[0])
        ready.set()
        await stop.wait()
        await runner.cleanup()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield script
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(30)
        loop.close()


@contextlib.contextmanager
def unanswered() -> Iterator[str]:
    """The address of a program that takes up no connection, as behind a firewall that drops them."""
    with contextlib.ExitStack() as opened:
        listener = opened.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # more than fit in its queue
            waiting = opened.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
