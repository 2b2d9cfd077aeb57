"""A probe says what a server offers, by requests for a few tokens each; what is missing is refused before a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from synth_builder.endpoint import server as server_module
from synth_builder.endpoint.failures import NO_ANSWER
from synth_builder.endpoint.preflight import ServerIdentity, check_endpoint
from synth_builder.endpoint.probe import CAPABILITIES, Finding, look_for, probe
from synth_builder.endpoint.server import Server
from synth_builder.errors import SynthBuilderError
from tests.endpoint.other_servers import COUNTED
from tests.endpoint.scripted import CHAT, GENERATED, HANG, Answer, Request, error, scripted
from tests.offline.serving import CONFIG, serving
from tests.tgi_contract import check_request

TGI = ServerIdentity("org/model", "abc123", "text-generation-inference 3", 128, 1000, 2000, False)
VLLM = TGI._replace(protocol="openai", served_as="writer", max_concurrent_requests=None)
PREFILL = [{"id": 1, "text": "1", "logprob": None}, {"id": 2, "text": "+", "logprob": -2.5}]


def chat(content: str = "2", logprobs: Any = None) -> Answer:
    choice = {"index": 0, "finish_reason": "length", "logprobs": logprobs}
    return Answer(200, CHAT | {"choices": [choice | {"message": {"role": "assistant", "content": content}}]})


def generated(prefill: Any) -> Answer:
    return Answer(200, GENERATED | {"details": {"finish_reason": "length", "prefill": prefill}})


LOGPROBS = {"content": [{"token": "2", "logprob": -0.5, "top_logprobs": []}]}


def find(name: str, answer: Answer, identity: ServerIdentity = TGI) -> tuple[Finding, Request]:
    with scripted(answer) as script, Server(script.url) as server:
        finding = look_for(name, server, identity)
    (request,) = script.requests
    return finding, request


@pytest.mark.parametrize(
    ("name", "answer", "without"),
    [
        ("chat", chat(), Answer(200, {"choices": []})),
        ("generate", Answer(200, GENERATED), Answer(200, {"text": "2"})),
        ("tokenize", Answer(200, [{"id": 1}]), Answer(200, {"detail": "?"})),
        ("tokenize", COUNTED, Answer(200, "<html>")),
        ("logprobs", chat(logprobs=LOGPROBS), chat()),
        ("prompt_logprobs", generated(PREFILL), generated([])),
        ("prompt_logprobs", generated(PREFILL), generated(PREFILL[:1])),
        ("json_grammar", chat('{"'), chat("2")),
        ("json_grammar", chat(" {"), chat("")),
    ],
)
def test_what_the_reply_shows_is_offered_and_nothing_else(name: str, answer: Answer, without: Answer) -> None:
    assert find(name, answer)[0] == Finding(True, "", 200)
    for poor in (without, Answer(200, "no JSON"), Answer(200, [])):
        if (name, poor.body) != ("tokenize", []):
            assert find(name, poor)[0] == Finding(False, "HTTP 200, but without it", 200)
    finding, _ = find(name, error(422, "no such thing", "validation"))
    assert (finding.offered, finding.status) == (False, 422)
    assert "no such thing" in finding.said


@pytest.mark.parametrize("name", CAPABILITIES)
def test_each_question_costs_a_few_tokens_and_is_one_that_tgi_takes(name: str) -> None:
    _, request = find(name, Answer(200, {}))
    check_request(request.path, request.body)
    assert isinstance(request.body, dict)
    limits = {"max_tokens": request.body.get("max_tokens"), **request.body.get("parameters", {})}
    assert request.path == "/tokenize" or (limits["max_tokens"] or limits["max_new_tokens"]) <= 16


def test_other_servers_are_asked_for_their_model_and_their_kind_of_schema() -> None:
    _, request = find("json_grammar", chat(), VLLM)
    assert isinstance(request.body, dict)
    assert request.body["model"] == "writer"
    assert request.body["response_format"]["type"] == "json_schema"
    assert request.body["response_format"]["json_schema"]["schema"]["type"] == "object"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_no_finding(status: int) -> None:
    with scripted(Answer(status)) as script, Server(script.url) as server:
        with pytest.raises(SynthBuilderError, match="refuses the token"):
            probe(server, TGI)
        assert len(script.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("name", [name for name in CAPABILITIES if name != "chat"])
def test_what_need_not_be_there_may_refuse_the_token(name: str, status: int) -> None:
    finding, _ = find(name, Answer(status, "no"))
    assert finding == Finding(False, f"HTTP {status}: no", status)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("name", [name for name in CAPABILITIES if name != "chat"])
def test_a_busy_server_leaves_open_what_it_offers(name: str, status: int) -> None:
    with scripted(Answer(status, "no room")) as script, Server(script.url) as server:
        assert look_for(name, server, TGI) == Finding(None, f"busy: HTTP {status}: no room", status)
    assert len(script.requests) == 3


def test_a_server_that_hangs_leaves_open_what_it_offers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "_ANSWER_SECONDS", 0.1)
    with scripted(HANG) as script, Server(script.url) as server:
        assert look_for("logprobs", server, TGI) == Finding(None, "no answer in time", NO_ANSWER)
    assert len(script.requests) == 1


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
@pytest.mark.parametrize("name", ["logprobs", "json_grammar"])
def test_reasoning_alone_leaves_open_what_is_offered(name: str, field: str) -> None:
    message = {"role": "assistant", "content": None, field: "The sum of 1 and"}
    choice = {"index": 0, "finish_reason": "length", "logprobs": None, "message": message}
    finding, _ = find(name, Answer(200, CHAT | {"choices": [choice]}))
    assert finding == Finding(None, "only reasoning came back", 200)
    assert find("chat", Answer(200, CHAT | {"choices": [choice]}))[0].offered


def test_a_probe_asks_once_for_everything() -> None:
    with scripted(chat(logprobs=LOGPROBS)) as script, Server(script.url) as server:
        found = probe(server, TGI)
    assert found.identity == TGI
    assert {name: finding.offered for name, finding in found.findings.items()} == {
        "chat": True,
        "generate": False,
        "tokenize": False,
        "logprobs": True,
        "prompt_logprobs": False,
        "json_grammar": False,
    }
    assert len(script.requests) == len(CAPABILITIES)


# --- needs of a stage -------------------------------------------------------------------------------------------------

NEEDS = {"score": {"prompt_logprobs"}, "level1": frozenset[str]()}


def test_a_need_that_is_met_costs_one_request_more() -> None:
    async def answer(request: Request) -> Answer:
        return generated(PREFILL) if request.path == "/generate" else chat()

    with scripted(answer) as server:
        check_endpoint(server.url, needs=NEEDS)
    assert [request.path for request in server.posted] == ["/v1/chat/completions", "/generate"]


@pytest.mark.parametrize(
    ("answer", "said", "todo"),
    [
        (generated([]), "HTTP 200, but without it", "--enable-prefill-logprobs"),
        (error(422, "not enabled", "validation"), "HTTP 422: not enabled (validation)", "--enable-prefill-logprobs"),
        (
            error(429, "Model is overloaded", "overloaded"),
            "busy: HTTP 429: Model is overloaded",
            "Run the same command again",
        ),
    ],
)
def test_a_need_that_is_not_met_is_named_with_its_stage(answer: Answer, said: str, todo: str) -> None:
    with scripted(chat(), answer) as server, pytest.raises(SynthBuilderError) as caught:
        check_endpoint(server.url, needs=NEEDS)
    assert f"{server.url} does not offer prompt_logprobs, which stage score needs: {said}" in caught.value.what
    assert todo in caught.value.todo


def test_the_embedded_server_offers_log_probabilities_of_prompts_only_behind_its_flag() -> None:
    with (
        serving(lambda prompt, seed: "2") as without,
        pytest.raises(SynthBuilderError, match="does not offer prompt_logprobs"),
    ):
        check_endpoint(without.url, needs=NEEDS)
    with serving(lambda prompt, seed: "2", replace(CONFIG, enable_prefill_logprobs=True)) as server:
        check_endpoint(server.url, needs=NEEDS)
