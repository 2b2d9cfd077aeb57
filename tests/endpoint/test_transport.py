"""The transport carries requests faithfully, as many at once as are sent, and closes what it opened."""

from __future__ import annotations

import asyncio
import gc
import gzip
import warnings

import pytest

from synth_builder.endpoint import transport
from synth_builder.endpoint.transport import Answer as Received
from synth_builder.endpoint.transport import Transport, TransportError
from tests.endpoint.scripted import CUT, CUT_INSIDE, HANG, Answer, Request, Script, scripted, unanswered


def post(url: str, content: bytes = b"{}", headers: dict[str, str] | None = None) -> Received:
    async def send() -> Received:
        transport = Transport(headers or {})
        try:
            return await transport.post(url, content)
        finally:
            await transport.close()

    return asyncio.run(send())


def test_body_and_headers_arrive_and_come_back() -> None:
    with scripted(Answer(418, "réponse", {"x-answer": "1"})) as server:
        response = post(f"{server.url}/a", '{"k": "é"}'.encode(), {"x-question": "2", "content-type": "text/plain"})
    assert (response.status, response.text, response.headers["x-answer"]) == (418, "réponse", "1")
    (request,) = server.requests
    assert (request.method, request.path, request.body) == ("POST", "/a", {"k": "é"})
    assert request.headers["x-question"] == "2"
    assert request.headers["content-type"] == "text/plain"


def test_a_compressed_answer_is_unpacked_once() -> None:
    with scripted(Answer(200, gzip.compress(b"plain"), {"content-encoding": "gzip"})) as server:
        assert post(server.url).text == "plain"


def test_a_redirect_is_handed_back_and_not_followed() -> None:
    with scripted(Answer(307, "", {"location": "/elsewhere"})) as server:
        assert post(server.url).status == 307
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [CUT, CUT_INSIDE])
def test_a_cut_connection_is_a_read_error(step: str) -> None:
    with scripted(step) as server, pytest.raises(TransportError, match=r"^ReadError: "):
        post(server.url)


def test_nobody_listening_is_a_connect_error() -> None:
    with scripted() as server:
        pass
    with pytest.raises(TransportError, match=r"^ConnectError: "):
        post(server.url)


def test_a_connection_that_nobody_takes_up_is_a_connect_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_CONNECT_SECONDS", 0.1)
    with unanswered() as url, pytest.raises(TransportError, match=r"^ConnectTimeout: "):
        post(url)


def test_300_requests_are_in_flight_at_once() -> None:
    everybody = 300

    async def send_all(server: Script) -> list[int]:
        transport = Transport({})
        answers = await asyncio.gather(*(transport.post(server.url, b"{}") for _ in range(everybody)))
        await transport.close()
        return [answer.status for answer in answers]

    arrived = asyncio.Event()

    async def wait_for_all(_: Request) -> Answer:
        if server.in_flight == everybody:
            arrived.set()
        await arrived.wait()
        return Answer(200)

    with scripted(wait_for_all) as server:
        assert asyncio.run(send_all(server)) == [200] * everybody
    assert server.most_in_flight == everybody


def test_nothing_is_left_open_even_after_a_request_was_given_up() -> None:
    async def send(server: Script) -> None:
        transport = Transport({})
        await transport.post(server.url, b"{}")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await transport.post(server.url, b"{}")
        await transport.close()

    with scripted(Answer(200, "x" * 100_000), HANG) as server, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(send(server))
        gc.collect()
    assert [str(warning.message) for warning in caught if warning.category is ResourceWarning] == []
