"""Tokens are counted by the server, each kind asked in its own way, or by a rule that is said."""

from __future__ import annotations

import pytest

from synth_builder.endpoint.preflight import ServerIdentity, check_endpoint
from synth_builder.endpoint.server import Server
from synth_builder.endpoint.tokens import count_tokens
from synth_builder.errors import SynthBuilderError
from tests.endpoint.other_servers import COUNTED, LLAMA_CPP, VLLM, openai_server
from tests.endpoint.scripted import CUT, Answer, Request, Step, scripted
from tests.offline.serving import serving

TGI = ServerIdentity("org/model", "abc123", "text-generation-inference 3", 128, 1000, 2000, False)
TOKEN = "hf_NotForAnyFileOrText"


def count(url: str, texts: list[str], identity: ServerIdentity = TGI, token: str | None = None) -> list[int]:
    with Server(url, token=token) as server:
        return count_tokens(server, identity, texts)


def test_tgi_counts_in_the_order_of_the_texts() -> None:
    with serving(lambda prompt, seed: "") as server:
        assert count(server.url, ["word" + " word" * n for n in range(30)]) == list(range(1, 31))


async def words(request: Request) -> Answer:
    """Count words as vLLM and SGLang do."""
    assert isinstance(request.body, dict)
    tokens = request.body["prompt"].split()
    return Answer(200, {"count": len(tokens), "max_model_len": 9, "tokens": tokens})


async def words_without_count(request: Request) -> Answer:
    """Count words as llama.cpp does."""
    assert isinstance(request.body, dict)
    return Answer(200, {"tokens": request.body["content"].split()})


@pytest.mark.parametrize(("entry", "tokenize"), [(VLLM, words), (LLAMA_CPP, words_without_count)])
def test_other_servers_count_in_their_own_way(entry: dict[str, object], tokenize: Step) -> None:
    with openai_server(entry, tokenize=tokenize) as server:
        identity = check_endpoint(server.url)
        assert identity.can_count
        assert count(server.url, ["a b c", "a", ""], identity) == [3, 1, 0]
    assert isinstance(server.posted[-1].body, dict)
    assert server.posted[-1].body["model"] == entry["id"]


@pytest.mark.parametrize("tokenize", [Answer(404), Answer(200, {"detail": "?"}), Answer(200, "<html>")])
def test_a_server_that_counts_none_is_not_asked_again_and_two_bytes_are_a_token(tokenize: Answer) -> None:
    with openai_server(VLLM, tokenize=tokenize) as server:
        identity = check_endpoint(server.url)
        assert not identity.can_count
        before = len(server.requests)
        assert count(server.url, ["", "a", "ab", "abc", "∑"], identity) == [0, 1, 1, 2, 2]
        assert len(server.requests) == before


@pytest.mark.parametrize("fault", [*(Answer(status) for status in (408, 429, 500, 503)), CUT], ids=str)
def test_a_fault_that_passes_is_met_by_another_attempt(fault: Step) -> None:
    with scripted(*[fault] * 5, Answer(200, [{"id": 1}])) as server:
        assert count(server.url, ["text"]) == [1]
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    ("step", "attempts", "cause"),
    [
        (Answer(401), 1, "does not let the key use this route"),
        (Answer(403), 1, "does not let the key use this route"),
        (Answer(404), 1, "does not count this text"),
        (Answer(413), 1, "payload limit"),
        (Answer(422), 1, "does not count this text"),
        (Answer(200, "<html>"), 1, "none of a server that counts"),
        (Answer(408), 6, "too busy or fails"),
        (Answer(429), 6, "too busy or fails"),
        (Answer(500), 6, "too busy or fails"),
        (CUT, 6, "has crashed"),
    ],
    ids=str,
)
def test_each_failure_has_its_attempts_and_its_cause(step: Step, attempts: int, cause: str) -> None:
    with scripted(step) as server, pytest.raises(SynthBuilderError) as caught:
        count(server.url, ["text"])
    assert cause in caught.value.cause
    assert len(server.requests) == attempts


@pytest.mark.parametrize("step", [Answer(413, "too large"), Answer(200, "<html>"), Answer(200, {"tokens": 1})])
@pytest.mark.parametrize("protocol", ["tgi", "openai"])
def test_a_text_that_is_not_counted_is_an_error(step: Answer, protocol: str) -> None:
    with scripted(step) as server, pytest.raises(SynthBuilderError, match=f"HTTP {step.status}") as caught:
        count(server.url, ["text"], TGI._replace(protocol=protocol))
    assert server.url in caught.value.what
    assert caught.value.todo


def test_the_token_is_sent_and_gets_into_no_error() -> None:
    async def repeat_headers(request: Request) -> Answer:
        return Answer(500, request.headers["authorization"])

    with scripted(repeat_headers) as server, pytest.raises(SynthBuilderError) as caught:
        count(server.url, ["text"], token=TOKEN)
    assert "Bearer ***" in str(caught.value)
    assert TOKEN not in str(caught.value)


def test_the_check_of_counting_costs_one_request() -> None:
    with openai_server(VLLM, tokenize=COUNTED) as server:
        check_endpoint(server.url)
    assert [request.path for request in server.posted].count("/tokenize") == 1
