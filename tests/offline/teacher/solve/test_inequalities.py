"""Inequalities and linear programs are solved from their text."""

import pytest

from synth_builder.offline.teacher.solve.inequalities import METHODS
from synth_builder.offline.teacher.solve.question import solve_one

SOLVED = [
    (r"How many integers $x$ satisfy $|2x + 1| \le 5$?", "6"),
    ("the number of integers $x$ with $|2x + 1| < 5$", "4"),
    ("How many integers $x$ satisfy $(x - 2)(x + 3) < 0$?", "4"),
    (r"the number of integers $x$ with $(x - 2)(x + 3) \le 0$", "6"),
    (r"Find the minimum value of $2x + \frac{8}{x}$ where $x > 0$.", "8"),
    (r"the smallest possible value of $x + \frac{2}{x}$ for $x > 0$", r"2\sqrt{2}"),
    (r"Find the maximum value of $3x + y$ subject to $x + y \le 4$, $x \ge 0$ and $y \ge 0$.", "12"),
    (
        r"the maximum value of $x + y$ subject to $2x + y \le 4$, $x + 2y \le 4$, $x \ge 0$ and $y "
        r"\ge 0$",
        r"\frac{8}{3}",
    ),
]

UNKNOWN = [
    "",
    "Find the answer.",
    r"How many real $x$ satisfy $|2x + 1| \le 5$?",
    "How many integers $x$ satisfy $(x - 2)(x + 3) > 0$?",
    r"Find the minimum value of $2x - \frac{8}{x}$ where $x > 0$.",
    r"Find the maximum value of $3x + y$ subject to $x \le 4$, $x \ge 0$ and $y \ge 0$.",
    r"Find the maximum value of $x + y$ subject to $x - y \le 4$, $x \ge 0$ and $y \ge 0$.",
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


def test_agrees_with_trying_out_integers() -> None:
    for factor, shift, bound in ((1, 0, 0), (3, -4, 10), (5, 2, 1), (4, -9, 29)):
        count = sum(abs(factor * x + shift) <= bound for x in range(-100, 100))
        sign = "-" if shift < 0 else "+"
        assert answer(rf"the number of integers $x$ with $|{factor}x {sign} {abs(shift)}| \le {bound}$") == str(count)
