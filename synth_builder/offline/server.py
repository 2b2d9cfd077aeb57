"""The aiohttp application that speaks TGI's protocol and asks a teacher, of which it knows nothing, for the replies."""

from __future__ import annotations

import asyncio
import hmac
import json
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler

from synth_builder.offline.answers import (
    chat_answer,
    chat_tokenize_answer,
    compatible_generate_answer,
    completions_answer,
    generate_answer,
    info_answer,
    models_answer,
    tokenize_answer,
)
from synth_builder.offline.body import BodyError, parse_json
from synth_builder.offline.faults import STATUS_FAULTS, Decision, Faults
from synth_builder.offline.generation import Finished, Reply
from synth_builder.offline.headers import cost_headers, stream_headers
from synth_builder.offline.language_model import LanguageModel, sample_language_model
from synth_builder.offline.ledger import Entry, Ledger
from synth_builder.offline.metrics import CONTENT_TYPE, Metrics, Timing
from synth_builder.offline.protocol import JsonObject, ProtocolError, ServerConfig
from synth_builder.offline.requests import (
    Request,
    read_chat,
    read_compatible_generate,
    read_completions,
    read_generate,
    read_generate_stream,
)
from synth_builder.offline.scheduler import Job, Scheduler
from synth_builder.offline.streams import (
    DONE,
    KEEP_ALIVE,
    chat_events,
    completions_events,
    encode_event,
    generate_error_event,
    generate_events,
    openai_error_event,
)
from synth_builder.offline.validation import validate

__all__ = ["Reply", "create_application"]

# How often a stream without news shows that it is alive; TGI's interval.
KEEP_ALIVE_SECONDS = 15.0

_Result = TypeVar("_Result")


class _Route(NamedTuple):
    """How one route is spoken; an OpenAI route wraps its errors and says when its stream is done."""

    read: Callable[[object], Request]
    answer: Callable[[Finished, ServerConfig], object]
    events: Callable[[Finished, ServerConfig], Iterator[JsonObject]]
    is_openai: bool = False


@dataclass(frozen=True)
class _Exchange:
    """One request on its way to an answer."""

    http_request: web.Request
    route: _Route
    request: Request
    decision: Decision
    entry: Entry


async def create_application(
    reply: Reply,
    config: ServerConfig,
    *,
    language_model: Callable[[], LanguageModel] = sample_language_model,
    faults: Faults | None = None,
    ledger: Ledger | None = None,
) -> web.Application:
    """Builds the server.

    Serve it with `handler_cancellation=True`: a request whose client goes away then gives its slot back, as in TGI.

    Args:
        reply: The teacher. It is called in one worker thread, one call at a time, so it needs no locks, and a slow
            call keeps neither `/health` nor the refusal of requests above the limit waiting.
        config: What the server says of itself, and its limits.
        language_model: Gives the model that the log-probabilities are of; called in the teacher's thread, and only
            for requests that show some.
        faults: What goes wrong on purpose; None for nothing.
        ledger: Where to write what was done to each request.

    Returns:
        An application for aiohttp's runners.
    """
    server = _Server(reply, config, language_model, faults, ledger)
    routes = {
        "/": _Route(read_compatible_generate, compatible_generate_answer, generate_events),
        "/generate": _Route(read_generate, generate_answer, generate_events),
        "/generate_stream": _Route(read_generate_stream, generate_answer, generate_events),
        "/v1/chat/completions": _Route(read_chat, chat_answer, chat_events, is_openai=True),
        "/v1/completions": _Route(
            partial(read_completions, max_batch_size=config.max_client_batch_size),
            completions_answer,
            completions_events,
            is_openai=True,
        ),
    }
    # aiohttp refuses bodies of more than this size; TGI counts the same way.
    application = web.Application(client_max_size=config.payload_limit_bytes, middlewares=[server.answer_errors])
    application.add_routes(
        [
            *(web.get(path, server.health) for path in ("/", "/ping", "/health")),
            web.get("/info", server.info),
            web.get("/v1/models", server.models),
            web.get("/metrics", server.metrics),
            web.post("/chat_tokenize", server.chat_tokenize),
            web.post("/tokenize", _guard(server.tokenize, config.api_key)),
            *(
                web.post(path, _guard(partial(server.generate, route), config.api_key))
                for path, route in routes.items()
            ),
        ]
    )
    application.on_cleanup.append(server.close)
    return application


