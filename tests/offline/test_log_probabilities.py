"""The log-probabilities in the answers are those of the language model, worked out here from the text by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean
from typing import Any

import pytest

from synth_builder.offline.language_model import END_ID, sample_language_model
from synth_builder.offline.tokens import tokenize
from tests.offline.serving import CONFIG, Address, chat, serving

PROMPT = "Find the area of the triangle."
REPLY = "The area is half of the base times the height."

Json = dict[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Address]:
    with serving(lambda prompt, seed: REPLY, replace(CONFIG, enable_prefill_logprobs=True)) as address:
        yield address


def scored(text: str, before: str, *, ends: bool = False) -> list[Json]:
    """The tokens of a text as TGI shows them, each scored after all tokens before it."""
    model = sample_language_model()
    pieces = [(token.id, token.text) for token in tokenize(text)] + [(END_ID, "</s>")] * ends
    context = [token.id for token in tokenize(before)]
    shown: list[Json] = []
    for number, piece in pieces:
        logprob = pytest.approx(model.logprob(number, context), abs=1e-4)
        shown.append({"id": number, "text": piece, "logprob": logprob, "special": number == END_ID})
        context.append(number)
    return shown


def best_tokens(text: str, before: str, count: int) -> list[list[Json]]:
    """The most probable tokens in the place of each token of a text, and in the one behind it."""
    model = sample_language_model()
    context, ids = ([token.id for token in tokenize(each)] for each in (before, text))
    return [
        [
            {"id": top, "text": model.text_of(top), "logprob": pytest.approx(logprob), "special": top == END_ID}
            for top, logprob in model.top(context + ids[:place], count)
        ]
        for place in range(len(ids) + 1)
    ]


def short(token: Json) -> Json:
    """A token as a chat shows it."""
    return {"token": token["text"], "logprob": token["logprob"]}


def test_details_score_the_reply_after_the_prompt(server: Address) -> None:
    body = server.ask("POST /generate", {"inputs": PROMPT, "parameters": {"details": True}})
    assert body == {
        "generated_text": REPLY,
        "details": {
            "finish_reason": "eos_token",
            "generated_tokens": len(tokenize(REPLY)) + 1,
            "seed": None,
            "prefill": [],
            "tokens": scored(REPLY, PROMPT, ends=True),
        },
    }


def test_a_reply_that_is_cut_has_no_end(server: Address) -> None:
    body = server.ask("POST /", {"inputs": PROMPT, "parameters": {"details": True, "max_new_tokens": 2}})
    assert body[0]["details"]["tokens"] == scored("The area", PROMPT)


def test_top_tokens_are_the_best_of_the_model(server: Address) -> None:
    asked = {"inputs": PROMPT, "parameters": {"details": True, "top_n_tokens": 3}}
    assert server.ask("POST /generate", asked)["details"]["top_tokens"] == best_tokens(REPLY, PROMPT, 3)


def test_the_prompt_is_scored_too(server: Address) -> None:
    asked = {"inputs": PROMPT, "parameters": {"decoder_input_details": True, "max_new_tokens": 1}}
    prefill = server.ask("POST /generate", asked)["details"]["prefill"]
    first, *others = scored(PROMPT, before="")
    expected = [first | {"logprob": None}, *others]
    assert prefill == [{name: token[name] for name in ("id", "text", "logprob")} for token in expected]


def test_a_truncated_prompt_is_scored_as_it_was_read(server: Address) -> None:
    parameters = {"decoder_input_details": True, "truncate": 3, "max_new_tokens": 1}
    details = server.ask("POST /generate", {"inputs": PROMPT, "parameters": parameters})["details"]
    assert [token["text"] for token in details["prefill"]] == [token.text for token in tokenize(PROMPT)[-3:]]


def test_a_server_without_the_flag_has_an_empty_prefill() -> None:
    with serving(lambda prompt, seed: REPLY) as server:
        details = server.ask("POST /generate", {"inputs": PROMPT, "parameters": {"decoder_input_details": True}})
    assert details["details"]["prefill"] == []
    assert details["details"]["tokens"] == scored(REPLY, PROMPT, ends=True)


def test_a_chat_shows_them_on_demand(server: Address) -> None:
    body = server.ask("POST /v1/chat/completions", chat(PROMPT, logprobs=True, top_logprobs=2))
    tokens, tops = scored(REPLY, PROMPT, ends=True), best_tokens(REPLY, PROMPT, 2)
    assert body["choices"][0]["logprobs"]["content"] == [
        {**short(token), "top_logprobs": [short(top) for top in each]} for token, each in zip(tokens, tops, strict=True)
    ]


def test_a_chat_without_top_logprobs_has_empty_lists(server: Address) -> None:
    body = server.ask("POST /v1/chat/completions", chat(PROMPT, logprobs=True))
    assert {len(token["top_logprobs"]) for token in body["choices"][0]["logprobs"]["content"]} == {0}


def test_the_better_of_two_sequences_is_the_answer() -> None:
    # Odd seeds give the probable text.
    with serving(lambda prompt, seed: REPLY if seed % 2 else f"{seed} zq {seed}") as server:
        for _ in range(8):
            parameters = {"do_sample": True, "best_of": 2, "details": True, "return_full_text": True}
            body = server.ask("POST /generate", {"inputs": PROMPT, "parameters": parameters})
            best, (other,) = body["details"], body["details"]["best_of_sequences"]
            assert best["seed"] != other["seed"]
            assert body["generated_text"] == PROMPT + "".join(token["text"] for token in best["tokens"][:-1])
            assert other["generated_text"].startswith(PROMPT)
            means = [fmean(token["logprob"] for token in each["tokens"]) for each in (best, other)]
            assert means[0] >= means[1]
            assert best["seed"] % 2 or not other["seed"] % 2
