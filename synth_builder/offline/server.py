"""The aiohttp application that speaks TGI's protocol and asks a teacher, of which it knows nothing, for the replies."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from aiohttp import web
from aiohttp.typedefs import Handler

from synth_builder.offline.body import BodyError, parse_json
from synth_builder.offline.protocol import (
    Generation,
    ProtocolError,
    Request,
    ServerConfig,
    Work,
    chat_body,
    finish,
    generate_body,
    generation_failed,
    info_body,
    models_body,
    overloaded,
    read_chat,
    read_compatible_generate,
    read_generate,
    tokenize_body,
    validate,
)

Reply = Callable[[str, int], str]
"""A teacher: from the text of a prompt and a seed to the text of the reply, the same in every process."""


class Finished(NamedTuple):
    """A generation with the headers that report its cost."""

    work: Work
    generation: Generation
    headers: dict[str, str]


async def create_application(reply: Reply, config: ServerConfig) -> web.Application:
    """Builds the server.

    Args:
        reply: The teacher. It is called in one worker thread, one call at a time, so it needs no locks, and a slow
            call keeps neither `/health` nor the refusal of requests above the limit waiting.
        config: What the server says of itself, and its limits.

    Returns:
        An application for aiohttp's runners.
    """
    server = _Server(reply, config)
    # aiohttp refuses bodies of more than this size; TGI counts the same way.
    application = web.Application(client_max_size=config.payload_limit_bytes, middlewares=[_answer_errors])
    application.add_routes(
        [
            web.get("/", server.health),
            web.get("/ping", server.health),
            web.get("/health", server.health),
            web.get("/info", server.info),
            web.get("/v1/models", server.models),
            web.post("/", server.compatible_generate),
            web.post("/generate", server.generate),
            web.post("/v1/chat/completions", server.chat),
            web.post("/tokenize", server.tokenize),
        ]
    )
    application.on_cleanup.append(server.close)
    return application


class _Server:
    """The handlers, and what they share: the number of requests in flight and the teacher's thread."""

    def __init__(self, reply: Reply, config: ServerConfig) -> None:
        self._reply = reply
        self._config = config
        self._in_flight = 0
        self._teacher_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="teacher")

    async def close(self, _: web.Application) -> None:
        self._teacher_thread.shutdown(wait=False, cancel_futures=True)

    async def health(self, _: web.Request) -> web.Response:
        return web.Response()

    async def info(self, _: web.Request) -> web.Response:
        return _json(info_body(self._config))

    async def models(self, _: web.Request) -> web.Response:
        return _json(models_body(self._config))

    async def tokenize(self, http_request: web.Request) -> web.Response:
        return _json(tokenize_body(read_generate(await _read_body(http_request))))

    async def generate(self, http_request: web.Request) -> web.Response:
        request = read_generate(await _read_body(http_request))
        done = await self._run(request)
        return _json(generate_body(request, done.work, done.generation), headers=done.headers)

    async def compatible_generate(self, http_request: web.Request) -> web.Response:
        request = read_compatible_generate(await _read_body(http_request))
        done = await self._run(request)
        return _json([generate_body(request, done.work, done.generation)], headers=done.headers)

    async def chat(self, http_request: web.Request) -> web.Response:
        request = read_chat(await _read_body(http_request))
        done = await self._run(request)
        body = chat_body(request, done.work, done.generation, self._config, created=int(time.time()))
        return _json(body, headers=done.headers)

    async def _run(self, request: Request) -> Finished:
        """Checks a request and has it answered, if there is room for one more."""
        if self._in_flight >= self._config.max_concurrent_requests:
            raise overloaded()
        self._in_flight += 1
        try:
            received = time.perf_counter()
            work = validate(request, self._config)
            queued = time.perf_counter()
            loop = asyncio.get_running_loop()
            generation, started = await loop.run_in_executor(self._teacher_thread, _ask_teacher, self._reply, work)
            headers = _cost_headers(request, work, generation, (received, queued, started, time.perf_counter()))
            return Finished(work, generation, headers)
        finally:
            self._in_flight -= 1


def _ask_teacher(reply: Reply, work: Work) -> tuple[Generation, float]:
    """Runs in the teacher's thread; returns the generation and when it was started."""
    started = time.perf_counter()
    try:
        text = reply(work.prompt, work.seed)
    except Exception as error:  # as TGI, which answers 424 whatever fails in the model
        raise generation_failed(f"{type(error).__name__}: {error}") from error
    return finish(text, work), started


def _cost_headers(
    request: Request, work: Work, generation: Generation, times: tuple[float, float, float, float]
) -> dict[str, str]:
    received, queued, started, ended = times

    def milliseconds(seconds: float) -> str:
        return str(int(seconds * 1000))

    return {
        "x-compute-type": "cpu",
        "x-compute-time": str(ended - received),  # the only one in seconds
        "x-compute-characters": str(len(request.inputs)),
        "x-total-time": milliseconds(ended - received),
        "x-validation-time": milliseconds(queued - received),
        "x-queue-time": milliseconds(started - queued),
        "x-inference-time": milliseconds(ended - started),
        "x-time-per-token": milliseconds((ended - started) / max(generation.tokens, 1)),
        "x-prompt-tokens": str(work.prompt_tokens),
        "x-generated-tokens": str(generation.tokens),
    }


async def _read_body(http_request: web.Request) -> object:
    try:
        raw = await http_request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyError(413, "Failed to buffer the request body: length limit exceeded") from None
    return parse_json(http_request.content_type if "Content-Type" in http_request.headers else "", raw)


@web.middleware
async def _answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except ProtocolError as error:
        return _json(error.body(), status=error.status)
    except BodyError as error:
        return web.Response(status=error.status, text=error.text)


def _json(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")
