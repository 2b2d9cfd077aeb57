"""Tokens cover a text without gaps, and cutting keeps the first of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synth_builder.offline.tokens import VOCABULARY_SIZE, count, cut, tokenize


def test_pieces_are_short_parts_of_words_digits_and_marks() -> None:
    texts = [token.text for token in tokenize("Trigonometry: sin 2x = 0.12345\n\n  fin")]
    assert texts == ["Trigon", "ometry", ":", " sin", " 2", "x", " =", " 0", ".", "123", "45", "\n", "\n", "  ", "fin"]


def test_ids_are_the_same_in_every_process() -> None:
    code = "from synth_builder.offline.tokens import tokenize; print([t.id for t in tokenize('Find x.')])"
    printed = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    }
    assert printed == {f"{[token.id for token in tokenize('Find x.')]}\n"}


@given(st.text())
def test_tokens_join_to_the_text(text: str) -> None:
    tokens = tokenize(text)
    assert "".join(token.text for token in tokens) == text
    assert all(text[token.start : token.stop] == token.text for token in tokens)
    assert all(0 <= token.id < VOCABULARY_SIZE for token in tokens)
    assert count(text) == len(tokens)


@given(st.text(), st.integers(0, 30))
def test_a_cut_keeps_exactly_the_first_tokens(text: str, max_tokens: int) -> None:
    kept, was_cut = cut(text, max_tokens)
    assert tokenize(kept) == tokenize(text)[:max_tokens]
    assert was_cut == (len(tokenize(text)) > max_tokens)


@pytest.mark.parametrize("text", ["", " ", "\n", "_", "²", "\ud800", "a\u0301", "𝒙"])
def test_odd_characters_are_tokens_too(text: str) -> None:
    assert "".join(token.text for token in tokenize(text)) == text
