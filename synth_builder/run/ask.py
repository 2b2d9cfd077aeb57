"""The teacher as a stage sees it: render, look in the journal, send, keep, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from synth_builder.endpoint.client import Completion, Connection, RequestError, Sampling
from synth_builder.endpoint.preflight import ServerIdentity
from synth_builder.recipe import EndpointSettings, StageSettings
from synth_builder.row import Row, canonical_json, sha256_hex
from synth_builder.run.execute import outside_of_loops
from synth_builder.run.journal import Failure, Journal, RequestKey
from synth_builder.run.prompts import Prompt
from synth_builder.stages.stage import Reply, Stage


@dataclass
class Endpoint:
    """An endpoint that has passed its preflight.

    Attributes:
        url: Address of the server that answers.
        settings: Its part of the recipe.
        identity: Who answers there.
    """

    url: str
    settings: EndpointSettings
    identity: ServerIdentity
    _connections: dict[asyncio.AbstractEventLoop, Connection] = field(default_factory=dict)

    @property
    def max_concurrency(self) -> int:
        """Requests in flight at once: as the recipe says, and never above the server's limit."""
        limit = self.identity.max_concurrent_requests
        wanted = self.settings.max_concurrency or max(1, limit * 3 // 4)
        return min(wanted, limit)

    def connection(self) -> Connection:
        """The connection of the running loop, made at its first use: a client serves one loop only."""
        loop = asyncio.get_running_loop()
        if loop not in self._connections:
            self._connections[loop] = Connection(
                self.url,
                route=self.settings.route,
                max_concurrency=self.max_concurrency,
                timeout_seconds=self.settings.timeout_seconds,
                tries=self.settings.tries,
                # The embedded server needs no token, so it gets none.
                send_token=self.settings.url != "offline",
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
        """Ask once for `origin`; a failure of a passing kind that the journal holds is tried again."""
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
        kept = result is not None and not (isinstance(result, Failure) and result.kind == "transient")
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
        return {
            "stage": self.stage.name,
            "model_id": answered_as or identity.model_id,
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