def _guard(handler: Handler, api_key: str | None) -> Handler:
    """Returns a handler that is reached with the key alone; like TGI it does not tell upper from lower case."""
    if api_key is None:
        return handler
    expected = f"Bearer {api_key}".lower().encode()

    async def check(http_request: web.Request) -> web.StreamResponse:
        given = http_request.headers.get("Authorization", "").lower().encode(errors="surrogateescape")
        if not hmac.compare_digest(given, expected):
            return web.Response(status=401)
        return await handler(http_request)

    return check


class _Server:
    """The handlers, and what they share."""

    def __init__(
        self,
        reply: Reply,
        config: ServerConfig,
        language_model: Callable[[], LanguageModel],
        faults: Faults | None,
        ledger: Ledger | None,
    ) -> None:
        self._config = config
        self._faults = faults
        self._ledger = ledger
        self._ledger_thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ledger")
        self._scheduler = Scheduler(reply, config.max_concurrent_requests, language_model)
        self._metrics = Metrics(config)

    async def close(self, _: web.Application) -> None:
        self._scheduler.close()
        self._ledger_thread.shutdown()

    @web.middleware
    async def answer_errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except ProtocolError as error:
            return _json(error.body(), status=error.status)
        except BodyError as error:
            return web.Response(status=error.status, text=error.text)

    async def health(self, _: web.Request) -> web.Response:
        return web.Response()

    async def info(self, _: web.Request) -> web.Response:
        return _json(info_answer(self._config))

    async def models(self, _: web.Request) -> web.Response:
        return _json(models_answer(self._config))

    async def metrics(self, _: web.Request) -> web.Response:
        text = self._metrics.text(queue_size=self._scheduler.waiting, batch_size=self._scheduler.working)
        return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

    async def tokenize(self, http_request: web.Request) -> web.Response:
        return _json(tokenize_answer(read_generate(await _read_body(http_request))))

    async def chat_tokenize(self, http_request: web.Request) -> web.Response:
        return _json(chat_tokenize_answer(read_chat(await _read_body(http_request))))

    async def generate(self, route: _Route, http_request: web.Request) -> web.StreamResponse:
        body, refusal = await _read_body(http_request), None
        try:
            request = route.read(body)
        except ProtocolError as error:  # what TGI refuses before any stream, and no fault strikes
            request, refusal = Request((json.dumps(body, sort_keys=True),)), error
        self._metrics.requests += len(request.prompts)
        exchange = self._begin(http_request, route, request)
        try:
            if refusal is not None:
                raise refusal
            return await self._respond(exchange)
        except ProtocolError as error:
            exchange.entry.status = error.status
            self._count_failure(exchange, error)
            raise
        finally:
            if self._ledger is not None:
                line = self._ledger_thread.submit(self._ledger.write, exchange.entry)
                await asyncio.shield(asyncio.wrap_future(line))  # a client that goes away does not take its line along

    def _begin(self, http_request: web.Request, route: _Route, request: Request) -> _Exchange:
        """Decides what is done to the request, and opens its line in the ledger."""
        watched = self._faults is not None or self._ledger is not None
        content = json.dumps(asdict(request), sort_keys=True) if watched else ""
        prompt = "\n\n".join(request.prompts)
        decision = self._faults.decide(content, prompt) if self._faults is not None else Decision()
        entry = Entry(http_request.path, content, prompt, request.stream, decision.attempt)
        return _Exchange(http_request, route, request, decision, entry)

    def _count_failure(self, exchange: _Exchange, error: ProtocolError) -> None:
        exchange.entry.error = error.error_type
        self._metrics.count_failure(error)

    async def _respond(self, exchange: _Exchange) -> web.StreamResponse:
        entry, fault = exchange.entry, exchange.decision.transport_fault
        if fault == "cut_before_work":
            return _cut(exchange, web.Response())
        if fault == "hang":
            entry.fault = fault
            await asyncio.Event().wait()  # until the client goes away
        if exchange.request.stream:
            return await self._stream(exchange)
        with self._admitted(exchange):
            finished, timing = await self._work(exchange)
        if fault == "cut_after_work":
            return _cut(exchange, web.Response())
        entry.status, entry.reply = 200, _reply_of(finished)
        return _json(exchange.route.answer(finished, self._config), headers=cost_headers(finished, timing))

    async def _stream(self, exchange: _Exchange) -> web.StreamResponse:
        """Answers 200 before anything is known, so that an error can only be an event, as in TGI."""
        route, entry = exchange.route, exchange.entry
        response = web.StreamResponse(headers=stream_headers(exchange.request))
        try:
            await response.prepare(exchange.http_request)
            entry.status = 200
            try:
                with self._admitted(exchange):
                    finished, _ = await _keep_alive(response, self._work(exchange))
                    events = list(route.events(finished, self._config))
                    is_cut = exchange.decision.transport_fault == "cut_after_work"
                    for event in events[: len(events) // 2] if is_cut else events:
                        await response.write(encode_event(event))
                        await asyncio.sleep(0)  # a turn for the other streams
                if is_cut:
                    return _cut(exchange, response)
                entry.reply = _reply_of(finished)
            except ProtocolError as error:
                self._count_failure(exchange, error)
                error_event = openai_error_event if route.is_openai else generate_error_event
                await response.write(encode_event(error_event(error)))
            if route.is_openai:
                await response.write(DONE)
        except ConnectionError:
            pass  # the client went away
        return response

    @contextmanager
    def _admitted(self, exchange: _Exchange) -> Iterator[None]:
        """Holds the request's slots; a fault that is a status takes none."""
        fault = exchange.decision.transport_fault
        if fault in STATUS_FAULTS:
            exchange.entry.fault = fault
            raise STATUS_FAULTS[fault]()
        with self._scheduler.slots(len(exchange.request.prompts)):
            yield

    async def _work(self, exchange: _Exchange) -> tuple[Finished, Timing]:
        """Has a request answered that has its slots."""
        entry, decision = exchange.entry, exchange.decision
        received = time.perf_counter()
        works = validate(exchange.request, self._config)
        entry.prompt_tokens = sum(work.prompt_tokens for work in works)
        queued = time.perf_counter()
        if decision.delay_seconds:
            entry.delay_seconds = decision.delay_seconds
            await asyncio.sleep(decision.delay_seconds)
        job = Job(works, decision)
        generations = await self._scheduler.run(job)
        finished = Finished(exchange.request, works, generations, created=int(time.time()))
        timing = Timing(received, queued, job.started or queued, time.perf_counter())
        self._metrics.count_success(finished, timing)
        entry.generated_tokens = sum(best.token_count for best, *_ in generations)
        if job.is_spoiled:
            entry.fault = decision.reply_fault
        return finished, timing


def _cut(exchange: _Exchange, response: web.StreamResponse) -> web.StreamResponse:
    """Ends the connection; what is returned only tells aiohttp that the request is over."""
    exchange.entry.fault = exchange.decision.transport_fault
    if exchange.http_request.transport is not None:
        exchange.http_request.transport.abort()
    return response


async def _keep_alive(response: web.StreamResponse, work: Coroutine[None, None, _Result]) -> _Result:
    """Waits for the work, and shows from time to time that the connection lives."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=KEEP_ALIVE_SECONDS))[0]:
            await response.write(KEEP_ALIVE)
        return task.result()
    finally:
        task.cancel()


def _reply_of(finished: Finished) -> str | None:
    """Returns the reply that the ledger judges; several prompts at once have none."""
    return finished.generations[0][0].text if len(finished.generations) == 1 else None


async def _read_body(http_request: web.Request) -> object:
    try:
        raw = await http_request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyError(413, "Failed to buffer the request body: length limit exceeded") from None
    return parse_json(http_request.content_type if "Content-Type" in http_request.headers else "", raw)


def _json(body: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, headers=headers, content_type="application/json")
