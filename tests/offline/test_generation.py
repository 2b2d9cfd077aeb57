"""Replies end where TGI would end them, and their tokens have the probabilities of the language model."""

from __future__ import annotations

from itertools import pairwise

import pytest

from synth_builder.offline.generation import generate
from synth_builder.offline.language_model import END_ID, LanguageModel, sample_language_model
from synth_builder.offline.tokens import tokenize
from synth_builder.offline.validation import Work

PROMPT = "Two bakers share 12 loaves."
REPLY = "The area of a triangle is half of the base times the height."


def no_model() -> LanguageModel:
    raise AssertionError("the language model was not needed")


@pytest.mark.parametrize(
    ("stop", "max_new_tokens", "text", "tokens", "finish_reason"),
    [
        ((), 9, "one two three END four", 6, "eos_token"),
        ((), 7, "one two three END four", 6, "eos_token"),
        ((), 6, "one two three END four", 6, "length"),
        ((), 5, "one two three END four", 5, "length"),
        ((), 2, "one two", 2, "length"),
        (("END",), 9, "one two three END", 4, "stop_sequence"),
        (("END",), 4, "one two three END", 4, "length"),
        (("END",), 2, "one two", 2, "length"),
        (("four", "tw"), 9, "one tw", 2, "stop_sequence"),
        (("absent",), 9, "one two three END four", 6, "eos_token"),
        (("",), 9, "one two three END four", 6, "eos_token"),
    ],
)
def test_a_reply_ends_at_a_stop_sequence_or_at_the_limit(
    stop: tuple[str, ...], max_new_tokens: int, text: str, tokens: int, finish_reason: str
) -> None:
    work = Work("prompt", 1, max_new_tokens, stop)
    (generation,) = generate(work, lambda prompt, seed: "one two three END four", no_model)
    assert (generation.text, generation.token_count, generation.finish_reason) == (text, tokens, finish_reason)
    assert generation.tokens == ()


def test_an_empty_reply_is_the_end_of_the_sequence_alone() -> None:
    work = Work(PROMPT, 7, 20, logprobs=True)
    (generation,) = generate(work, lambda prompt, seed: "", sample_language_model)
    assert (generation.text, generation.token_count, generation.finish_reason) == ("", 1, "eos_token")
    assert [token.special for token in generation.tokens] == [True]


def test_the_teacher_gets_the_seed_and_0_for_a_greedy_reply() -> None:
    greedy = generate(Work(PROMPT, 7, 99), lambda prompt, seed: f"seed {seed}", no_model)
    seeded = generate(Work(PROMPT, 7, 99, seeds=(5,)), lambda prompt, seed: f"seed {seed}", no_model)
    assert [(each.text, each.seed) for each in greedy + seeded] == [("seed 0", None), ("seed 5", 5)]


def test_tokens_and_the_end_of_the_sequence_are_scored_after_the_prompt() -> None:
    model = sample_language_model()
    work = Work(PROMPT, 7, 99, logprobs=True)
    (generation,) = generate(work, lambda prompt, seed: REPLY, sample_language_model)
    *pieces, end = generation.tokens
    assert "".join(token.text for token in pieces) == REPLY
    assert (end.id, end.text, end.special) == (END_ID, "</s>", True)
    assert not any(token.special for token in pieces)
    context = [token.id for token in tokenize(PROMPT)]
    for token in generation.tokens:
        assert token.logprob == pytest.approx(model.logprob(token.id, context), abs=1e-9)
        context.append(token.id)
    assert generation.top_tokens == ()
    assert generation.prefill == ()


def test_top_tokens_are_the_models_best_in_each_place() -> None:
    model = sample_language_model()
    work = Work("A", 1, 5, logprobs=True, top_n_tokens=3)
    (generation,) = generate(work, lambda prompt, seed: REPLY, sample_language_model)
    assert len(generation.top_tokens) == len(generation.tokens) == 5
    context = [token.id for token in tokenize("A")]
    for token, tops in zip(generation.tokens, generation.top_tokens, strict=True):
        assert [(top.id, top.logprob) for top in tops] == model.top(context, 3)
        assert [top.text for top in tops] == [model.text_of(top.id) for top in tops]
        assert all((first.logprob or 0) >= (second.logprob or 0) for first, second in pairwise(tops))
        context.append(token.id)


def test_the_prompt_is_scored_from_its_second_token_on() -> None:
    model = sample_language_model()
    work = Work(PROMPT, 7, 1, logprobs=True, prefill=True)
    (generation,) = generate(work, lambda prompt, seed: REPLY, sample_language_model)
    ids = [token.id for token in tokenize(PROMPT)]
    assert [token.id for token in generation.prefill] == ids
    assert "".join(token.text for token in generation.prefill) == PROMPT
    first, *others = generation.prefill
    assert first.logprob is None
    for place, token in enumerate(others, start=1):
        assert token.logprob == pytest.approx(model.logprob(ids[place], ids[:place]), abs=1e-9)


@pytest.mark.parametrize("seeds", [(1, 2), (2, 1)])
def test_of_two_replies_the_one_with_the_higher_mean_log_probability_comes_first(seeds: tuple[int, ...]) -> None:
    # The good reply is longer, so its sum is lower.
    replies = {1: "zq xv", 2: f"{REPLY} {REPLY} {REPLY}"}
    work = Work(PROMPT, 7, 200, seeds=seeds)
    best, other = generate(work, lambda prompt, seed: replies[seed], sample_language_model)
    assert (best.seed, other.seed) == (2, 1)
    assert sum(token.logprob or 0 for token in best.tokens) < sum(token.logprob or 0 for token in other.tokens)
