"""The true answer of a question, its parts worked out one after the other."""

from __future__ import annotations

import re
from fractions import Fraction

from synth_builder.offline.truth import (  # noqa: F401  # each registers its wordings
    calculus,
    chance,
    counting,
    equations,
    everyday,
    integers,
    matrices,
    shapes,
)
from synth_builder.offline.truth.formulas import Value, latex, simple
from synth_builder.offline.truth.wordings import Answer, answer_to, plain

_GIVEN = re.compile(r"Let ([km]) be (.+?)\. (?=[A-Z0-9])")
_LARGEST = 10**1000  # nobody writes an answer of more digits, nor does Python above 4300
_ASKED = re.compile(r"(?:Find|Determine|Evaluate|What is) (.+)[.?]")


def truth_of(question: str) -> str | None:
    """Work out the answer of a question in Markdown with `$...$` LaTeX.

    Args:
        question: The whole question; it may begin with `Let $k$ be ...` and go on with `$k$`.

    Returns:
        The answer in LaTeX without `$`, or None where the question, or any part of it, is not understood whole, or the
        answer has more than 1,000 digits.
    """
    text, known = plain(question), dict[str, Value]()
    while given := _GIVEN.match(text):
        value = _answer(given[2], known)
        if not isinstance(value, int | Fraction):
            return None
        known[given[1]] = simple(value)
        text = text[given.end() :]
    answer = _answer(text, known)
    if not isinstance(answer, int | Fraction):
        return answer
    return latex(answer) if max(abs(answer.numerator), answer.denominator) < _LARGEST else None


def _answer(text: str, known: dict[str, Value]) -> Answer:
    asked = _ASKED.fullmatch(text)
    answer = answer_to(text, known)
    return answer_to(asked[1], known) if answer is None and asked else answer
