"""A server is closed when it answers nobody, and opened when it answers a probe."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from synth_builder.endpoint.failures import NO_ANSWER, NoReplyError
from synth_builder.endpoint.health import EndpointDownError, Health, Patience
from tests.endpoint.virtual_time import now, run

OVERLOADED = NoReplyError(503, "unhealthy")


class Server:
    """Answers probes as told: `failure` is what it says, None is a reply."""

    def __init__(self, failure: NoReplyError | None = None) -> None:
        self.failure = failure
        self.probed: list[float] = []
        self.changes: list[bool] = []
        self.on_change: Callable[[], None] = lambda: None
        self.health = Health(self._answer, self._change)

    async def _answer(self) -> None:
        self.probed.append(now())
        await asyncio.sleep(0.01)
        if self.failure:
            raise self.failure

    def _change(self) -> None:
        self.changes.append(self.health.is_up)
        self.on_change()

    def fail(self, times: int, in_flight: int = 1) -> None:
        for _ in range(times):
            self.health.count_failure(in_flight)


def use(steps: Callable[[Server], Awaitable[None]], failure: NoReplyError | None = None) -> Server:
    """Let a server go through `steps`."""

    async def take_steps() -> Server:
        server = Server(failure)
        await steps(server)
        await server.health.close()
        return server

    return run(take_steps())


@pytest.mark.parametrize(("in_flight", "failures"), [(1, 5), (5, 5), (64, 64)])
def test_as_many_failures_in_a_row_as_requests_in_flight_and_five_at_least_close_it(
    in_flight: int, failures: int
) -> None:
    async def steps(server: Server) -> None:
        server.fail(failures - 1, in_flight)
        assert server.health.is_up
        server.fail(1, in_flight)
        assert not server.health.is_up

    assert use(steps, OVERLOADED).changes == [False]


def test_a_success_in_between_begins_the_row_anew() -> None:
    async def steps(server: Server) -> None:
        for _ in range(10):
            server.fail(4)
            server.health.count_success()
        await asyncio.sleep(1.0)
        assert server.health.is_up

    assert use(steps, OVERLOADED).probed == []


def test_a_server_that_answers_the_probe_is_open_again_at_once_and_had_no_outage() -> None:
    async def steps(server: Server) -> None:
        server.fail(5)
        await asyncio.sleep(0.1)
        assert server.health.is_up
        server.fail(4)
        assert server.health.is_up  # the row begins anew

    server = use(steps)
    assert server.changes == [False, True]
    assert server.health.outages == 0
    assert len(server.probed) == 1


def test_probes_are_sent_with_waits_of_1_to_30_seconds_until_one_is_answered() -> None:
    async def steps(server: Server) -> None:
        server.fail(5)
        await asyncio.sleep(200.0)
        assert not server.health.is_up
        server.failure = None
        await asyncio.sleep(30.1)
        assert server.health.is_up
        await asyncio.sleep(200.0)

    server = use(steps, OVERLOADED)
    waits = [later - earlier - 0.01 for earlier, later in zip(server.probed, server.probed[1:], strict=False)]
    for wait, longest in zip(waits, (1, 2, 4, 8, 16, 30, 30, 30), strict=False):
        assert longest / 2 <= wait <= longest + 0.01
    assert len(waits) >= 8
    assert server.health.outages == 1
    assert server.changes == [False, True]


def test_a_probe_waits_as_long_as_the_server_asks_for_within_reason() -> None:
    async def steps(server: Server) -> None:
        server.fail(5)
        await asyncio.sleep(100.0)
        server.failure = NoReplyError(429, "later", 1e9)
        await asyncio.sleep(2000.0)

    server = use(steps, NoReplyError(429, "later", 90.0))
    first, second, third, fourth = server.probed[:4]
    assert second - first == pytest.approx(90.0, abs=0.1)
    assert third - second == pytest.approx(90.0, abs=0.1)
    assert fourth - third == pytest.approx(300.0, abs=0.1)


def test_a_probe_that_nobody_answers_ends_after_30_seconds() -> None:
    async def steps(_: Server) -> None:
        health = Health(asyncio.Event().wait, lambda: None)
        started = now()
        assert not await health.is_well()
        assert now() - started == pytest.approx(30.0, abs=0.1)
        assert health.failure is not None
        assert health.failure.status == NO_ANSWER
        assert "30 s" in str(health.failure)
        await health.close()

    use(steps)


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_a_probe_that_is_refused_for_good_is_the_last(status: int) -> None:
    async def steps(server: Server) -> None:
        server.fail(5)
        await asyncio.sleep(1000.0)
        assert server.health.is_refused
        assert not await server.health.is_well()

    server = use(steps, NoReplyError(status, "no"))
    assert len(server.probed) == 1
    assert server.changes[-1] is False
    assert len(server.changes) == 2  # closed, then known to be so for good


@pytest.mark.parametrize("status", [400, 422])
def test_a_server_that_finds_fault_with_the_probe_is_there(status: int) -> None:
    async def steps(server: Server) -> None:
        assert await server.health.is_well()
        assert server.health.is_up

    use(steps, NoReplyError(status, "`max_tokens` must be at least 16"))


def test_whether_it_is_well_is_asked_once_for_all_who_want_to_know() -> None:
    async def steps(server: Server) -> None:
        assert await asyncio.gather(*(server.health.is_well() for _ in range(50))) == [True] * 50
        assert len(server.probed) == 1
        assert server.health.is_up
        server.failure = OVERLOADED
        assert await asyncio.gather(*(server.health.is_well() for _ in range(50))) == [False] * 50
        assert len(server.probed) == 2
        assert not server.health.is_up

    server = use(steps)
    assert server.health.outages == 1


def test_one_who_gives_up_waiting_for_the_probe_leaves_it_to_the_others() -> None:
    async def steps(server: Server) -> None:
        waiting = [asyncio.create_task(server.health.is_well()) for _ in range(2)]
        await asyncio.sleep(0.005)
        waiting[0].cancel()
        assert await waiting[1]

    use(steps)


# --- all servers of an endpoint ---------------------------------------------------------------------------------------


async def wait_for_end(servers: list[Server], steps: Callable[[], Awaitable[None]]) -> list[tuple[float, str]]:
    """Let `servers` go through `steps` under a patience of 100 s; when it ended, and why."""
    began, ends = now(), []

    def end(reason: EndpointDownError) -> None:
        ends.append((now() - began, reason.what))

    patience = Patience(100.0, {f"http://{n}": server.health for n, server in enumerate(servers)}, end)
    for server in servers:
        server.on_change = patience.look
    await steps()
    for server in servers:
        await server.health.close()
    patience.close()
    return ends


def test_the_patience_runs_while_all_servers_are_down_and_begins_anew_when_one_comes_back() -> None:
    async def use() -> list[tuple[float, str]]:
        one, other = Server(OVERLOADED), Server(NoReplyError(NO_ANSWER, "refused"))

        async def steps() -> None:
            one.fail(5)
            await asyncio.sleep(500.0)  # the other is up
            other.fail(5)
            await asyncio.sleep(60.0)
            one.failure = None
            await asyncio.sleep(1000.0)  # one is up again
            one.failure = OVERLOADED
            one.fail(5)
            await asyncio.sleep(99.0)
            await asyncio.sleep(2.0)

        return await wait_for_end([one, other], steps)

    ((seconds, what),) = run(use())
    assert seconds == pytest.approx(500 + 60 + 1000 + 100, abs=0.1)
    assert what == "The endpoint has not answered for 100 seconds (http://0: HTTP 503: unhealthy; http://1: refused)."


def test_servers_that_all_refuse_for_good_are_not_waited_for() -> None:
    async def use() -> list[tuple[float, str]]:
        one, other = Server(NoReplyError(401, "no key")), Server(NoReplyError(404, "no model"))

        async def steps() -> None:
            one.fail(5)
            await asyncio.sleep(50.0)
            other.fail(5)
            await asyncio.sleep(50.0)

        return await wait_for_end([one, other], steps)

    ((seconds, what),) = run(use())
    assert seconds == pytest.approx(50.0, abs=0.1)
    assert what == "The endpoint refuses all requests (http://0: HTTP 401: no key; http://1: HTTP 404: no model)."
