"""Whether another request may be sent: Ctrl-C, a spent budget and a dead endpoint end a run here, with all in order."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from synth_builder.endpoint.failures import NoReplyError
from synth_builder.errors import SynthBuilderError
from synth_builder.recipe import PriceSettings

DRAIN_SECONDS = 120.0

_T = TypeVar("_T")


class Claim(NamedTuple):
    """The most that one request can use.

    Attributes:
        prompt_tokens: No fewer than the prompt has; its bytes are a bound.
        completion_tokens: Most tokens of the reply.
        price: What they cost.
    """

    prompt_tokens: int
    completion_tokens: int
    price: PriceSettings

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens

    @property
    def cost(self) -> float:
        """The price of all of them."""
        return self.price.of(self.prompt_tokens, self.completion_tokens)


@dataclass(frozen=True)
class Budget:
    """The most that one command may use; None is no limit.

    None of them is exceeded: a request is sent only while its own most, and that of those in flight, still fits. What
    is asked to check an endpoint does not count.

    Attributes:
        requests: Requests sent, those that are sent again included.
        tokens: Tokens read and written.
        hours: Time from the start of the command to the last request sent.
        cost: By the prices of the recipe.
    """

    requests: int | None = None
    tokens: int | None = None
    hours: float | None = None
    cost: float | None = None


class BudgetSpentError(SynthBuilderError):
    """A budget does not allow another request; all that is finished is kept."""


class StoppedError(Exception):
    """No more requests are sent. The control knows the reason."""


class Control:
    """Decides before every request, and brings a run to a stop that loses nothing.

    A stop lets the requests in flight end, as they are paid already, for `drain_seconds` at most.

    Args:
        budget: The most that may be used.
        drain_seconds: Longest wait for requests in flight.
        say: Gets a line when requests in flight are waited for; what it raises is passed over.
        clock: Tells the time, in seconds.

    Attributes:
        in_flight: Requests in flight now.
        requests: Requests sent, those that were sent again included.
        tokens: Tokens read and written.
        cost: Their price.
        seconds_in_flight: Sum over all requests of the time that each was in flight.
    """

    def __init__(
        self,
        budget: Budget | None = None,
        *,
        drain_seconds: float = DRAIN_SECONDS,
        say: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._budget = budget or Budget()
        self._drain_seconds = drain_seconds
        self._say = say
        self._clock = clock
        self._began = clock()
        self._reason: BaseException | None = None
        self._waits = True
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_event = asyncio.Event()
        self._ends: list[asyncio.Future[None]] = []  # of those who wait for a request in flight to end
        self._claimed_tokens = 0
        self._claimed_cost = 0.0
        self.in_flight = 0
        self.requests = 0
        self.tokens = 0
        self.cost = 0.0
        self.seconds_in_flight = 0.0

    @property
    def reason(self) -> BaseException | None:
        """Why nothing more is sent; None while requests are."""
        return self._reason

    def check(self) -> None:
        """Raise the reason for which nothing more is sent, if there is one."""
        if self._reason is not None:
            raise self._reason

    def stop(self, reason: BaseException) -> None:
        """Send nothing more, for the first reason that is given; a second interrupt waits for nothing in flight.

        May be called from any thread or signal handler.
        """
        is_first = self._reason is None
        if is_first:
            self._reason = reason
        elif not isinstance(reason, Exception):
            self._waits = False
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # it was closed, maybe just now
                self._loop.call_soon_threadsafe(self._stop_event.set)
                self._loop.call_soon_threadsafe(self._tell_end)
        if is_first and self.in_flight:
            with contextlib.suppress(Exception, SystemExit):  # the screen may be gone
                self._say(
                    f"Stopping. Waiting for {self.in_flight:,} answers in flight, at most {self._drain_seconds:g} s; "
                    "Ctrl-C ends that at once."
                )

    @asynccontextmanager
    async def request(self, claim: Claim) -> AsyncIterator[None]:
        """Be around one request as long as it is in flight.

        Raises:
            StoppedError: It may not be sent.
        """
        await self._admit(claim)
        self.requests += 1
        self.in_flight += 1
        self._claimed_tokens += claim.tokens
        self._claimed_cost += claim.cost
        sent = self._clock()
        try:
            yield
        except (NoReplyError, asyncio.CancelledError) as end:
            # What the server has written of the reply is unknown, so the most that it can be counts.
            if not isinstance(end, NoReplyError) or end.may_be_billed:
                self.use(claim.prompt_tokens, claim.completion_tokens, claim.price)
            raise
        finally:
            self.seconds_in_flight += self._clock() - sent
            self.in_flight -= 1
            self._claimed_tokens -= claim.tokens
            self._claimed_cost -= claim.cost
            self._tell_end()

    def use(self, prompt_tokens: int, completion_tokens: int, price: PriceSettings) -> None:
        """Count what a request has used."""
        self.tokens += prompt_tokens + completion_tokens
        self.cost += price.of(prompt_tokens, completion_tokens)

    async def finish(self, work: asyncio.Future[_T]) -> _T:
        """Wait for `work`; after a stop no longer than for the requests in flight.

        Raises:
            StoppedError: `work` has not been finished.
        """
        stop = asyncio.ensure_future(self._watch_loop().wait())
        either: set[asyncio.Future[Any]] = {work, stop}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if self._reason is not None:
                await self._drain()
                if not work.done():
                    raise StoppedError
            return work.result()
        finally:
            stop.cancel()
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)  # else asyncio reports an exception that nobody took

    async def _admit(self, claim: Claim) -> None:
        while True:
            if self._reason is None and (spent := self._spent(claim)):
                if self.in_flight and not spent.for_good:
                    await self._next_end()  # which may use less than its most
                    continue
                self.stop(_budget_spent(spent.what))
            if self._reason is not None:
                raise StoppedError
            return

    def _spent(self, claim: Claim) -> _Spent | None:
        budget = self._budget
        if budget.requests is not None and self.requests >= budget.requests:
            return _Spent(f"--max-requests {budget.requests:,}", for_good=True)
        if budget.hours is not None and self._clock() - self._began >= budget.hours * 3600:
            return _Spent(f"--max-hours {budget.hours:g}", for_good=True)
        if budget.tokens is not None and self.tokens + self._claimed_tokens + claim.tokens > budget.tokens:
            return _Spent(f"--max-tokens {budget.tokens:,}", for_good=False)
        if budget.cost is not None and self.cost + self._claimed_cost + claim.cost > budget.cost:
            return _Spent(f"--max-cost {budget.cost:g}", for_good=False)
        return None

    def _watch_loop(self) -> asyncio.Event:
        """The event of a stop in the running loop; every `map` begins a loop of its own."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop, self._stop_event = loop, asyncio.Event()
        if self._reason is not None:
            self._stop_event.set()
        return self._stop_event

    async def _drain(self) -> None:
        try:
            async with asyncio.timeout(self._drain_seconds):
                while self.in_flight and self._waits:
                    await self._next_end()
        except TimeoutError:
            pass

    async def _next_end(self) -> None:
        end = asyncio.get_running_loop().create_future()
        self._ends.append(end)
        await end

    def _tell_end(self) -> None:
        ends, self._ends = self._ends, []
        for end in ends:
            if not end.done():
                end.set_result(None)


class _Spent(NamedTuple):
    what: str
    for_good: bool  # no end of a request in flight changes that


def _budget_spent(what: str) -> BudgetSpentError:
    return BudgetSpentError(
        f"The run has stopped: another request could exceed {what}.",
        cause="What the requests in flight may use at most counts until they have ended.",
        todo="The same command goes on from here, with a budget of its own.",
    )
