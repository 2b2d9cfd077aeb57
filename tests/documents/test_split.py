"""Splitting a long document: nothing is lost, everything fits, and formulas stay whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_builder.documents.split import CountTokens, find_display_math, piece_id, split_document
from synth_builder.errors import SynthBuilderError


def count_words(texts: list[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def count_characters(texts: list[str]) -> list[int]:
    return [len(text) for text in texts]


def count_with_bos(texts: list[str]) -> list[int]:
    return [1 + len(text.encode()) // 3 + text.count("\n") for text in texts]


MATHY = st.lists(
    st.sampled_from(["word", " ", "\n", "\n\n", "$$", "$$x = 1$$", "a. ", "\\[", "\\]", "long" * 9, "  \n \n"]),
    max_size=60,
).map("".join)


@pytest.mark.parametrize("count", [count_words, count_characters, count_with_bos])
@given(text=st.text() | MATHY, max_tokens=st.integers(3, 40))
def test_pieces_fit_and_hold_the_whole_text_in_order(count: CountTokens, text: str, max_tokens: int) -> None:
    pieces = split_document(text, max_tokens, count)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(tokens <= max_tokens for tokens in count(pieces))
    assert all(piece.strip() for piece in pieces) or pieces == [text]


def test_a_text_that_fits_stays_as_it_is() -> None:
    assert split_document("  one\n\ntwo \n", 3, count_words) == ["  one\n\ntwo \n"]


def test_a_short_text_is_not_counted_at_all() -> None:
    calls: list[list[str]] = []

    def count(texts: list[str]) -> list[int]:
        calls.append(texts)
        return count_words(texts)

    assert split_document("a short text", 4096, count) == ["a short text"]
    assert calls == []


def test_paragraphs_are_packed_greedily() -> None:
    assert split_document("a b\n\nc d\n\ne f\n\ng", 4, count_words) == ["a b\n\nc d", "e f\n\ng"]


def test_a_long_paragraph_is_cut_at_line_ends_before_sentences() -> None:
    assert split_document("a b. c\nd e. f", 4, count_words) == ["a b. c", "d e. f"]


def test_a_long_line_is_cut_at_sentence_ends_before_words() -> None:
    assert split_document("one two three. four five six.", 5, count_words) == ["one two three.", "four five six."]


def test_a_word_that_is_too_long_is_cut_at_characters() -> None:
    assert split_document("a" * 25, 10, count_characters) == ["a" * 9, "a" * 9, "a" * 7]


def test_a_formula_is_kept_whole_where_it_fits() -> None:
    formula = "$$\na b\n\nc d\n$$"
    pieces = split_document(f"one two three four {formula} five six seven eight", 6, count_words)
    assert any(formula in piece for piece in pieces)


def test_a_formula_that_touches_its_words_is_kept_whole() -> None:
    formula = "$$" + "x+y " * 6 + "$$"
    pieces = split_document("w" * 20 + formula + "v" * 20, 30, count_characters)
    assert any(formula in piece for piece in pieces)


def test_a_formula_that_does_not_fit_is_cut_after_all() -> None:
    pieces = split_document("$$" + "x " * 50 + "$$", 10, count_words)
    assert max(count_words(pieces)) <= 10


def test_a_line_end_with_a_distance_is_no_formula() -> None:
    assert find_display_math(r"a \\[2pt] b \[ c \] d $$e$$ f $$") == [(12, 19), (22, 27)]


def test_a_room_too_small_for_one_character_is_an_error_that_says_so() -> None:
    with pytest.raises(SynthBuilderError, match="'a' alone has 7 tokens, which is more than 3"):
        split_document("abc" * 5, 3, lambda texts: [7 for _ in texts])


@pytest.mark.timeout(60)  # seconds where it is linear, hours where it is not
@pytest.mark.parametrize(
    "text",
    [
        "Some words of a sentence. " * 40_000,
        ("A paragraph with $$x^2$$ in it.\n\n") * 30_000,
        "x" * 1_000_000,
        "x\n" * 500_000,
        "$$" * 500_000,
        "\\[" * 500_000,
        " " * 1_000_000 + "x",
    ],
    ids=["sentences", "paragraphs", "one word", "short lines", "dollars", "brackets", "spaces"],
)
def test_a_document_of_a_megabyte_takes_few_requests_and_no_quadratic_time(text: str) -> None:
    calls = 0

    def count(texts: list[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return [len(item) // 4 + 1 for item in texts]

    pieces = split_document(text, 2_000, count)
    assert max(len(piece) // 4 + 1 for piece in pieces) <= 2_000
    assert calls <= 6


def test_pieces_are_numbered_from_zero() -> None:
    assert [piece_id("doc", index) for index in range(2)] == ["doc#0", "doc#1"]
