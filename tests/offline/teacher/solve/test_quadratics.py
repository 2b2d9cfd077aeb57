"""Quadratic equations and functions are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.quadratics import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    ("Find the smaller solution of $x^2 - 5x + 6 = 0$.", "2"),
    ("the larger root of $x^2 - 2x - 1 = 0$", r"1 + \sqrt{2}"),
    ("the positive solution $x$ of $x(x + 1) = 12$", "3"),
    (
        "A field is $3$ metres longer than it is wide. Its area is $40$ square metres. Find its width.",
        "5",
    ),
    (
        "Two positive integers differ by $2$ and their product is $35$. What is the larger of the two?",
        "7",
    ),
    ("Find the sum of the squares of the two solutions of $x^2 - 5x + 6 = 0$.", "13"),
    ("Let $p$ and $q$ be the solutions of $2x^2 - 2x - 4 = 0$. Find $p^2 + q^2$.", "5"),
    ("Find the minimum value of $x^2 - 6x + 10$.", "1"),
    ("Find the least possible value of $2x^2 + x$ for real $x$.", r"-\frac{1}{8}"),
    ("For which number $c$ does $x^2 + 6x + c = 0$ have exactly one real solution?", "9"),
    ("The curve $y = 4x^2 - 4x + c$ touches the $x$-axis. Find the value of $c$.", "1"),
]

UNKNOWN = [
    "",
    "Find the answer.",
    "Find the smallest value of $g$.",
    "Find the larger solution of $x^2 + 1 = 0$.",
    "Find the positive solution of $x^2 - 5x + 6 = 0$.",
    "Find the minimum value of $-x^2 + 3x$.",
    "For which number $c$ does $x^2 + 6x + c = 0$ have two real solutions?",
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
