"""Coefficients of expanded products and powers are found from the text."""

import pytest

from synth_builder.offline.teacher.solve.expansions import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the coefficient of $x^2$ in the expansion of $(x + 1)(x^2 + 3x)$.", "4"),
    ("the coefficient of $x$ in the expansion of $(2x - 1)(x + 5)$", "9"),
    ("Find the coefficient of $x^3$ in the expansion of $(1 + x)^{5}$.", "10"),
    ("the coefficient of $x^2$ in the expansion of $(2x - 3)^3$", "-36"),
    (r"Find the constant term in the expansion of $\left(x + \frac{1}{x}\right)^4$.", "6"),
    (r"the constant term in the expansion of $\left(2x^2 + \frac{3}{x}\right)^3$", "54"),
    ("Find the sum of all coefficients in the expansion of $(2x + 1)^3$.", "27"),
    ("the sum of all coefficients in the expansion of $(x - 3)^{4}$", "16"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Find the coefficient of $y^3$ in the expansion of $(1 + x)^{5}$.",
    "Find the constant term of $x + 4$.",
    "Find the sum of the odd coefficients in the expansion of $(x - 3)^{4}$.",
]


def answer(text: str) -> str | None:
    solution = solve_one(text, METHODS)
    return None if solution is None else solution.answer


@pytest.mark.parametrize(("text", "expected"), SOLVED)
def test_finds_the_answer_and_shows_steps(text: str, expected: str) -> None:
    solution = solve_one(text, METHODS)
    assert solution is not None
    assert solution.answer == expected
    assert 1 <= len(solution.steps) <= 6


@pytest.mark.parametrize("text", UNKNOWN)
def test_leaves_other_questions_alone(text: str) -> None:
    assert answer(text) is None
