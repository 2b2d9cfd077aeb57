"""The teacher as a stage sees it: render, look in the journal, send, keep, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synth_builder.endpoint.address import parse_address
from synth_builder.endpoint.client import Completion, Connection, RequestError, Sampling
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.endpoint.server import Server
from synth_builder.endpoint.tokens import BYTES_PER_TOKEN, count_tokens
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.row import Row, canonical_json, sha256_hex
from synth_builder.run.execute import outside_of_loops
from synth_builder.run.journal import Failure, Journal, RequestKey
from synth_builder.run.prompts import Prompt
from synth_builder.stages.stage import Reply, Stage

# Where neither the server nor the recipe says otherwise.
_CONCURRENCY = 32
_CONCURRENCY_OF_TRANSFORMERS = 4
_TOTAL_TOKENS = 8192

# Failures that the next run may not meet: the server may be well again, or have a larger window.
_ASKED_AGAIN = ("transient", "too_long")


@dataclass
class Endpoint:
    """An endpoint that has passed its preflight.

    Attributes:
        url: Root of the server that answers.
        settings: Its part of the recipe.
        identity: Who answers there.
        token: Its key.
    """

    url: str
    settings: EndpointSettings
    identity: ServerIdentity
    token: str | None = field(default=None, repr=False)
    _connections: dict[asyncio.AbstractEventLoop, Connection] = field(default_factory=dict)

    @property
    def max_concurrency(self) -> int:
        """Requests in flight at once: as the recipe says, and never above the limit that the server states."""
        limit, wanted = self.identity.max_concurrent_requests, self.settings.max_concurrency
        if limit is not None:
            return min(wanted or max(1, limit * 3 // 4), limit)
        started_by_us = parse_address(self.settings.url).scheme == "transformers"
        return wanted or (_CONCURRENCY_OF_TRANSFORMERS if started_by_us else _CONCURRENCY)

    @property
    def max_total_tokens(self) -> int:
        """Most tokens of prompt and reply together: the smaller of what server and recipe say, or the stand-in."""
        said = (self.identity.max_total_tokens, self.settings.max_total_tokens)
        return min((tokens for tokens in said if tokens is not None), default=_TOTAL_TOKENS)

    @property
    def max_input_tokens(self) -> int:
        """Most tokens of a prompt."""
        return min(self.identity.max_input_tokens or self.max_total_tokens, self.max_total_tokens)

    def assumptions(self) -> list[str]:
        """What is taken for granted where neither server nor recipe says it, a sentence each."""
        identity, found = self.identity, []
        if identity.max_total_tokens is None and self.settings.max_total_tokens is None:
            found.append(
                f"the server does not say its model's window; {_TOTAL_TOKENS} tokens are assumed. "
                "Set `max_total_tokens` of the endpoint to the window that it has."
            )
        if not identity.can_count:
            found.append(f"the server counts no tokens; {BYTES_PER_TOKEN} UTF-8 bytes are taken for one.")
        return found

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, in order; raises SynthBuilderError where the server does not count one."""
        settings = self.settings
        with Server(self.url, token=self.token, api_key_env=settings.api_key_env, bill_to=settings.bill_to) as server:
            return count_tokens(server, self.identity, texts)

    def connection(self) -> Connection:
        """The connection of the running loop, made at its first use: a client serves one loop only."""
        loop = asyncio.get_running_loop()
        if loop not in self._connections:
            self._connections[loop] = Connection(
                self.url,
                route=self.settings.route,
                model=self.identity.served_as,
                max_concurrency=self.max_concurrency,
                timeout_seconds=self.settings.timeout_seconds,
                tries=self.settings.tries,
                token=self.token,
                bill_to=self.settings.bill_to,
            )
        return self._connections[loop]

    def close_connections(self) -> None:
        """Close what the loops of finished maps left open; `datasets` ends no loop that it began."""
        outside_of_loops(self._close_loops)

    def _close_loops(self) -> None:
        for loop, connection in self._connections.items():
            if not loop.is_closed():
                loop.run_until_complete(_end(connection))
                loop.close()
        self._connections.clear()


async def _end(connection: Connection) -> None:
    """Wait for what an interrupted map has cancelled and left, then close."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
    await connection.close()


@dataclass
class StageTeacher:
    """Answers one stage's questions, each from the journal where it has been answered before.

    Attributes:
        stage: Who asks.
        settings: The stage's part of the recipe.
        prompt: The stage's prompt file.
        endpoint: Who is asked.
        journal: Where replies are kept.
        seed: Seed of the recipe.
        on_finish: Called after every request with whether it came from the journal.
    """

    stage: Stage
    settings: StageSettings
    prompt: Prompt
    endpoint: Endpoint
    journal: Journal
    seed: int
    on_finish: Callable[[bool, Completion | Failure], None]

    async def ask(self, origin: str, sample: int, variables: Mapping[str, object]) -> Reply:
        """Ask once for `origin`; a failure that the journal holds is asked again unless it is for good."""
        # Even where the journal answers all: the loop that `map` began is closed with its connection.
        connection = self.endpoint.connection()
        sampling = Sampling(
            self.settings.temperature,
            self.settings.top_p,
            self.settings.max_tokens,
            request_seed(self.seed, self.stage.name, origin, sample),
        )
        text = self.prompt.render(variables)
        identity = self.endpoint.identity
        key = RequestKey(
            identity.model_id,
            identity.model_sha,
            self.endpoint.settings.route,
            text,
            sampling,
            sample,
            self.stage.name,
            self.stage.version,
        ).digest()
        result = self.journal.get(key)
        kept = result is not None and not (isinstance(result, Failure) and result.kind in _ASKED_AGAIN)
        if not kept:
            result = await _send(connection, text, sampling)
            self.journal.put(key, self.stage.name, result)
        assert result is not None
        self.on_finish(kept, result)
        if isinstance(result, Failure):
            raise RequestError(result.kind, result.detail)
        return Reply(
            result.text,
            result.finish_reason == "length",
            self._generator(key, sampling, result.model),
            result.prompt_tokens,
            result.completion_tokens,
        )

    def _generator(self, key: str, sampling: Sampling, answered_as: str) -> Row:
        identity = self.endpoint.identity
        # The name it was asked for under, and a path, say no more than what is known already.
        says_nothing = answered_as in ("", identity.served_as) or answered_as.startswith("/")
        return {
            "stage": self.stage.name,
            "model_id": identity.model_id if says_nothing else answered_as,
            "model_sha": identity.model_sha,
            "server": identity.server,
            "prompt_sha": self.prompt.sha,
            "parameters": canonical_json(sampling._asdict()),
            "journal_key": key,
        }


async def _send(connection: Connection, text: str, sampling: Sampling) -> Completion | Failure:
    try:
        return await connection.ask(text, sampling)
    except RequestError as error:
        return Failure(error.kind, error.detail)


def request_seed(seed: int, stage: str, origin: str, sample: int) -> int:
    """The request's own seed, from the recipe's seed and what is asked for; below 2**31."""
    return int(sha256_hex([seed, stage, origin, sample])[:8], 16) >> 1
