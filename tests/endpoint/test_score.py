"""A text is scored by the log-probabilities that the server has for its tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from synth_builder.endpoint.client import RequestError, TokenLogprob
from synth_builder.offline.language_model import sample_language_model
from synth_builder.offline.tokens import tokenize
from tests.endpoint.asking import TRIES, connect, run
from tests.endpoint.scripted import GENERATED, Answer, Request, error, scripted
from tests.offline.serving import CONFIG, Address, serving
from tests.tgi_contract import check_request

PREFILL = [
    {"id": 1, "text": "<s>", "logprob": None},
    {"id": 17, "text": "Yes", "logprob": -0.5},
    {"id": 9, "text": ".", "logprob": 0.0},
]


def scored(prefill: object) -> Answer:
    return Answer(200, {**GENERATED, "details": {**GENERATED["details"], "prefill": prefill}})  # type: ignore[dict-item]


def score(url: str, text: str = "Yes.", **settings: Any) -> list[TokenLogprob]:
    connection = connect(url, **settings)
    return run([connection], lambda: connection.score(text))


def fail(url: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        score(url)
    return caught.value


@pytest.mark.parametrize("route", ["chat", "generate"])
def test_a_score_asks_for_the_prompts_details_and_for_no_sampling(route: str) -> None:
    with scripted(scored(PREFILL)) as server:
        tokens = score(server.url, " as it is\n", route=route)
    (request,) = server.requests
    assert request.path == "/generate"
    check_request("/generate", request.body)
    assert isinstance(request.body, dict)
    assert request.body["inputs"] == " as it is\n"
    assert {name: value for name, value in request.body["parameters"].items() if value not in (None, [], False)} == {
        "details": True,
        "decoder_input_details": True,
        "max_new_tokens": 1,
    }
    assert request.body["parameters"]["return_full_text"] is False
    assert tokens == [TokenLogprob(1, "<s>", None), TokenLogprob(17, "Yes", -0.5), TokenLogprob(9, ".", 0.0)]


def test_a_token_of_half_a_character_can_be_written() -> None:
    with scripted(scored([{"id": 1, "text": "\ud83d", "logprob": -0.5}])) as server:
        assert score(server.url) == [TokenLogprob(1, "?", -0.5)]


@pytest.mark.parametrize("prefill", [[], None])
def test_a_server_without_the_flag_is_named_as_such_after_one_request(prefill: object) -> None:
    with scripted(scored(prefill)) as server:
        failure = fail(server.url)
    assert failure.kind == "unsupported"
    assert "--enable-prefill-logprobs" in failure.detail
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("step", "kind", "attempts"),
    [
        (error(429, "Model is overloaded", "overloaded"), "transient", TRIES),
        (error(424, "Request failed during generation: out of memory", "generation"), "transient", 3),
        (error(422, "Input validation error: `inputs` must have less than 9 tokens.", "validation"), "too_long", 1),
        (Answer(404, {"detail": "Not Found"}), "transient", 1),
        (Answer(200, {"generated_text": "no details"}), "transient", 3),
    ],
)
def test_a_score_that_fails_is_tried_again_by_the_same_table(step: Answer, kind: str, attempts: int) -> None:
    with scripted(step) as server:
        assert fail(server.url).kind == kind
    assert len(server.requests) == attempts


def test_scores_keep_to_the_slots() -> None:
    async def answer_late(_: Request) -> Answer:
        await asyncio.sleep(0.02)
        return scored(PREFILL)

    with scripted(answer_late) as server:
        connection = connect(server.url, max_concurrency=3)

        async def score_all() -> None:
            await asyncio.gather(*(connection.score("Yes.") for _ in range(12)))

        run([connection], score_all)
    assert server.most_in_flight == 3


# --- against a server with a model ------------------------------------------------------------------------------------

TEXTS = [
    "A group is a set with one operation.",
    "The sum of the angles of a triangle is 180 degrees, as Euclid proved in Book I.\n\nWhat is the third angle?",
    "zxqv qqjw √2 ≤ 3½ — 漢字 🙂",
    "one",
    " \n\n  leading space, 12345 and\ttabs  ",
    "The number of ways is n! / (k! (n - k)!). " * 200,
]


@pytest.fixture(scope="module")
def embedded() -> Iterator[Address]:
    with serving(lambda prompt, seed: "Yes.", replace(CONFIG, enable_prefill_logprobs=True)) as address:
        yield address


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_a_score_equals_that_of_the_servers_own_model(embedded: Address, text: str) -> None:
    tokens = score(embedded.url, text)
    model = sample_language_model()
    ids = [token.id for token in tokenize(text)]
    assert [token.id for token in tokens] == ids
    assert "".join(token.text for token in tokens) == text
    assert tokens[0].logprob is None
    expected = [model.logprob(ids[place], ids[:place]) for place in range(1, len(ids))]
    assert [token.logprob for token in tokens[1:]] == pytest.approx(expected, abs=1e-4)
    assert all(logprob < 0.0 for logprob in expected)


def test_each_of_many_scores_at_once_is_that_of_its_own_text(embedded: Address) -> None:
    connection = connect(embedded.url)

    async def score_all() -> list[list[TokenLogprob]]:
        return await asyncio.gather(*(connection.score(text) for text in TEXTS))

    assert run([connection], score_all) == [score(embedded.url, text) for text in TEXTS]


def test_the_embedded_server_without_the_flag_is_named_as_such() -> None:
    with serving(lambda prompt, seed: "Yes.") as server:
        assert fail(server.url).kind == "unsupported"


def test_a_text_beyond_the_window_is_too_long_to_be_scored(embedded: Address) -> None:
    with pytest.raises(RequestError) as caught:
        score(embedded.url, "word " * 20_000)
    assert caught.value.kind == "too_long"
