"""One look at a server: which cause an error names, what is attempted again, and what no error ever shows."""

from __future__ import annotations

import asyncio
import json

import pytest

from synth_builder.endpoint import probe
from synth_builder.endpoint import server as server_module
from synth_builder.endpoint.preflight import check_endpoint
from synth_builder.endpoint.server import Server
from tests.endpoint.looking import PATHS, TOKEN, refuse
from tests.endpoint.scripted import CHAT, CUT, CUT_INSIDE, GENERATED, Answer, Request, Step, scripted

# --- no answer --------------------------------------------------------------------------------------------------------


def test_nobody_listening() -> None:
    with scripted() as server:
        pass
    failure = refuse(server.url)
    assert "No server can be reached" in failure.what
    assert "still loading" in failure.cause
    assert "Start a server" in failure.todo


def test_a_host_that_has_no_address() -> None:
    failure = refuse("http://no-such-host.invalid")
    assert "cannot be resolved" in failure.cause
    assert "network" in failure.todo


def test_https_of_a_server_that_speaks_http() -> None:
    with scripted() as server:
        failure = refuse(server.url.replace("http", "https"))
    assert "does not speak https" in failure.cause
    assert "http://" in failure.todo


@pytest.mark.parametrize("path", ["/health", "/info", "/v1/chat/completions"])
def test_a_server_that_cuts_the_connection(path: str) -> None:
    with scripted(CUT, gets={path: CUT}) as server:
        failure = refuse(server.url)
    assert "cut the connection" in failure.what
    assert path in failure.what
    assert "crashed" in failure.cause


# --- faults that pass -------------------------------------------------------------------------------------------------

PASSING: list[Step] = [*(Answer(status) for status in (408, 424, 429, 500, 502, 503)), CUT, CUT_INSIDE]


@pytest.mark.parametrize("route", ["chat", "generate"])
@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_a_fault_that_passes_is_met_by_another_attempt(route: str, fault: Step) -> None:
    with scripted(fault, fault, Answer(200, CHAT if route == "chat" else GENERATED)) as server:
        assert check_endpoint(server.url, route=route).model_id == "org/model"
    assert [request.path for request in server.posted] == [PATHS[route]] * 3


@pytest.mark.parametrize("fault", [step for step in PASSING if step != Answer(429)], ids=str)
def test_a_fault_that_stays_ends_after_three_attempts(fault: Step) -> None:
    with scripted(fault) as server:
        refuse(server.url)
    assert len(server.posted) == 3


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 413, 422])
def test_a_refusal_is_not_asked_again(status: int) -> None:
    with scripted(Answer(status)) as server:
        refuse(server.url)
    assert len(server.posted) == 1


def test_attempts_wait_longer_and_longer_and_as_the_server_says_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("synth_builder.endpoint.server.time.sleep", waits.append)
    monkeypatch.setattr(server_module, "_FIRST_WAIT_SECONDS", 0.5)
    told = [Answer(503, "", {"retry-after": after}) for after in ("0", "0", "7", "9999", "0")]
    with scripted(*told) as script, Server(script.url) as server:
        server.post("/generate", {}, tries=5)
    assert waits == [0.5, 1.0, 7.0, 30.0]


def test_the_first_token_has_time_for_a_model_to_be_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def load(_: Request) -> Answer:
        await asyncio.sleep(0.4)
        return Answer(200, CHAT)

    assert probe._COLD_SECONDS == 300
    monkeypatch.setattr(server_module, "_ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(probe, "_NOTICE_SECONDS", 0.1)
    with scripted(load) as server:
        assert check_endpoint(server.url).model_id == "org/model"
    assert f"{server.url} has not answered yet: it may be loading its model" in capsys.readouterr().err


def test_a_server_that_answers_soon_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    with scripted() as server:
        check_endpoint(server.url)
    assert capsys.readouterr().err == ""


# --- headers ----------------------------------------------------------------------------------------------------------


def test_the_key_and_who_pays_are_sent_where_they_are_given_and_a_saved_token_never(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_SavedOnThisMachine")
    with scripted() as named, scripted() as other:
        check_endpoint(named.url, token=TOKEN, bill_to="my-organisation")
        check_endpoint(other.url)
    assert {request.headers.get("authorization") for request in named.requests} == {f"Bearer {TOKEN}"}
    assert {request.headers.get("x-hf-bill-to") for request in named.requests} == {"my-organisation"}
    assert {request.headers.get("authorization") for request in other.requests} == {None}
    assert {request.headers.get("x-hf-bill-to") for request in other.requests} == {None}


def test_the_token_gets_into_no_error_even_if_the_server_repeats_it() -> None:
    async def repeat_headers(request: Request) -> Answer:
        return Answer(500, request.headers["authorization"])

    with scripted(repeat_headers) as server:
        failure = refuse(server.url, token=TOKEN)
    assert "Bearer ***" in failure.what
    assert TOKEN not in str(failure) + repr(failure)


@pytest.mark.parametrize("name", ["bill_to", "token"])
@pytest.mark.parametrize("value", ["secret\nline", "sécret", "two secrets"])
def test_what_cannot_be_sent_is_refused_and_not_shown(name: str, value: str) -> None:
    with scripted() as server:
        failure = refuse(server.url, **{name: value})
    assert "cannot be sent" in failure.what
    assert "cret" not in str(failure)
    assert not server.requests


KEY = "gw/key+1/2=="


@pytest.mark.parametrize("escape", [("", ""), ("/", "\\/"), ("+", "\\u002b"), ("k", "\\u006B")])
@pytest.mark.parametrize("nested", [False, True])
def test_what_a_server_says_is_found_and_the_token_masked_though_json_escapes_it(
    escape: tuple[str, str], nested: bool
) -> None:
    body = json.dumps({"error": {"message": f"the key {KEY} is wrong"}}).replace(*escape)
    answer = Answer(418, json.dumps({"error": body}) if nested else body)
    with scripted(answer) as script, Server(script.url, token=KEY) as server:
        assert server.say(server.post("/generate", {}, tries=1)) == "HTTP 418: the key *** is wrong"


def test_a_message_is_cut_after_its_token_is_masked() -> None:
    with scripted(Answer(418, "x" * 195 + KEY)) as script, Server(script.url, token=KEY) as server:
        assert server.find_message(server.post("/generate", {}, tries=1)) == "x" * 195 + "***"
