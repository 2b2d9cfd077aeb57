"""A look at an endpoint tells who answers, or in words what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from synth_builder.endpoint import preflight
from synth_builder.endpoint.preflight import ServerIdentity, check_endpoint, count_tokens
from synth_builder.errors import SynthBuilderError
from tests.endpoint.scripted import CHAT, CUT, GENERATED, HANG, INFO, Answer, Request, Step, error, scripted
from tests.offline.serving import CONFIG, serving
from tests.tgi_contract import check_request

TOKEN = "hf_NotForAnyFileOrText"


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no-token"))


def refuse(url: str, *, route: str = "chat") -> SynthBuilderError:
    """The error of a look at `url`; every one names the address and says what to do."""
    with pytest.raises(SynthBuilderError) as caught:
        check_endpoint(url, route=route)
    assert url in caught.value.what
    assert caught.value.cause
    assert caught.value.todo
    return caught.value


# --- servers that can be used -----------------------------------------------------------------------------------------


def test_the_embedded_server_passes_and_is_known_as_rule_based() -> None:
    with serving(lambda prompt, seed: "2") as server:
        identity = check_endpoint(server.url)
    assert identity == ServerIdentity(
        CONFIG.model_id, CONFIG.model_sha, "text-generation-inference 3.3.6 (offline)", 128, 16_383, 16_384, True
    )


@pytest.mark.parametrize(("route", "path"), [("chat", "/v1/chat/completions"), ("generate", "/generate")])
def test_health_and_info_are_read_and_one_token_is_asked_for_on_the_route_in_use(route: str, path: str) -> None:
    with scripted(Answer(200, CHAT if route == "chat" else GENERATED)) as server:
        identity = check_endpoint(server.url, route=route)
    assert [(request.method, request.path) for request in server.requests] == [
        ("GET", "/health"),
        ("GET", "/info"),
        ("POST", path),
    ]
    check_request(path, server.posted[0].body)
    assert identity == ServerIdentity(
        "org/model", "abc123", "text-generation-inference 3.3.6 (native)", 128, 1000, 2000, False
    )


def test_what_info_leaves_out_has_a_stand_in() -> None:
    with scripted(gets={"/info": Answer(200, {"model_id": "m", "model_sha": None, "max_total_tokens": 7})}) as server:
        identity = check_endpoint(server.url)
    assert identity == ServerIdentity("m", "unknown", "text-generation-inference unknown (native)", 128, 7, 7, False)


def test_a_busy_server_is_alive() -> None:
    with scripted(error(429, "Model is overloaded", "overloaded")) as server:
        assert check_endpoint(server.url).model_id == "org/model"


# --- servers that cannot ----------------------------------------------------------------------------------------------


def test_nobody_listening() -> None:
    with scripted() as server:
        pass
    failure = refuse(server.url)
    assert "No server can be reached" in failure.what
    assert "Start a TGI server" in failure.todo


@pytest.mark.parametrize("url", ["http://127.0.0.1:99999", "http://[bad"])
def test_an_address_that_is_none(url: str) -> None:
    assert refuse(url).todo


def test_a_server_that_is_not_healthy() -> None:
    with scripted(gets={"/health": error(503, "unhealthy", "healthcheck")}) as server:
        failure = refuse(server.url)
    assert "not healthy" in failure.what
    assert "log" in failure.todo
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "info",
    [
        Answer(404, "404: Not Found"),
        Answer(200, "<html>Welcome</html>", {"content-type": "text/html"}),
        Answer(200, b"\xff\xfe"),
        Answer(200, ["model"]),
        Answer(200, {"model_id": "no limits"}),
        Answer(200, {**INFO, "max_total_tokens": None}),
        Answer(200, {**INFO, "max_concurrent_requests": "many"}),
    ],
)
def test_a_server_that_is_no_tgi(info: Answer) -> None:
    with scripted(gets={"/info": info}) as server:
        failure = refuse(server.url)
    assert f"no TGI server: GET /info gave HTTP {info.status}" in failure.what
    assert "/info directly below it" in failure.todo
    assert not server.posted


def test_an_address_with_v1_in_it() -> None:
    with scripted() as server:
        failure = refuse(f"{server.url}/v1")
    assert "/v1" in failure.cause
    assert [request.path for request in server.requests] == ["/v1/health", "/v1/info"]


@pytest.mark.parametrize("where", ["info", "token"])
@pytest.mark.parametrize("status", [401, 403])
def test_a_server_that_refuses_the_token(status: int, where: str) -> None:
    gets: dict[str, Step] = {"/info": Answer(status)} if where == "info" else {}
    with scripted(Answer(status), gets=gets) as server:
        failure = refuse(server.url)
    assert f"refuses the token (HTTP {status})" in failure.what
    assert "HF_TOKEN" in failure.todo


def test_a_model_without_a_chat_template() -> None:
    with scripted(error(422, "Template error: template not found", "template_error")) as server:
        failure = refuse(server.url)
    assert "HTTP 422" in failure.what
    assert "template not found" in failure.what
    assert "route: generate" in failure.todo


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_a_server_that_cannot_write(route: str) -> None:
    with scripted(error(500, "Incomplete generation", "incomplete_generation")) as server:
        failure = refuse(server.url, route=route)
    assert "cannot write one token: HTTP 500" in failure.what
    assert "log" in failure.todo


@pytest.mark.parametrize("path", ["/health", "/info", "/v1/chat/completions"])
def test_a_server_that_hangs(monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(preflight, "_ANSWER_SECONDS", 0.1)
    with scripted(HANG, gets={path: HANG}) as server:
        failure = refuse(server.url)
    assert f"{path} in time" in failure.what
    assert "Wait" in failure.todo


@pytest.mark.parametrize("path", ["/health", "/info", "/v1/chat/completions"])
def test_a_server_that_cuts_the_connection(path: str) -> None:
    with scripted(CUT, gets={path: CUT}) as server:
        failure = refuse(server.url)
    assert "No server can be reached" in failure.what


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_the_token_is_sent_where_it_is_wanted_and_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    with scripted() as named, scripted() as embedded:
        check_endpoint(named.url)
        check_endpoint(embedded.url, send_token=False)
    assert {request.headers.get("authorization") for request in named.requests} == {f"Bearer {TOKEN}"}
    assert {request.headers.get("authorization") for request in embedded.requests} == {None}


def test_the_token_gets_into_no_error_even_if_the_server_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)

    async def repeat_headers(request: Request) -> Answer:
        return Answer(500, request.headers["authorization"])

    with scripted(repeat_headers) as server:
        failure = refuse(server.url)
        with pytest.raises(SynthBuilderError) as caught:
            count_tokens(server.url, ["text"])
    assert "Bearer ***" in str(failure)
    for text in (str(failure), repr(failure), str(caught.value)):
        assert TOKEN not in text


# --- counts of tokens -------------------------------------------------------------------------------------------------


def test_tokens_are_counted_by_the_server_in_the_order_of_the_texts() -> None:
    with serving(lambda prompt, seed: "") as server:
        assert count_tokens(server.url, ["word" + " word" * n for n in range(30)]) == list(range(1, 31))


@pytest.mark.parametrize("step", [Answer(413, "too large"), Answer(200, "<html>"), Answer(200, {"tokens": 1})])
def test_a_server_that_counts_no_tokens_is_named(step: Answer) -> None:
    with scripted(step) as server, pytest.raises(SynthBuilderError, match=f"HTTP {step.status}") as caught:
        count_tokens(server.url, ["text"])
    assert server.url in caught.value.what
    assert caught.value.todo
