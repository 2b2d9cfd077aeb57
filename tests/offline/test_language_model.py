"""The small language model is a proper distribution, and gives the numbers that its formula says."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from importlib import resources

import numpy as np
import pytest

from synth_builder.offline.language_model import END_ID, LanguageModel, sample_language_model
from synth_builder.offline.tokens import VOCABULARY_SIZE, token_id, tokenize

TEXTS = [
    "The sum of the angles of a triangle is 180 degrees.",
    "The sum of the first n odd numbers is n squared; the sum of two odd numbers is even.",
    "",
    "A square has four equal sides.\n\nThe angles of a square are right.",
]
UNKNOWN = [token_id(piece) for piece in (" žluť", "oučký", "駅")]  # in none of the sample documents
ALL_IDS = range(VOCABULARY_SIZE + 1)


def ids_of(text: str) -> list[int]:
    return [token.id for token in tokenize(text)]


def sample_documents() -> list[str]:
    folder = resources.files("synth_builder") / "sample_documents"
    return [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir(), key=lambda path: path.name)]


# A text's start, its first token, a known pair, a known token after an unknown one, the reverse, nothing known, an end.
CONTEXTS = [
    [],
    ids_of("The"),
    ids_of("Then the sum of the"),
    [UNKNOWN[0], *ids_of(" the")],
    [*ids_of(" the"), UNKNOWN[0]],
    UNKNOWN,
    [*ids_of(" the"), END_ID],
]


def witten_bell(texts: Sequence[str]) -> Callable[[int, Sequence[int]], Fraction]:
    """The textbook's recursion, in fractions, each count made anew by looking through all texts."""
    padded = [[END_ID, END_ID, *ids_of(text), END_ID] for text in texts]

    def followers(context: Sequence[int]) -> Iterator[int]:
        size = len(context)
        for ids in padded:
            for index in range(2, len(ids)):
                if ids[index - size : index] == list(context):
                    yield ids[index]

    def probability(token: int, before: Sequence[int] | None) -> Fraction:
        if before is None:
            return Fraction(1, VOCABULARY_SIZE + 1)
        shorter = probability(token, before[1:] if before else None)
        seen = list(followers(before))
        if not seen:
            return shorter
        distinct = len(set(seen))
        return (seen.count(token) + distinct * shorter) / (len(seen) + distinct)

    return lambda token, before: probability(token, [END_ID, END_ID, *before][-2:])


@pytest.mark.parametrize("before", CONTEXTS)
def test_probabilities_add_up_to_one(before: list[int]) -> None:
    model = sample_language_model()
    logprobs = np.array([model.logprob(token, before) for token in ALL_IDS])
    assert np.exp(logprobs).sum() == pytest.approx(1, abs=1e-9)


def test_numbers_equal_those_of_the_formula() -> None:
    model, expected = LanguageModel.train(TEXTS), witten_bell(TEXTS)
    text = ids_of("The sum of the angles of a square is even; a triangle has 3 sides.")
    for before in [*CONTEXTS, *(text[:length] for length in range(len(text)))]:
        for token in [*text, *UNKNOWN, END_ID]:
            assert math.exp(model.logprob(token, before)) == pytest.approx(float(expected(token, before)), rel=1e-9)


def test_a_model_of_nothing_is_uniform() -> None:
    model = LanguageModel.train([])
    assert model.logprob(7, [1, 2]) == pytest.approx(-math.log(VOCABULARY_SIZE + 1))
    assert [token for token, _ in model.top([1, 2], 3)] == [0, 1, 2]


@pytest.mark.parametrize("before", CONTEXTS)
def test_logprobs_of_a_text_are_those_of_its_tokens(before: list[int]) -> None:
    model = sample_language_model()
    ids = [*ids_of("The sum of the digits is 12."), END_ID]
    assert model.logprobs(ids, before) == [model.logprob(ids[n], before + ids[:n]) for n in range(len(ids))]
    assert model.logprobs([], before) == []


@pytest.mark.parametrize("before", CONTEXTS)
def test_top_is_the_head_of_all_tokens_sorted(before: list[int]) -> None:
    model = sample_language_model()
    ranked = sorted(((token, model.logprob(token, before)) for token in ALL_IDS), key=lambda pair: (-pair[1], pair[0]))
    for count in (0, 1, 5, 300, 6_000, len(ALL_IDS), len(ALL_IDS) + 1):
        assert model.top(before, count) == ranked[:count]


def test_what_a_context_has_never_seen_can_still_be_its_best() -> None:
    model = LanguageModel.train([*["a;d"] * 50, "x;b", "x;c", "x;e", "x;f"])
    best = [model.text_of(token) for token, _ in model.top(ids_of("x;"), 5)]
    assert best[0] == "d"
    assert set(best[1:]) == {"b", "c", "e", "f"}


def test_numbers_are_the_same_in_every_process() -> None:
    code = (
        "from synth_builder.offline.language_model import sample_language_model\n"
        "from synth_builder.offline.tokens import tokenize\n"
        "model, ids = sample_language_model(), [token.id for token in tokenize('The sum of the digits is 12, žluť.')]\n"
        "print(model.logprobs(ids), [model.top(ids[:n], 20) for n in range(len(ids))], [*map(model.text_of, ids)])"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert len(printed) == 1


def test_documents_not_trained_on_are_likelier_than_their_shuffled_tokens() -> None:
    documents = sample_documents()
    model = LanguageModel.train(document for n, document in enumerate(documents) if n % 5)
    for document in documents[::5]:
        ids = ids_of(document)
        shuffled = random.Random(0).sample(ids, len(ids))
        assert sum(model.logprobs(ids)) > sum(model.logprobs(shuffled)) + len(ids)


def test_documents_end_where_they_should() -> None:
    model = sample_language_model()
    ids = ids_of(sample_documents()[0])
    assert model.logprob(END_ID, ids) > math.log(0.1) > model.logprob(END_ID, ids[:40])


def test_unknown_tokens_are_improbable_but_possible() -> None:
    model = sample_language_model()
    logprobs = model.logprobs([*UNKNOWN, *ids_of(" the"), *UNKNOWN])
    assert all(math.isfinite(logprob) for logprob in logprobs)
    assert max(logprobs[:3] + logprobs[4:]) < -10 < logprobs[3]


def test_text_of_a_token() -> None:
    model = LanguageModel.train(["The sum is 12."])
    assert [model.text_of(token) for token in ids_of("The sum is 12.")] == ["The", " sum", " is", " 12", "."]
    assert [model.text_of(END_ID), model.text_of(UNKNOWN[0])] == ["</s>", ""]


def test_of_two_pieces_with_one_id_the_more_frequent_lends_its_text() -> None:
    first: dict[int, str] = {}
    pieces = (chr(character) for character in range(0x4E00, 0x9FFF))
    one, other = next((first[token_id(p)], p) for p in pieces if first.setdefault(token_id(p), p) != p)
    for rare, frequent in ((one, other), (other, one)):
        for texts in ([rare, f"{frequent}\n{frequent}"], [f"{frequent}\n{frequent}", rare]):
            model = LanguageModel.train(texts)
            assert model.text_of(token_id(one)) == model.text_of(token_id(other)) == frequent


def test_it_is_made_once() -> None:
    assert sample_language_model() is sample_language_model()
